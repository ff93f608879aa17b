from __future__ import annotations

from dataclasses import replace

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

CORNERS = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 6.0]])
ALONE = torch.tensor([4.0, 3.0])


def hill(theta: Tensor) -> Tensor:
    """A parabola over the first weight, 4 high at 2, whatever the second is."""
    return theta[:, 0] * (4 - theta[:, 0])


def subject_of(family: Family, basis: Tensor = CORNERS, alone: Tensor = ALONE) -> Subject:
    landscape = Analytic(2, hill)
    subject = toy_subject(family, landscape)
    return replace(subject, parameters={"basis": basis}, independent=alone, landscape=lambda _split: landscape)


def barriers(record: BarrierRecord) -> dict[tuple[str, str], float]:
    return {(way.start, way.end): way.barrier("train", "loss") for way in record.ways}


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

    assert found[("corner 1", "corner 2")] == pytest.approx(1.0)  # 3 at x = 1, above the 2 of the line from 0 to 4
    assert found[("corner 1", "network")] == pytest.approx(0.25)


def test_the_network_is_not_compared_with_itself() -> None:
    found = barriers(Barrier().compute(subject_of(Independent(vertices=3), alone=CORNERS[0])))

    assert sorted(found) == [
        *(("corner 1", "corner 2"), ("corner 1", "corner 3")),
        *(("corner 2", "corner 3"), ("corner 2", "network"), ("corner 3", "network")),
    ]


def test_the_corners_of_a_curve_are_its_ends() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = toy_subject(curve, Analytic(7, lambda theta: theta.square().sum(1)))

    record = Barrier(points=3).compute(subject)

    first, second = subject.subspace.at(curve.corners).dense()
    middle = (first.double() + second.double()) / 2
    (way,) = (way for way in record.ways if not way.leads_to_network)
    expected = [float(at.double().square().sum()) for at in (first, middle, second)]
    np.testing.assert_allclose(way.values("test", "loss"), expected, rtol=1e-6)


def test_the_headline_has_the_highest_barrier_of_every_seed() -> None:
    record = Barrier(points=5).compute(subject_of(Simplex(vertices=3)))
    found = Barrier.headline([Result("plane", 0, seed, Simplex(vertices=3), Barrier(), record) for seed in (0, 1)])

    assert found is not None
    interval, _ = found.more["highest barrier in test error, within plane"]
    within = [way.barrier("test", "error") for way in record.ways if not way.leads_to_network]
    assert (interval.mean, interval.count) == (pytest.approx(max(within)), 2)
