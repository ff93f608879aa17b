from __future__ import annotations

from math import pi

import numpy as np
import pytest
import torch
from mathematics_toys import frame, normal, started
from sklearn.decomposition import PCA
from torch import Tensor

from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.geometry.gram import embed
from lossgeo.geometry.principal import principal

N = 400
AXES = torch.tensor([5.0, 2.0, 0.5], dtype=torch.float64)


def loop(n: int = N) -> Tensor:
    """A closed curve (cos τ, sin τ, cos 3τ) once around: three uncorrelated coordinates of variance ½, then a 1."""
    angle = 2 * pi * torch.arange(n, dtype=torch.float64) / n
    return torch.stack([angle.cos(), angle.sin(), (3 * angle).cos(), torch.ones_like(angle)], dim=1)


def embedded() -> Tensor:
    """Rows that lay the loop into 60 weights, with half-axes `AXES`, far from the origin."""
    turned = frame(4, 60)
    return torch.cat([AXES[:, None] * turned[:3], 30 * turned[3:]])


def bent(n: int = 200) -> tuple[Tensor, Tensor]:
    """Features and basis of a neural curve."""
    family = MlpCurve(hidden=(6, 8))
    fitted = started(family, 300)
    t = torch.rand(n, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return family.features(t, fitted.own), fitted.basis


def test_the_deviations_of_a_loop_are_its_half_axes_over_the_root_of_two() -> None:
    found = principal(loop(), embed(embedded()))

    torch.testing.assert_close(found.deviations, AXES * (N / (2 * (N - 1))) ** 0.5, rtol=1e-10, atol=0)


def test_the_components_of_a_loop_are_the_directions_that_it_was_laid_along() -> None:
    basis = embedded()

    directions = principal(loop(), embed(basis)).directions @ basis

    torch.testing.assert_close((directions @ frame(4, 60).T).abs(), torch.eye(3, 4).double(), rtol=0, atol=1e-10)


def test_explained_variances_are_shares_of_the_whole() -> None:
    explained = principal(loop(), embed(embedded())).explained

    torch.testing.assert_close(explained, AXES.square() / AXES.square().sum(), rtol=1e-10, atol=0)


def test_the_components_are_those_of_the_weight_vectors_written_out() -> None:
    features, basis = bent()

    found = principal(features, embed(basis))

    expected = PCA(3, svd_solver="full").fit((features @ basis.double()).numpy())
    np.testing.assert_allclose(found.deviations[:3] ** 2, expected.explained_variance_, rtol=1e-8)
    np.testing.assert_allclose(found.explained[:3], expected.explained_variance_ratio_, rtol=1e-8)
    cosines = (found.directions[:3] @ basis.double()).numpy() @ expected.components_.T
    np.testing.assert_allclose(np.abs(cosines), np.eye(3), atol=1e-6)


def test_the_components_are_orthonormal_in_weight_space() -> None:
    features, basis = bent()

    directions = principal(features, embed(basis)).directions @ basis.double()

    torch.testing.assert_close(directions @ directions.T, torch.eye(len(directions)).double(), rtol=0, atol=1e-9)


def test_the_mean_is_that_of_the_weight_vectors() -> None:
    features, basis = bent()

    found = principal(features, embed(basis))

    torch.testing.assert_close(found.mean @ basis.double(), (features @ basis.double()).mean(0))
    torch.testing.assert_close(found.centre, found.mean @ embed(basis))


def test_the_farthest_point_along_a_component_has_a_positive_coordinate() -> None:
    features, basis = bent()
    coordinates = embed(basis)

    along, _ = principal(features, coordinates).project(features @ coordinates, 3)

    assert (along.gather(0, along.abs().argmax(0)[None]) > 0).all()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_turning_the_frame_turns_no_component(sign: float) -> None:
    features, basis = bent()
    coordinates = embed(basis)
    turned = sign * coordinates @ frame(coordinates.shape[1], coordinates.shape[1], seed=3)

    found, again = principal(features, coordinates), principal(features, turned)

    torch.testing.assert_close(again.directions[:3], found.directions[:3], rtol=1e-6, atol=1e-8)


def test_points_on_a_line_have_one_component() -> None:
    t = torch.linspace(0, 1, 50, dtype=torch.float64)[:, None]
    basis = normal(2, 40)

    found = principal(torch.cat([1 - t, t], dim=1), embed(basis))

    direction = (basis[1] - basis[0]).double()
    assert len(found.deviations) == 1
    torch.testing.assert_close((found.directions @ basis.double())[0].abs(), (direction / direction.norm()).abs())


def test_components_that_points_do_not_have_are_coordinates_of_zero() -> None:
    t = torch.linspace(0, 1, 50, dtype=torch.float64)[:, None]
    features, coordinates = torch.cat([1 - t, t], dim=1), embed(normal(2, 40))

    along, off = principal(features, coordinates).project(features @ coordinates, 3)

    assert along.shape == (50, 3)
    assert not along[:, 1:].any()
    assert off.max() < 1e-12


def test_a_point_beside_the_components_is_as_far_off_as_it_was_moved() -> None:
    coordinates = embed(embedded())
    found = principal(loop(), coordinates)

    along, off = found.project(found.centre + 7 * found.axes[2:] + 2 * found.axes[:1], 2)

    torch.testing.assert_close(along, torch.tensor([[2.0, 0.0]]).double(), rtol=0, atol=1e-12)
    assert float(off) == pytest.approx(7)


def test_a_basis_with_a_row_twice_has_the_components_of_the_points() -> None:
    basis = embedded()

    found = principal(
        torch.cat([loop()[:, :1] / 2, loop()[:, :1] / 2, loop()[:, 1:]], 1), embed(basis[[0, 0, 1, 2, 3]])
    )

    directions = found.directions @ basis[[0, 0, 1, 2, 3]]
    torch.testing.assert_close(found.deviations, principal(loop(), embed(basis)).deviations)
    torch.testing.assert_close(directions @ directions.T, torch.eye(3).double())


def test_one_point_has_no_components() -> None:
    with pytest.raises(ValueError, match="principal components need at least two points, got 1; draw more samples"):
        principal(torch.ones(1, 2).double(), torch.eye(2).double())


def test_equal_points_have_no_components() -> None:
    with pytest.raises(ValueError, match="principal components need points that differ"):
        principal(torch.full((9, 2), 0.1).double(), torch.eye(2).double())
