"""The Gram path, in K numbers, against the direct path, in D weights and by reverse-mode autograd."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from mathematics_toys import pairwise_distances, started
from torch import Tensor
from torch.func import jacrev

from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex
from lossgeo.geometry.curvature import profile
from lossgeo.geometry.subspace import Subspace
from lossgeo.landscape.fitted import Fitted

FAMILIES = [MlpCurve(hidden=(4, 6), activation="tanh"), MlpCurve(hidden=(5,), activation="relu"), Simplex(vertices=3)]
S = torch.linspace(0, 1, 13, dtype=torch.float64)


def direct(family: Family, fitted: Fitted, s: Tensor) -> Tensor:
    """γ(s) with all its D weights, in float64: the features times the basis, nothing else."""
    return family.features(family.route(s), fitted.own) @ fitted.basis.double()


def named(family: Family) -> str:
    return f"{family.kind}-{getattr(family, 'activation', 'straight')}"


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_coordinates_have_the_distances_of_the_weight_vectors(family: Family) -> None:
    fitted = started(family)

    small = family.subspace(fitted).coordinates(family.route(S)).numpy()

    large = direct(family, fitted, S).numpy()
    np.testing.assert_allclose(pairwise_distances(small), pairwise_distances(large), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_coordinates_have_the_principal_components_of_the_weight_vectors(family: Family) -> None:
    fitted = started(family)

    small = family.subspace(fitted).coordinates(family.route(S)).numpy()

    large = direct(family, fitted, S).numpy()
    spectra = [np.linalg.svd(x - x.mean(0), compute_uv=False)[:3] for x in (small, large)]
    np.testing.assert_allclose(spectra[0], spectra[1], rtol=1e-8, atol=1e-10)


def test_the_curvature_of_a_neural_curve_is_that_of_its_weight_vectors() -> None:
    family = MlpCurve(hidden=(4, 6), activation="tanh")
    fitted = started(family)

    found = profile(family.subspace(fitted).curve(family.route), S, family.kinks(fitted.own)).curvature

    expected = [direct_curvature(family, fitted, s) for s in S]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def direct_curvature(family: Family, fitted: Fitted, s: Tensor) -> float:
    """√(‖γ′‖²‖γ″‖² − (γ′·γ″)²) / ‖γ′‖³ by reverse-mode differentiation of all D weights."""

    def position(at: Tensor) -> Tensor:
        return direct(family, fitted, at[None])[0]

    velocity, acceleration = jacrev(position)(s), jacrev(jacrev(position))(s)
    area = velocity.dot(velocity) * acceleration.dot(acceleration) - velocity.dot(acceleration) ** 2
    return float(area.sqrt() / velocity.norm() ** 3)


def test_the_length_of_a_neural_curve_is_that_of_a_fine_polygon_through_its_weight_vectors() -> None:
    family = MlpCurve(hidden=(4, 6), activation="tanh")
    fitted = started(family)

    found = profile(family.subspace(fitted).curve(family.route), S, family.kinks(fitted.own)).length

    fine = direct(family, fitted, torch.linspace(0, 1, 20_001, dtype=torch.float64))
    assert found == pytest.approx(float((fine[1:] - fine[:-1]).norm(dim=1).sum()), rel=1e-7)


def test_the_turning_of_a_relu_curve_is_that_of_the_tangents_of_its_weight_vectors() -> None:
    family = MlpCurve(hidden=(5,), activation="relu")
    fitted = started(family, seed=3)
    kinks = family.kinks(fitted.own)

    found = profile(family.subspace(fitted).curve(family.route), S, kinks)

    corners = direct(family, fitted, torch.cat([torch.zeros(1).double(), kinks, torch.ones(1).double()]))
    tangents = [(after - before) / (after - before).norm() for before, after in pairwise(corners)]
    expected = sum(float(torch.acos(a @ b)) for a, b in pairwise(tangents))
    assert len(kinks) > 0
    assert found.total_turning == pytest.approx(expected, rel=1e-7)


def test_a_relu_curve_is_as_long_as_the_polygon_through_its_kinks() -> None:
    family = MlpCurve(hidden=(6, 5), activation="relu")
    fitted = started(family)
    kinks = family.kinks(fitted.own)

    found = profile(family.subspace(fitted).curve(family.route), S, kinks).length

    corners = direct(family, fitted, torch.cat([torch.zeros(1).double(), kinks, torch.ones(1).double()]))
    assert len(kinks) > 0
    assert found == pytest.approx(float((corners[1:] - corners[:-1]).norm(dim=1).sum()), rel=1e-9)


def test_points_of_a_subspace_have_float64_coefficients_and_the_basis_itself() -> None:
    family = Simplex(vertices=3)
    fitted = started(family)

    points = Subspace(lambda t: family.features(t, fitted.own), fitted.basis).at(torch.tensor([[0.25, 0.5]]))

    assert points.coefficients.dtype == torch.float64
    assert points.basis is fitted.basis
    torch.testing.assert_close(points.dense()[0], torch.tensor([0.25, 0.25, 0.5]) @ fitted.basis)
