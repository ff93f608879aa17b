from __future__ import annotations

import pytest
import torch
from mathematics_toys import normal
from torch import Tensor

from lossgeo.geometry.plane import Plane


def corners_of(name: str) -> Tensor:
    """Three points of thirty weights: at right angles about, nearly on a line, or far from the origin."""
    points = normal(3, 30, dtype=torch.float64)
    if name == "nearly on a line":
        points[2] = points[0] + 1.7 * (points[1] - points[0]) + 1e-6 * points[2]
    if name == "far from the origin":
        points += 1e4
    return points


SETTINGS = pytest.mark.parametrize("name", ["in general position", "nearly on a line", "far from the origin"])


@SETTINGS
def test_the_axes_are_orthonormal_to_twelve_digits(name: str) -> None:
    axes = Plane.through(corners_of(name)).axes

    assert (axes @ axes.T - torch.eye(2)).abs().max() < 1e-12


@SETTINGS
def test_the_corners_map_back_onto_the_three_points(name: str) -> None:
    points = corners_of(name)

    plane = Plane.through(points)

    assert (plane.lift(plane.corners) - points).abs().max() < 1e-9


@SETTINGS
def test_the_corners_lie_in_the_plane(name: str) -> None:
    points = corners_of(name)

    _, off_plane = Plane.through(points).project(points)

    assert off_plane.max() < 1e-9


def test_the_corners_keep_their_distances() -> None:
    points = corners_of("in general position")

    corners = Plane.through(points).corners

    torch.testing.assert_close(torch.pdist(corners), torch.pdist(points), rtol=1e-12, atol=0)


def test_the_first_axis_points_to_the_second_corner() -> None:
    points = corners_of("in general position")

    corners = Plane.through(points).corners

    torch.testing.assert_close(corners[1], torch.stack([(points[1] - points[0]).norm(), torch.tensor(0.0).double()]))


def test_a_point_beside_the_plane_is_as_far_off_as_it_was_moved() -> None:
    plane = Plane.through(corners_of("in general position"))
    normal_direction = normal(30, seed=1, dtype=torch.float64)
    normal_direction -= plane.axes.T @ (plane.axes @ normal_direction)
    flat = torch.tensor([[0.3, -2.0]], dtype=torch.float64)

    found, off_plane = plane.project(plane.lift(flat) + 5 * normal_direction / normal_direction.norm())

    torch.testing.assert_close(found, flat)
    assert float(off_plane) == pytest.approx(5)


def test_barycentric_weights_combine_the_corners_to_the_lifted_point() -> None:
    points = corners_of("in general position")
    plane = Plane.through(points)
    flat = torch.tensor([[0.3, -2.0], [11.0, 4.0]], dtype=torch.float64)

    torch.testing.assert_close(plane.barycentric(flat) @ points, plane.lift(flat), rtol=1e-10, atol=1e-10)


def test_each_corner_is_itself_alone_in_barycentric_weights() -> None:
    plane = Plane.through(corners_of("in general position"))

    torch.testing.assert_close(plane.barycentric(plane.corners), torch.eye(3, dtype=torch.float64), rtol=0, atol=1e-14)


@pytest.mark.parametrize("third", [[2.0, 2.0, 2.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
def test_three_points_on_a_line_are_refused(third: list[float]) -> None:
    points = torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], third], dtype=torch.float64)

    with pytest.raises(ValueError, match="three points on one line span no plane; choose another third point"):
        Plane.through(points)


def test_two_equal_corners_are_refused() -> None:
    points = torch.tensor([[0.0, 1.0], [0.0, 1.0], [3.0, 0.0]], dtype=torch.float64)

    with pytest.raises(ValueError, match="span no plane"):
        Plane.through(points)


@pytest.mark.parametrize("seed", range(50))
def test_the_barycentric_weights_at_the_corners_are_exactly_one_point(seed: int) -> None:
    plane = Plane.through(torch.randn(3, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))

    assert torch.equal(plane.barycentric(plane.corners), torch.eye(3, dtype=torch.float64))
