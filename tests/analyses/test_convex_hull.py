from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, frame, normal, toy_subject
from scipy.stats import beta
from torch import Tensor

from lossgeo.analyses.base import Result, Subject
from lossgeo.analyses.convex_hull import ConvexHull, shifted
from lossgeo.families.branches import Branches
from lossgeo.families.simplex import Independent
from lossgeo.geometry.hull import barycentric
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.measures.hull_record import PLACES, HullRecord, LossComparison, Sampled

D = 60
ENDS = (3 * frame(4, D)).float()
"""Four orthogonal corners, all 3 from zero."""


def subject_of(formula: Callable[[Tensor], Tensor], corners: Tensor = ENDS) -> Subject:
    family = Independent(vertices=len(corners))
    return replace(toy_subject(family, Analytic(corners.shape[1], formula)), fitted=Fitted(corners))


def bowl(theta: Tensor) -> Tensor:
    """A convex quadratic."""
    return theta.square().sum(1)


def wells(theta: Tensor) -> Tensor:
    """Squared distance to the nearest of the four corners: a well of its own for each."""
    return torch.cdist(theta, ENDS.double(), compute_mode="donot_use_mm_for_euclid_dist").square().amin(1)


def share(record: HullRecord, place: Sampled) -> float:
    return record.compare(record.whole, place).lower.mean


def test_inside_corners_of_one_level_of_a_convex_bowl_the_loss_is_always_lower() -> None:
    record = ConvexHull(samples=50).compute(subject_of(bowl))

    for draws in record.samplings:
        assert record.compare(draws, "inside").lower.mean == 1.0
        np.testing.assert_allclose(draws.inside["train"].loss, 9 * np.square(draws.weights).sum(1), rtol=1e-5)


def test_a_random_step_from_a_level_of_a_bowl_is_as_long_as_the_way_inside() -> None:
    record = ConvexHull(samples=400).compute(subject_of(bowl))

    # ‖W + r u‖² − ‖W‖² = 2 r ⟨W, u⟩ + r², where ⟨W, u⟩ has mean 0: on average it is worse by r²
    draws = record.whole
    rise = record.compare(draws, "random").difference - draws.distance**2
    assert abs(rise.mean()) < 4 * rise.std() / 20
    # lower where the cosine of W and u is below −r/6; (1 + cosine)/2 is Beta distributed
    expected = beta((D - 1) / 2, (D - 1) / 2).cdf((1 - draws.distance / 6) / 2)
    assert share(record, "random") == pytest.approx(expected.mean(), abs=4 * (expected.mean() / 400) ** 0.5)


def test_between_wells_nothing_is_lower_than_their_bottoms() -> None:
    record = ConvexHull(samples=50, faces=(2, 3)).compute(subject_of(wells))

    assert [draws.face for draws in record.samplings] == [4, 2, 3]
    for draws in record.samplings:
        for place in PLACES:
            assert record.compare(draws, place).lower.mean == 0.0
            np.testing.assert_allclose(draws.at(place)["test"].loss, draws.distance**2, rtol=1e-4)


def test_the_nearest_corner_is_the_one_of_the_largest_weight_where_corners_are_orthogonal() -> None:
    draws = ConvexHull(samples=50).compute(subject_of(bowl)).whole

    assert (draws.nearest == draws.weights.argmax(1)).all()
    exact = draws.weights @ ENDS.double().numpy() - ENDS.double().numpy()[draws.nearest]
    np.testing.assert_allclose(draws.distance, np.linalg.norm(exact, axis=1), rtol=1e-6)


def test_equal_losses_are_ties_and_not_lower() -> None:
    record = ConvexHull(samples=9).compute(subject_of(lambda theta: torch.ones(len(theta), dtype=torch.float64)))

    for place in PLACES:
        found = record.compare(record.whole, place)
        assert (found.lower.mean, found.ties) == (0.0, 9)


def test_a_loss_that_is_not_finite_is_not_lower_and_does_not_hide() -> None:
    found = LossComparison(np.array([-1.0, inf, nan, nan]))

    assert (found.lower.mean, found.ties) == (0.25, 0)
    assert found.text == "+inf [-1, +inf]"


def test_differences_are_told_by_their_quantiles() -> None:
    assert LossComparison(np.arange(101.0) - 40).text == "+10 [-35, +55]"


def test_a_shifted_corner_is_exactly_so_far_away_in_the_given_direction() -> None:
    corners, directions = Points.of(ENDS.double()), normal(5, D)
    chosen, distance = torch.tensor([0, 3, 1, 3, 2]), torch.linspace(0, 2, 5, dtype=torch.float64)

    found = shifted(corners, chosen, distance, directions).dense() - ENDS.double()[chosen]

    torch.testing.assert_close(found.norm(dim=1), distance, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(
        found * directions.double().norm(dim=1, keepdim=True), distance[:, None] * directions.double()
    )


def test_a_shifted_corner_keeps_its_statistics() -> None:
    statistics = normal(4, 7)
    chosen = torch.tensor([2, 0])

    found = shifted(Points.of(ENDS, statistics), chosen, torch.ones(2, dtype=torch.float64), normal(2, D))

    assert found.statistics is not None
    assert torch.equal(found.statistics, statistics[chosen])


def test_corners_that_are_not_the_basis_are_combined() -> None:
    corners = Points(barycentric(3, 4, 4, stream(0, "corners")), ENDS)

    found = shifted(corners, torch.tensor([1, 2]), torch.zeros(2, dtype=torch.float64), normal(2, D))

    torch.testing.assert_close(found.dense(), corners.dense()[[1, 2]])


@pytest.mark.parametrize(("corners", "faces"), [(2, [2]), (3, [3, 2]), (4, [4, 2, 3])])
def test_faces_that_are_the_whole_hull_are_not_drawn_from_again(corners: int, faces: list[int]) -> None:
    record = ConvexHull(samples=3, faces=(2, 3, 9)).compute(subject_of(bowl, ENDS[:corners]))

    assert [draws.face for draws in record.samplings] == faces
    assert [record.of_face(face) is None for face in (None, 2)] == [False, corners == 2]


def test_more_draws_or_faces_change_no_noise_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    few = ConvexHull(samples=70, faces=(3,)).compute(subject_of(bowl))
    monkeypatch.setattr("lossgeo.analyses.convex_hull.CONTROLS_AT_ONCE", 16)

    many = ConvexHull(samples=70, faces=(2, 3)).compute(subject_of(bowl))

    np.testing.assert_allclose(few.whole.random["train"].loss, many.whole.random["train"].loss, rtol=1e-12)
    np.testing.assert_array_equal(few.samplings[1].weights, many.samplings[2].weights)


@dataclass
class Part:
    """A landscape that knows how many examples were asked for."""

    asked: list[int]


def test_only_the_first_training_examples_are_evaluated_where_so_many_are_asked_for() -> None:
    part = Part([])

    class Counted(Analytic):
        def first(self, count: int) -> Analytic:
            part.asked.append(count)
            return Analytic(D, lambda theta: 2 * bowl(theta))

    record = ConvexHull(samples=3, examples=17).compute(
        replace(subject_of(bowl), landscape=lambda _split: Counted(D, bowl))
    )

    assert part.asked == [17]
    np.testing.assert_allclose(record.corners["train"].loss, 2 * record.corners["test"].loss)


def test_distances_to_what_the_corners_were_trained_from_are_kept() -> None:
    subject = replace(subject_of(bowl), origins={"initialisation": torch.zeros(D), "split": ENDS[0]})

    record = ConvexHull(samples=3).compute(subject)

    np.testing.assert_allclose(record.origins["initialisation"], 3, rtol=1e-6)
    np.testing.assert_allclose(record.origins["split"], [0, *[18**0.5] * 3], rtol=1e-6)
    np.testing.assert_allclose(record.between, 18**0.5, rtol=1e-6)


def test_the_table_gives_back_the_shares() -> None:
    record = ConvexHull(samples=5).compute(subject_of(bowl))

    rows = [row for row in record.table() if row["split"] == "train" and row["mixed_corners"] == 4]

    assert len(record.table()) == 2 * 2 * 5
    assert np.mean([row["is_inside_lower"] for row in rows]) == share(record, "inside")
    for row in rows:
        assert row["loss_nearest"] == pytest.approx(9)
        assert row["is_random_lower"] == (row["loss_random"] < row["loss_nearest"])


def test_the_same_face_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="faces of different numbers of corners"):
        ConvexHull(faces=(2, 2))


def test_the_headline_has_both_probabilities_of_every_hull() -> None:
    records = {0: ConvexHull(samples=5).compute(subject_of(wells)), 3: ConvexHull(samples=5).compute(subject_of(bowl))}
    results = [
        Result(f"hull_{k}", i, seed, Branches(split_epochs=(k,)), ConvexHull(), record, group="hull")
        for i, (k, record) in enumerate(records.items())
        for seed in (0, 1)
    ]

    found = ConvexHull.headline(results)

    assert found.sentence == (
        "A random point of the convex hull has a lower training loss than its nearest corner with probability 0.00 "
        "(hull split at epoch 0) and 1.00 (hull split at epoch 3), a random point as far from that corner with "
        "probability 0.00 and 0.00."
    )
    assert found.more["P_conv, hull_3"][0].mean == 1.0
