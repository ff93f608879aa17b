from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, toy_subject
from scipy.stats import chi

from lossgeo.analyses.base import Result, Subject
from lossgeo.analyses.path import Path
from lossgeo.analyses.perturbation import Perturbation, PerturbationRecord
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Independent, Simplex
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points

D = 40
CURVATURES = torch.linspace(0.1, 2.0, D, dtype=torch.float64)
FAMILIES = pytest.mark.parametrize("family", [Simplex(), Simplex(vertices=3), MlpCurve(hidden=(4,))], ids=str)


def subject_of(family: Family) -> Subject:
    """On the landscape L(θ) = ½ Σ hᵢ θᵢ²."""
    return toy_subject(family, Analytic(D, lambda theta: (theta.square() @ CURVATURES) / 2))


def perturbed(
    family: Family | None = None, std: tuple[float, ...] = (0.5,), draws: int = 3, points: int = 5
) -> PerturbationRecord:
    analysis = Perturbation(std=std, draws=draws, points=points, surface_points=3)
    return analysis.compute(subject_of(family or Simplex()))


@FAMILIES
def test_every_corner_gets_the_noise_of_the_stream_of_its_size(family: Family) -> None:
    found = perturbed(family, std=(0.5, 2.0)).levels[2]

    generator = stream(0, "noise/2.0")
    corners = len(family.corners)
    expected = [2 * torch.randn(corners, D, generator=generator).double().norm(dim=1).numpy() for _ in range(3)]
    np.testing.assert_allclose(found.noise_norm, expected, rtol=1e-6)


def test_the_length_of_the_noise_has_the_distribution_of_chi() -> None:
    found = perturbed(std=(0.5,), draws=200).levels[1].noise_norm.ravel()

    assert found.mean() == pytest.approx(0.5 * chi(D).mean(), abs=4 * 0.5 * chi(D).std() / sqrt(len(found)))
    assert found.mean() == pytest.approx(0.5 * sqrt(D), rel=0.02)
    assert found.std() == pytest.approx(0.5 * chi(D).std(), rel=0.15)


@pytest.mark.parametrize("vertices", [2, 3])
def test_the_simplex_without_noise_is_the_path_of_the_subspace(vertices: int) -> None:
    family = Simplex(vertices=vertices)

    found = perturbed(family, points=7)

    path = Path(points=7).compute(subject_of(family)).route["test"]
    np.testing.assert_allclose(found.levels[0].loss, [path.loss], rtol=1e-6)
    np.testing.assert_allclose(found.levels[0].error, [1 - path.accuracy], rtol=1e-6)
    assert not found.levels[0].noise_norm.any()


def test_a_curve_without_noise_is_followed_along_its_chord() -> None:
    family = MlpCurve(hidden=(4,))
    subject = subject_of(family)

    found = perturbed(family).levels[0].loss[0]

    start, end = family.features(family.corners, subject.fitted.own) @ subject.fitted.basis.double()
    chord = [(1 - s) * start + s * end for s in (0, 0.25, 0.5, 0.75, 1)]
    np.testing.assert_allclose(found, [float(theta.square() @ CURVATURES) / 2 for theta in chord], rtol=1e-5)


def test_noise_raises_a_quadratic_loss_by_half_its_variance_times_the_trace() -> None:
    found = perturbed(std=(0.5,), draws=2000, points=5)

    shares = np.linspace(0, 1, 5)
    kept = (1 - shares) ** 2 + shares**2  # of the variance, where noise of both corners is mixed
    rises = found.levels[1].loss - found.levels[0].loss
    expected = 0.5**2 * float(CURVATURES.sum()) / 2 * kept
    assert (np.abs(rises.mean(0) - expected) < 4 * rises.std(0) / sqrt(2000)).all()
    np.testing.assert_allclose(rises.mean(0), expected, rtol=0.05)


def test_the_loss_of_a_draw_is_that_of_its_own_noise() -> None:
    subject = subject_of(Simplex())

    found = perturbed(std=(0.5,), draws=2, points=3).levels[1].loss

    generator = stream(0, "noise/0.5")
    for draw in range(2):
        first, second = (subject.fitted.basis + 0.5 * torch.randn(2, D, generator=generator)).double()
        route = torch.stack([first, (first + second) / 2, second])
        np.testing.assert_allclose(found[draw], (route.square() @ CURVATURES) / 2, rtol=1e-5)


def test_another_level_or_another_draw_changes_none_before_it() -> None:
    few, many = perturbed(std=(0.5,), draws=2), perturbed(std=(2.0, 0.5), draws=4)

    np.testing.assert_array_equal(few.levels[1].loss, many.levels[2].loss[:2])


@FAMILIES
def test_the_perturbed_corners_lie_in_their_plane_and_the_unperturbed_ones_do_not(family: Family) -> None:
    none, noisy = (level.surface.marks for level in perturbed(family).levels)

    assert "unperturbed" not in none
    assert not noisy["corners"].off_plane.any()
    assert noisy["unperturbed"].off_plane.min() > 1


def test_the_surface_is_that_of_combinations_of_the_perturbed_ends_and_the_network() -> None:
    subject = subject_of(Simplex())

    found = perturbed(std=(0.5,), draws=2).levels[1].surface

    noise = 0.5 * torch.randn(2, D, generator=stream(0, "noise/0.5"))
    three = torch.cat([subject.fitted.basis + noise, subject.network.basis]).double().numpy()
    places = [np.stack([found.marks[name].x, found.marks[name].y], 1) for name in ("corners", "network")]
    grid = np.stack(np.meshgrid(found.x, found.y), axis=-1).reshape(-1, 2)
    weights = np.linalg.solve(np.c_[np.concatenate(places), np.ones(3)].T, np.c_[grid, np.ones(len(grid))].T).T
    expected = ((weights @ three) ** 2 @ CURVATURES.numpy()) / 2
    np.testing.assert_allclose(found.loss.ravel(), expected, rtol=1e-4)


def test_without_an_independent_network_the_noise_and_the_losses_are_the_same() -> None:
    subject, analysis = subject_of(Simplex(vertices=3)), Perturbation(std=(0.5,), draws=2, points=5, surface_points=3)

    found, beside = (analysis.compute(one) for one in (replace(subject, independent=None), subject))

    assert found.table() == beside.table()
    for level, other in zip(found.levels, beside.levels, strict=True):
        assert set(other.surface.marks) - set(level.surface.marks) == {"network"}
        np.testing.assert_allclose(level.surface.marks["route"].x, other.surface.marks["route"].x, rtol=1e-6)


def test_the_table_has_a_row_for_every_level_draw_and_position() -> None:
    table = perturbed(std=(0.5, 2.0), draws=3, points=5).table()

    assert len(table) == 5 + 2 * 3 * 5
    assert [row["std"] for row in table[::5]] == [0, *[0.5] * 3, *[2.0] * 3]
    assert {row["noise_to_weight_ratio"] for row in table[:5]} == {0}


def test_the_noise_is_told_beside_the_weights_of_its_corner() -> None:
    found = perturbed(std=(0.5,))

    corners = subject_of(Simplex()).fitted.basis.double().norm(dim=1).numpy()
    expected = (found.levels[1].noise_norm / corners).mean(1)
    np.testing.assert_allclose(found.relative_noise(found.levels[1]), expected, rtol=1e-6)


def test_the_same_size_of_noise_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="standard deviations that differ"):
        Perturbation(std=(0.1, 0.1))


def test_a_line_that_ends_at_the_independent_network_has_no_plane() -> None:
    subject = subject_of(Independent())
    joined = replace(subject, independent=Points.of(subject.fitted.basis[:1].clone()))

    with pytest.raises(ValueError, match="three points on one line span no plane; choose another third point"):
        Perturbation(surface_points=3).compute(joined)


def test_the_headline_names_the_error_without_noise_and_with_the_least_and_the_most() -> None:
    record = perturbed(std=(0.2, 0.1, 0.4))
    errors = (0.125, 0.5, 0.25, 0.75)
    levels = tuple(
        replace(level, error=np.full_like(level.error, error))
        for level, error in zip(record.levels, errors, strict=True)
    )
    results = [
        Result("valley", 0, 0, family, Perturbation(), replace(record, levels=levels)) for family in (Simplex(),)
    ]

    found = Perturbation.headline(results)

    least, most = (record.relative_noise(record.levels[i]).mean() for i in (2, 3))
    assert found.sentence == (
        f"The test error is 0.125 along valley, 0.250 with noise of std 0.1 (‖δ‖/‖ω‖ = {least:.2g}) and 0.750 with "
        f"noise of std 0.4 (‖δ‖/‖ω‖ = {most:.2g})."
    )
    assert list(found.numbers) == ["mean test error, valley, noise of std 0.4"]


def test_the_headline_of_a_curve_says_that_its_chord_was_followed() -> None:
    curve = MlpCurve(hidden=(4,))
    record = perturbed(family=curve, std=(0.1,))

    found = Perturbation.headline([Result("bow", 0, 0, curve, Perturbation(), record)])

    assert " along the chord of bow" in found.sentence
