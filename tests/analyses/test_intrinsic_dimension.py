from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, toy_subject
from scipy.stats import kstest

from lossgeo.analyses.base import Result
from lossgeo.analyses.intrinsic_dimension import DimensionRecord, IntrinsicDimension, _sample
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex

LANDSCAPE = Analytic(30, lambda theta: theta.sum(1))
ASKED = IntrinsicDimension(samples=400, neighbours=(5, 10), controls=39)
FAMILIES = pytest.mark.parametrize(
    ("family", "dimension"),
    [(Simplex(vertices=2), 1), (Simplex(vertices=3), 2), (Simplex(vertices=4), 3), (MlpCurve(hidden=(6, 8)), 1)],
    ids=["line", "triangle", "tetrahedron", "curve"],
)


@FAMILIES
def test_the_tangent_rank_is_the_dimension_of_the_subspace(family: Family, dimension: int) -> None:
    found = ASKED.compute(toy_subject(family, LANDSCAPE)).largest

    assert found.rank == pytest.approx(dimension, abs=0.25)


@FAMILIES
def test_the_maximum_likelihood_is_about_the_dimension_of_the_subspace(family: Family, dimension: int) -> None:
    found = ASKED.compute(toy_subject(family, LANDSCAPE))

    assert [estimate.mle for estimate in found.estimates] == pytest.approx([dimension] * 2, rel=0.15)


@pytest.mark.parametrize("vertices", [2, 3])
def test_the_estimate_of_a_simplex_is_within_its_control(vertices: int) -> None:
    found = ASKED.compute(toy_subject(Simplex(vertices=vertices), LANDSCAPE))

    assert all(estimate.within_control for estimate in found.estimates)


def test_the_control_of_a_curve_is_a_segment() -> None:
    found = ASKED.compute(toy_subject(MlpCurve(hidden=(6, 8)), LANDSCAPE))

    assert [estimate.control for estimate in found.estimates] == pytest.approx([1, 1], rel=0.05)


def test_a_surface_is_outside_the_control_of_a_curve() -> None:
    triangle = ASKED.compute(toy_subject(Simplex(vertices=3), LANDSCAPE)).largest
    segment = ASKED.compute(toy_subject(Simplex(vertices=2), LANDSCAPE)).largest

    assert not replace(triangle, control_low=segment.control_low, control_high=segment.control_high).within_control


def test_the_bootstrap_interval_holds_its_estimate() -> None:
    found = ASKED.compute(toy_subject(Simplex(vertices=3), LANDSCAPE))

    assert all(estimate.mle_low < estimate.mle < estimate.mle_high for estimate in found.estimates)


def test_the_envelope_of_the_controls_holds_their_mean() -> None:
    found = ASKED.compute(toy_subject(Simplex(vertices=3), LANDSCAPE))

    assert all(estimate.control_low < estimate.control < estimate.control_high for estimate in found.estimates)


def test_the_largest_estimate_is_that_of_the_most_neighbours() -> None:
    found = ASKED.model_copy(update={"neighbours": (5, 12, 8)}).compute(toy_subject(Simplex(), LANDSCAPE))

    assert found.largest.neighbours == 12


def test_the_estimates_of_few_neighbours_do_not_depend_on_the_most() -> None:
    subject = toy_subject(Simplex(vertices=3), LANDSCAPE)

    few, more = (ASKED.model_copy(update={"neighbours": k}).compute(subject) for k in ((5,), (5, 20)))

    assert few.estimates[0].mle == pytest.approx(more.estimates[0].mle, rel=1e-12)


def test_the_samples_of_a_curve_are_uniform_in_its_length() -> None:
    curve = MlpCurve(hidden=(6, 8))
    subject = toy_subject(curve, LANDSCAPE)
    fine = torch.linspace(0, 1, 20_001, dtype=torch.float64)
    vertices = subject.subspace.coordinates(curve.route(fine)).numpy()
    along = np.concatenate([[0], np.linalg.norm(np.diff(vertices, axis=0), axis=1).cumsum()])

    found = _sample(subject, 1000)

    nearest = [int(np.linalg.norm(vertices - point, axis=1).argmin()) for point in found]
    assert kstest(along[nearest] / along[-1], "uniform").pvalue > 0.05


def test_more_neighbours_than_samples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"more samples than neighbours \(at least 11 here\)"):
        IntrinsicDimension(samples=10, neighbours=(10,))


def result(name: str, seed: int, record: DimensionRecord) -> Result[DimensionRecord]:
    return Result(name, 0, seed, Simplex(), ASKED, record)


def test_the_headline_counts_the_estimates_that_agree_with_their_control() -> None:
    record = ASKED.compute(toy_subject(Simplex(), LANDSCAPE))
    off = replace(record, estimates=tuple(replace(part, mle=9.0) for part in record.estimates))

    headline = IntrinsicDimension.headline([result("line", 0, record), result("line", 1, off)])

    agreeing = sum(part.within_control for part in record.estimates)
    assert f"{agreeing} of " in headline.sentence
    assert headline.sentence.count("(line)") == 1
