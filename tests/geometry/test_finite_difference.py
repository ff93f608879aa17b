from __future__ import annotations

from math import pi

import numpy as np
import pytest
import torch
from mathematics_toys import frame, normal
from torch import Tensor

from lossgeo.geometry.finite_difference import DiscreteCurvature, discrete_curvature, rounding_level

RADIUS = 60.0


def circle(n: int, columns: int = 400) -> Tensor:
    """Once around a circle of radius 60 far from the origin, in float32."""
    angle = 2 * pi * torch.linspace(0, 1, n, dtype=torch.float64)
    around = RADIUS * torch.stack([angle.cos(), angle.sin()], dim=1) @ frame(2, columns)
    return (around + 30 * frame(3, columns, seed=1)[2]).float()


def published(theta: np.ndarray) -> np.ndarray:
    """All vectors at once, step by step."""
    difference = np.diff(theta, axis=0)
    step = np.linalg.norm(difference, axis=1)
    tangent = difference / step[:, None]
    curvature: np.ndarray = np.linalg.norm(np.diff(tangent, axis=0) / step[1:, None], axis=1)
    return curvature


@pytest.mark.parametrize("pieces", [1, 2, 3, 14, 100])
def test_pieces_of_any_size_give_what_all_vectors_at_once_give(pieces: int) -> None:
    theta = normal(100, 30)

    found = discrete_curvature(theta.split(pieces), 100)

    np.testing.assert_allclose(found.curvature, published(theta.numpy()), rtol=1e-5)


def test_there_is_a_value_for_every_point_but_the_first_and_the_last() -> None:
    found = discrete_curvature(circle(50).split(7), 50)

    np.testing.assert_allclose(found.alpha, np.linspace(0, 1, 50)[1:-1])
    assert found.curvature.shape == found.alpha.shape


def test_a_circle_of_1000_points_has_its_curvature_and_a_little_rounding() -> None:
    found = discrete_curvature(circle(1000).split(14), 1000)

    assert found.curvature.mean() * RADIUS == pytest.approx(1, abs=0.005)


def test_a_circle_is_as_curved_at_its_ends_by_finite_differences_too() -> None:
    assert discrete_curvature(circle(200).split(14), 200).end_to_middle == pytest.approx(1, abs=1e-3)


def test_a_straight_line_shows_the_level_of_rounding() -> None:
    start, end = 20 * frame(2, 5000)
    share = torch.linspace(0, 1, 1000, dtype=torch.float64)[:, None]
    theta = (start + share * (end - start)).float()

    found = discrete_curvature(theta.split(14), 1000)

    level = rounding_level(float(theta.norm(dim=1).mean()), float((end - start).norm()) / 999)
    assert np.median(found.curvature) == pytest.approx(level, rel=0.25)


def test_finer_points_of_a_straight_line_have_more_rounding() -> None:
    assert rounding_level(10.0, 0.01) == pytest.approx(100 * rounding_level(10.0, 0.1))


@pytest.mark.parametrize("n", [101, 1001])
def test_a_kink_gives_its_angle_over_the_step_whatever_the_step_is(n: int) -> None:
    along = torch.linspace(-1, 1, n, dtype=torch.float64)
    bent = torch.stack([along, 0.75 * along.clamp(min=0)], dim=1)

    found = discrete_curvature([bent.float()], n)

    steps = np.linalg.norm(np.diff(bent.numpy(), axis=0), axis=1)[1:]
    chord = 2 * np.sin(np.arctan(0.75) / 2)
    assert (found.curvature * steps).max() == pytest.approx(chord, rel=1e-3)
    assert found.curvature.max() == pytest.approx(chord / steps[-1], rel=1e-3)


def test_without_points_within_the_ends_there_is_nothing_to_compare() -> None:
    alpha = np.linspace(0, 1, 11)

    found = DiscreteCurvature(alpha[1:-1], np.array([3.0, 1, 1, 1, 1, 1, 1, 1, 3])).end_to_middle

    assert found is None  # 0.1 and 0.9 are part of the middle


def test_the_first_and_the_last_tenth_are_the_ends() -> None:
    alpha = np.linspace(0, 1, 21)[1:-1]

    found = DiscreteCurvature(alpha, np.where((alpha < 0.09) | (alpha > 0.91), 3.0, 2.0)).end_to_middle

    assert found == 1.5


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_vectors_have_no_differences(n: int) -> None:
    found = discrete_curvature(circle(10)[:n].split(1) if n else [], n)

    assert (len(found.alpha), len(found.curvature), found.end_to_middle) == (0, 0, None)


def test_vectors_that_coincide_are_kept_as_what_they_give() -> None:
    theta = circle(50)
    theta[11] = theta[10]

    found = discrete_curvature(theta.split(14), 50)

    assert not np.isfinite(found.curvature[[9, 10]]).any()
    assert found.end_to_middle is None
