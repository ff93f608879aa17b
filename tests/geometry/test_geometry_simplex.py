from __future__ import annotations

from math import factorial

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from lossgeo.geometry.simplex import barycentric_coordinates, corners, kinks, route, uniform
from lossgeo.landscape.randomness import stream

VERTICES = pytest.mark.parametrize("vertices", [2, 3, 5])


@VERTICES
def test_barycentric_coordinates_put_a_point_together_from_the_corners(vertices: int) -> None:
    t = uniform(50, vertices, stream(0, "draws"))

    weights = barycentric_coordinates(t)

    torch.testing.assert_close(weights @ corners(vertices), t, rtol=0, atol=1e-15)
    torch.testing.assert_close(weights.sum(1), torch.ones(50, dtype=torch.float64))
    assert float(weights.min()) >= 0


@VERTICES
def test_a_corner_has_all_the_weight_of_itself(vertices: int) -> None:
    assert torch.equal(barycentric_coordinates(corners(vertices)), torch.eye(vertices, dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_coordinates_and_routes_have_the_precision_of_their_argument(dtype: torch.dtype) -> None:
    points = route(torch.linspace(0, 1, 7, dtype=dtype), 3)

    assert points.dtype == dtype
    assert barycentric_coordinates(points).dtype == dtype


@VERTICES
def test_uniform_points_have_the_marginals_of_a_flat_dirichlet(vertices: int) -> None:
    weights = barycentric_coordinates(uniform(5_000, vertices, stream(0, "draws"))).numpy()

    for weight in weights.T:
        assert kstest(weight, "beta", args=(1, vertices - 1)).pvalue > 1e-3


@VERTICES
def test_uniform_points_meet_a_part_as_often_as_its_volume_says(vertices: int) -> None:
    k, n = vertices - 1, 200_000
    inside = uniform(n, vertices, stream(0, "draws")).max(1).values < 1 / vertices  # a cube of the side 1/(k + 1)

    share = factorial(k) / vertices**k

    assert float(inside.double().mean()) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))


def test_every_point_is_drawn_on_its_own() -> None:
    assert torch.equal(uniform(9, 4, stream(0, "draws"))[:3], uniform(3, 4, stream(0, "draws")))


def test_the_route_between_two_corners_is_the_segment() -> None:
    s = torch.linspace(0, 1, 11, dtype=torch.float64)

    torch.testing.assert_close(route(s, 2), s[:, None], rtol=0, atol=1e-16)


@pytest.mark.parametrize("vertices", [3, 5])
def test_the_route_meets_the_corners_in_turn_and_closes(vertices: int) -> None:
    found = route(torch.arange(vertices + 1, dtype=torch.float64) / vertices, vertices)

    expected = torch.cat([corners(vertices), corners(vertices)[:1]])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-15)


@VERTICES
def test_an_edge_of_the_route_takes_an_equal_share_of_s_at_one_speed(vertices: int) -> None:
    edges = vertices if vertices > 2 else 1
    s = torch.linspace(0, 1, 12 * edges + 1, dtype=torch.float64)

    steps = barycentric_coordinates(route(s, vertices)).diff(dim=0).norm(dim=1)

    torch.testing.assert_close(steps, torch.full_like(steps, 2**0.5 / 12))


@pytest.mark.parametrize("vertices", [3, 5])
def test_the_route_turns_at_its_kinks_and_nowhere_else(vertices: int) -> None:
    s = torch.arange(1, 20 * vertices, dtype=torch.float64) / (20 * vertices)  # each kink is among them
    h = 1 / (40 * vertices)

    turn = (route(s + h, vertices) - 2 * route(s, vertices) + route(s - h, vertices)).norm(dim=1)

    torch.testing.assert_close(s[turn > 1e-12], kinks(vertices)[:-1])
    assert float(kinks(vertices)[-1]) == 1


def test_a_segment_has_no_kinks() -> None:
    assert kinks(2).shape == (0,)
    assert kinks(2).dtype == torch.float64
