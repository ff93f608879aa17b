from __future__ import annotations

from math import degrees, pi

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, toy_subject

from lossgeo.analyses.base import Result
from lossgeo.analyses.curvature import Curvature, CurvatureRecord
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex

LANDSCAPE = Analytic(30, lambda theta: theta.sum(1))


def record_of(family: Family) -> CurvatureRecord:
    return Curvature(points=41, finite_differences=40).compute(toy_subject(family, LANDSCAPE))


def test_a_line_has_no_curvature_and_turns_by_nothing() -> None:
    found = record_of(Simplex()).profile

    assert found.curvature.max() == 0
    assert found.total_turning == 0


def test_a_line_is_as_long_as_the_distance_of_its_ends() -> None:
    subject = toy_subject(Simplex(), LANDSCAPE)

    found = Curvature(points=41).compute(subject).profile

    first, second = subject.fitted.basis.double()
    assert found.length == pytest.approx(float((second - first).norm()), rel=1e-12)
    assert found.length == pytest.approx(found.chord, rel=1e-12)


def test_a_triangle_turns_once_around() -> None:
    assert record_of(Simplex(vertices=3)).profile.total_turning == pytest.approx(2 * pi)


def test_a_relu_curve_turns_at_its_kinks_alone() -> None:
    found = Curvature(points=41).compute(toy_subject(MlpCurve(hidden=(8,), activation="relu"), LANDSCAPE, seed=3))

    assert len(found.profile.kinks) > 0
    assert found.profile.smooth_turning < 1e-9
    assert found.profile.total_turning > 0.1


def test_the_curvature_times_length_does_not_depend_on_the_scale_of_the_weights() -> None:
    subject = toy_subject(MlpCurve(hidden=(5, 6)), LANDSCAPE)
    larger = toy_subject(MlpCurve(hidden=(5, 6)), LANDSCAPE)
    larger.fitted.basis.mul_(8)

    small, large = (Curvature(points=11).compute(one).table()[0] for one in (subject, larger))

    assert large["curvature_times_length"] == pytest.approx(small["curvature_times_length"], rel=1e-9)
    assert large["length_weight_distance"] == pytest.approx(8 * small["length_weight_distance"], rel=1e-9)
    assert large["mean_curvature_per_weight_distance"] == pytest.approx(
        small["mean_curvature_per_weight_distance"] / 8, rel=1e-9
    )


def test_the_weight_norm_is_the_mean_of_the_norms_of_the_weight_vectors() -> None:
    curve = MlpCurve(hidden=(5, 6))
    subject = toy_subject(curve, LANDSCAPE)

    found = Curvature(points=11).compute(subject).weight_norm

    s = torch.linspace(0, 1, 11, dtype=torch.float64)
    along = curve.features(s[:, None], subject.fitted.own) @ subject.fitted.basis.double()
    assert found == pytest.approx(float(np.linalg.norm(along.numpy(), axis=1).mean()), rel=1e-10)


def test_a_closed_route_has_no_ratio_of_length_to_chord() -> None:
    row = record_of(Simplex(vertices=3)).table()[0]

    assert row["length_over_chord"] is None


def test_the_headline_speaks_of_curves_alone() -> None:
    results = [
        Result(name, i, 0, family, Curvature(), record_of(family))
        for i, (name, family) in enumerate({"triangle": Simplex(vertices=3), "bow": MlpCurve(hidden=(5, 6))}.items())
    ]

    headline = Curvature.headline(results)

    assert headline is not None
    assert list(headline.numbers) == ["total turning in degrees, bow"]
    assert headline.numbers["total turning in degrees, bow"][0].mean == pytest.approx(
        degrees(results[1].record.profile.total_turning)
    )


def test_there_is_no_headline_without_a_curve() -> None:
    triangle = Simplex(vertices=3)

    assert Curvature.headline([Result("triangle", 0, 0, triangle, Curvature(), record_of(triangle))]) is None


def test_the_finite_differences_of_a_curve_are_those_of_its_weight_vectors() -> None:
    curve = MlpCurve(hidden=(5, 6))
    subject = toy_subject(curve, LANDSCAPE)

    found = Curvature(points=11, finite_differences=50).compute(subject).discrete

    alpha = torch.linspace(0, 1, 50, dtype=torch.float64)
    theta = (curve.features(alpha[:, None], subject.fitted.own) @ subject.fitted.basis.double()).numpy()
    steps = np.diff(theta, axis=0)
    lengths = np.linalg.norm(steps, axis=1, keepdims=True)
    expected = np.linalg.norm(np.diff(steps / lengths, axis=0) / lengths[1:], axis=1)
    np.testing.assert_allclose(found.curvature, expected, rtol=0.02)
    np.testing.assert_allclose(found.alpha, alpha[1:-1])


def test_the_finite_differences_of_a_smooth_curve_come_close_to_its_curvature() -> None:
    found = Curvature(points=101, finite_differences=101).compute(toy_subject(MlpCurve(hidden=(5, 6)), LANDSCAPE))

    np.testing.assert_allclose(found.discrete.curvature, found.profile.curvature[1:-1], rtol=0.05)


def test_the_spikes_of_a_relu_curve_grow_with_the_number_of_points() -> None:
    subject = toy_subject(MlpCurve(hidden=(8,), activation="relu"), LANDSCAPE, seed=3)

    few, many = (Curvature(points=41, finite_differences=n).compute(subject) for n in (200, 2000))

    assert many.discrete.curvature.max() > 5 * few.discrete.curvature.max()
    assert many.spikes.max() == pytest.approx(10 * few.spikes.max(), rel=0.2)
    assert many.spikes.max() / 2.5 < many.discrete.curvature.max() < 1.5 * many.spikes.max()


def test_a_boundary_has_no_ends_and_no_finite_differences() -> None:
    found = record_of(Simplex(vertices=3))

    assert (found.end_to_middle, len(found.discrete.alpha), len(found.discrete.curvature)) == (None, 0, 0)


def test_a_line_has_rounding_for_finite_differences_and_no_curvature_to_compare() -> None:
    row = record_of(Simplex()).table()[0]

    assert row["end_to_middle_curvature"] is None
    assert row["end_to_middle_curvature_finite_difference"] > 0


def test_no_finite_differences_are_taken_when_none_are_asked_for() -> None:
    row = Curvature(points=11, finite_differences=0).compute(toy_subject(MlpCurve(hidden=(4,)), LANDSCAPE)).table()[0]

    assert row["end_to_middle_curvature_finite_difference"] is None


def test_the_summary_has_the_ends_of_curves_that_turn() -> None:
    families: dict[str, Family] = {"line": Simplex(), "bow": MlpCurve(hidden=(5, 6))}
    results = [
        Result(name, i, 0, family, Curvature(), record_of(family)) for i, (name, family) in enumerate(families.items())
    ]

    headline = Curvature.headline(results)

    assert headline is not None
    ends = {label: interval.mean for label, (interval, _) in headline.more.items() if "end-to-middle" in label}
    bow = results[1].record
    assert ends == {
        "end-to-middle curvature, bow": bow.end_to_middle,
        "end-to-middle curvature by finite differences, bow": bow.discrete.end_to_middle,
    }
