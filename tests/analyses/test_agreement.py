from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from mathematics_toys import toy_subject

from lossgeo.analyses.agreement import Agreement, AgreementRecord
from lossgeo.analyses.base import Result, Subject
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import Evaluation, Landscape, Progress, Smooth, silent
from lossgeo.landscape.weights import Points

# three corners and ten examples: 7, 6 and 5 right answers, 3 in common, 9 of at least one
PLANTED = np.array(
    [
        [1, 1, 1, 1, 1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0, 1, 0, 0],
        [1, 1, 1, 0, 0, 1, 0, 0, 1, 0],
    ],
    dtype=bool,
)
TRIANGLE = Simplex(vertices=3)


class Planted(Landscape):
    """A network of one weight w, which answers the examples of row w of a table correctly."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table

    @property
    def dimension(self) -> int:
        """One."""
        return 1

    @property
    def size(self) -> int:
        """The columns of the table."""
        return self.table.shape[1]

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The share of wrong answers stands in for the loss."""
        accuracy = self.correct(points, progress).mean(1)
        return Evaluation(loss=1 - accuracy, accuracy=accuracy)

    def correct(self, points: Points, progress: Progress = silent) -> np.ndarray:
        """Rows of the table."""
        progress(1.0, "planted")
        rows: np.ndarray = self.table[points.dense()[:, 0].long().numpy()]
        return rows

    def first(self, count: int) -> Planted:
        """The first columns."""
        return Planted(self.table[:, :count])

    def smooth_at(self, point: Points) -> Smooth:
        """The weight itself, as if it were a loss."""
        del point
        return lambda theta, _part: theta.sum()


def subject_of(table: np.ndarray) -> Subject:
    landscapes = {"train": Planted(table), "test": Planted(~table)}
    corners = Fitted(torch.arange(len(table), dtype=torch.float32)[:, None])
    subject = toy_subject(Simplex(vertices=len(table)), landscapes["train"])
    return replace(subject, fitted=corners, independent=None, landscape=landscapes.__getitem__)


def results_of(*tables: np.ndarray, subspace: str = "hull_2") -> list[Result[AgreementRecord]]:
    """A result a seed."""
    return [
        Result(subspace, 0, seed, TRIANGLE, Agreement(), AgreementRecord.of(table)) for seed, table in enumerate(tables)
    ]


def test_every_number_of_a_planted_table_is_that_found_by_hand() -> None:
    table = Agreement().compute(subject_of(PLANTED)).table()

    # pairs have 5, 4 and 3 right answers in common, 8 of at least one, and 7, 6 and 5 both or neither
    found = [(row["corners"], row["all_right"], row["any_right"], row["agree"]) for row in table]
    assert found == [
        (1, pytest.approx(0.6), pytest.approx(0.6), pytest.approx(1.0)),
        (2, pytest.approx((5 + 4 + 3) / 30), pytest.approx((8 + 8 + 8) / 30), pytest.approx((7 + 6 + 5) / 30)),
        (3, pytest.approx(0.3), pytest.approx(0.9), pytest.approx(0.4)),
    ]


def test_independent_errors_leave_the_product_of_the_accuracies() -> None:
    one, two, three = Agreement().compute(subject_of(PLANTED)).table()

    a, b, c = 0.7, 0.6, 0.5
    assert one["all_right_if_independent"] == pytest.approx(0.6)
    assert two["all_right_if_independent"] == pytest.approx((a * b + a * c + b * c) / 3)
    assert three["all_right_if_independent"] == pytest.approx(a * b * c)
    assert three["any_right_if_independent"] == pytest.approx(1 - (1 - a) * (1 - b) * (1 - c))
    assert two["agree_if_independent"] == pytest.approx(
        sum(p * q + (1 - p) * (1 - q) for p, q in ((a, b), (a, c), (b, c))) / 3
    )


@pytest.mark.parametrize("examples", [1, 7, 8, 9, 16, 29])
def test_answers_are_packed_and_found_again(examples: int) -> None:
    table = np.random.default_rng(examples).random((3, examples)) < 0.5

    record = AgreementRecord.of(table)

    assert record.bits.shape == (3, -(-examples // 8))
    np.testing.assert_array_equal(record.correct, table, strict=True)


def test_the_filling_of_the_last_byte_is_no_example() -> None:
    record = AgreementRecord.of(np.ones((4, 9), dtype=bool))

    assert record.counts.tolist() == [0, 0, 0, 0, 1]
    assert record.accuracies.tolist() == [1, 1, 1, 1]


def test_only_the_first_examples_are_asked_for() -> None:
    record = Agreement(examples=3).compute(subject_of(PLANTED))

    np.testing.assert_array_equal(record.correct, PLANTED[:, :3])


def test_more_examples_than_there_are_are_all_of_them() -> None:
    assert Agreement(examples=1000).compute(subject_of(PLANTED)).examples == 10


def test_hulls_have_in_common_what_all_corners_of_all_seeds_answer() -> None:
    other = PLANTED[:, ::-1].copy()
    other[:, 2] = True  # in common with the first three examples of the other seed
    third = np.ones_like(PLANTED)

    rows = Agreement.across(results_of(PLANTED, other, third))

    assert {*rows[0]} - {"subspace", "split_epoch"} == {*Agreement.columns_across}
    # |Sⱼ| are 3, 4 and 10; one example is in all, and pairs share 1, 3 and 4
    assert [row["subspace"] for row in rows] == ["hull_2"] * 3
    assert [row["hulls"] for row in rows] == [1, 2, 3]
    assert [row["right_in_all_hulls"] for row in rows] == pytest.approx([17 / 30, 8 / 30, 0.1])
    expected = [17 / 30, (0.12 + 0.3 + 0.4) / 3, 0.12]
    assert [row["right_in_all_hulls_if_independent"] for row in rows] == pytest.approx(expected)


def test_a_single_seed_has_nothing_in_common_with_others() -> None:
    found = results_of(PLANTED)

    assert Agreement.across(found) == []
    assert Agreement.headline(found).sentence == (
        "Of the 10 training examples a corner answers 60.0 % correctly and all corners together 30.0 % (hull_2)."
    )


def test_subspaces_are_compared_with_themselves_only() -> None:
    found = [*results_of(PLANTED, PLANTED), *results_of(~PLANTED, ~PLANTED, subspace="hull_0")]

    last = [row for row in Agreement.across(found) if row["hulls"] == 2]

    assert {row["subspace"]: row["right_in_all_hulls"] for row in last} == {
        "hull_2": pytest.approx(0.3),
        "hull_0": pytest.approx(0.1),
    }


def test_the_headline_spells_out_only_the_first_subspace() -> None:
    found = [*results_of(PLANTED, PLANTED, subspace="hull_0"), *results_of(~PLANTED, ~PLANTED)]

    assert Agreement.headline(found).sentence.endswith("30.0 % (hull_0); 40.0 %, 10.0 % and 10.0 % (hull_2).")


def test_the_headline_tells_of_one_network_of_all_of_a_hull_and_of_all_hulls() -> None:
    headline = Agreement.headline(results_of(PLANTED, PLANTED[:, ::-1]))

    assert headline.sentence == (
        "Of the 10 training examples a corner answers 60.0 % correctly, all corners together 30.0 % and those of all "
        "seeds 0.0 % (hull_2)."
    )
    interval, _ = headline.numbers["training examples that all corners of hull_2 answer correctly"]
    assert (interval.mean, interval.count) == (pytest.approx(0.3), 2)
