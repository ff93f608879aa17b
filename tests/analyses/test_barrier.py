from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, toy_subject
from torch import Tensor

from lossgeo.analyses.barrier import Barrier, BarrierRecord
from lossgeo.analyses.base import Result, Subject
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Independent, Simplex
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import Evaluation, Progress, silent
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import REGRESSION
from lossgeo.landscape.weights import Points

CORNERS = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 6.0]])
ALONE = torch.tensor([4.0, 3.0])


class Unclassified(Analytic):
    """A formula whose answers are not right or wrong."""

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The formula, and no accuracy."""
        loss = super().evaluate(points, progress).loss
        return Evaluation(loss, np.full_like(loss, np.nan))


class Counting(Analytic):
    """A formula that keeps what it was asked for."""

    def __init__(self, dimension: int, formula: Callable[[Tensor], Tensor]) -> None:
        super().__init__(dimension, formula)
        self.asked: list[Points] = []
        self.limits: list[int] = []

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The formula."""
        self.asked.append(points)
        return super().evaluate(points, progress)

    def first(self, count: int) -> Counting:
        """Itself, whose loss is no mean over examples."""
        self.limits.append(count)
        return self


def hill(theta: Tensor) -> Tensor:
    """A parabola over the first weight, 4 high at 2, whatever the second is."""
    return theta[:, 0] * (4 - theta[:, 0])


def bowl(theta: Tensor) -> Tensor:
    return theta.square().sum(1)


def two_wells(theta: Tensor) -> Tensor:
    """(x² − 1)², with its minima at x = ±1 and a hill of height 1 between them."""
    return (theta[:, 0].square() - 1).square()


def subject_of(
    family: Family, basis: Tensor = CORNERS, alone: Tensor = ALONE, landscape: Analytic | None = None
) -> Subject:
    surface = Analytic(2, hill) if landscape is None else landscape
    subject = toy_subject(family, surface)
    independent = Points.of(alone[None])
    return replace(subject, fitted=Fitted(basis), independent=independent, landscape=lambda _split: surface)


def barriers(record: BarrierRecord) -> dict[tuple[str, str], float | None]:
    return {(way.start, way.end): way.barrier("train", "loss") for way in record.ways}


def between_corners(record: BarrierRecord) -> set[tuple[str, str]]:
    return {(way.start, way.end) for way in record.ways if not way.leads_to_network}


def test_barriers_are_those_of_a_parabola_in_closed_form() -> None:
    found = barriers(Barrier(points=25).compute(subject_of(Simplex(vertices=3))))

    # from x = a to x = b the rise of x (4 − x) above its chord is greatest halfway: (b − a)² / 4
    expected = {
        ("corner 1", "corner 2"): 4.0,
        ("corner 1", "corner 3"): 0.0,
        ("corner 1", "network"): 4.0,
        ("corner 2", "corner 3"): 4.0,
        ("corner 2", "network"): 0.0,
        ("corner 3", "network"): 4.0,
    }
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_barrier_is_above_the_line_between_ends_of_different_height() -> None:
    subject = subject_of(Simplex(), basis=torch.tensor([[0.0, 0.0], [2.0, 0.0]]), alone=torch.tensor([1.0, 1.0]))

    found = barriers(Barrier(points=5).compute(subject))

    assert found["corner 1", "corner 2"] == pytest.approx(1.0)  # 3 at x = 1, above the 2 of the line from 0 to 4
    assert found["corner 1", "network"] == pytest.approx(0.25)


def test_a_convex_loss_has_no_barrier() -> None:
    record = Barrier(refine=3).compute(subject_of(Simplex(vertices=3), landscape=Analytic(2, bowl)))

    assert [way.barrier(split, "loss") for way in record.ways for split in ("train", "test")] == [0.0] * 12


def test_two_wells_have_a_barrier_of_one_halfway() -> None:
    wells = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])

    record = Barrier(network=False).compute(subject_of(Simplex(), wells, landscape=Analytic(2, two_wells)))

    (way,) = record.ways
    rise = way.along["test"].rise("loss")
    assert (way.barrier("test", "loss"), way.along["test"].t[rise.argmax()]) == (pytest.approx(1.0), 0.5)
    assert [row["barrier_loss"] for row in record.table()] == pytest.approx([1.0, 1.0])


def test_a_barrier_between_the_points_is_found_by_looking_closer() -> None:
    wells = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    subject = subject_of(Simplex(), wells, landscape=Analytic(2, two_wells))

    coarse, fine = (Barrier(points=4, refine=refine, network=False).compute(subject) for refine in (0, 1))

    assert coarse.ways[0].barrier("train", "loss") == pytest.approx((1 / 9 - 1) ** 2)
    np.testing.assert_allclose(fine.ways[0].along["train"].t, [0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 1])
    assert fine.ways[0].barrier("train", "loss") == pytest.approx(1.0)


def test_looking_closer_stays_within_the_way_where_nothing_rises() -> None:
    record = Barrier(points=3, refine=2).compute(subject_of(Simplex(vertices=3), landscape=Analytic(2, bowl)))

    assert all((np.diff(way.along["test"].t) > 0).all() for way in record.ways)
    assert {(way.along["test"].t[0], way.along["test"].t[-1]) for way in record.ways} == {(0.0, 1.0)}


def test_the_network_is_not_compared_with_itself() -> None:
    found = barriers(Barrier().compute(subject_of(Independent(vertices=3), alone=CORNERS[0])))

    assert sorted(found) == [
        *(("corner 1", "corner 2"), ("corner 1", "corner 3")),
        *(("corner 2", "corner 3"), ("corner 2", "network"), ("corner 3", "network")),
    ]


def test_the_corners_of_a_curve_are_its_ends() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = toy_subject(curve, Analytic(7, bowl))

    record = Barrier(points=3, network=False).compute(subject)

    first, second = subject.subspace.at(curve.corners).dense()
    middle = (first.double() + second.double()) / 2
    (way,) = record.ways
    expected = [float(at.double().square().sum()) for at in (first, middle, second)]
    np.testing.assert_allclose(way.along["test"].found.loss, expected, rtol=1e-6)


def test_without_the_network_there_are_ways_between_corners_only() -> None:
    analysis = Barrier(network=False)

    record = analysis.compute(replace(subject_of(Simplex(vertices=3)), independent=None))

    assert analysis.comparison(Simplex()) == "none"
    assert between_corners(record) == set(barriers(record))
    assert len(record.ways) == 3


def test_a_draw_of_pairs_takes_no_pair_twice() -> None:
    basis = torch.arange(12.0).reshape(6, 2)

    record = Barrier(points=3, pairs=7).compute(subject_of(Simplex(vertices=6), basis))

    assert record.pairs == 15
    assert len(record.ways) == 7 + 6  # all ways to the network are kept
    assert len(between_corners(record)) == 7
    assert all(start < end for start, end in between_corners(record))


def test_every_seed_draws_pairs_of_its_own() -> None:
    basis = torch.arange(16.0).reshape(8, 2)
    subjects = [replace(subject_of(Simplex(vertices=8), basis), stream=partial(stream, seed)) for seed in (0, 0, 1)]

    first, again, other = (between_corners(Barrier(points=3, pairs=5).compute(subject)) for subject in subjects)

    assert first == again
    assert first != other


def test_more_pairs_than_there_are_are_all_of_them() -> None:
    subject = subject_of(Simplex(vertices=3))

    assert barriers(Barrier(pairs=50).compute(subject)) == barriers(Barrier().compute(subject))


def test_each_split_is_asked_for_its_first_examples_only() -> None:
    landscape = Counting(2, hill)

    Barrier(points=3, examples=500).compute(subject_of(Simplex(vertices=3), landscape=landscape))

    assert landscape.limits == [500, 500]


def test_kept_batchnorm_statistics_go_along_the_ways() -> None:
    landscape = Counting(2, hill)
    subject = subject_of(Simplex(vertices=3), landscape=landscape)
    kept = Fitted(CORNERS, statistics=torch.tensor([[1.0], [2.0], [4.0]]))
    alone = Points.of(ALONE[None], torch.tensor([[8.0]]))

    Barrier(points=3).compute(replace(subject, fitted=kept, independent=alone))

    middles = landscape.asked[0].statistics[1::3, 0].tolist()
    assert middles == [1.5, 2.5, 4.5, 3.0, 5.0, 6.0]


def test_a_regression_has_barriers_in_loss_and_empty_columns_of_error() -> None:
    subject = subject_of(Simplex(vertices=3), landscape=Unclassified(2, hill))

    record = Barrier(points=5, refine=1).compute(subject)

    (row,) = (
        row for row in record.table() if (row["start"], row["end"], row["split"]) == ("corner 1", "corner 2", "test")
    )
    assert (row["barrier_loss"], row["barrier_error"], row["largest_error"]) == (pytest.approx(4.0), None, None)
    assert record.between_corners("test", "error") == []


def test_the_headline_of_a_regression_is_of_its_loss() -> None:
    record = Barrier(points=5).compute(subject_of(Simplex(vertices=3), landscape=Unclassified(2, hill)))

    found = Barrier.headline([Result("hull", 0, 0, Simplex(vertices=3), Barrier(), record, task=REGRESSION)])

    assert found is not None
    assert found.sentence == (
        "On straight lines between the corners of a subspace the test loss (squared error) rises by at most 4 (hull), "
        "and on those to the independent network by 4 (hull)."
    )
    assert not any("test error" in label for label in found.numbers)


def test_the_headline_without_the_network_is_of_the_corners() -> None:
    record = Barrier(points=5, network=False).compute(subject_of(Simplex(vertices=3)))

    found = Barrier.headline([Result("hull", 0, 0, Simplex(vertices=3), Barrier(network=False), record)])

    assert found is not None
    assert found.sentence == (
        "On straight lines between the corners of a subspace the test error rises by at most 4.0000 (hull)."
    )


def test_the_headline_has_the_highest_barrier_of_every_seed() -> None:
    record = Barrier(points=5).compute(subject_of(Simplex(vertices=3)))
    found = Barrier.headline([Result("plane", 0, seed, Simplex(vertices=3), Barrier(), record) for seed in (0, 1)])

    assert found is not None
    interval, _ = found.more["highest barrier in test error, within plane"]
    assert (interval.mean, interval.count) == (pytest.approx(max(record.between_corners("test", "error"))), 2)
