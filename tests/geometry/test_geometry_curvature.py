from __future__ import annotations

from collections.abc import Callable
from math import pi

import numpy as np
import pytest
import torch
from mathematics_toys import frame
from scipy.integrate import quad
from torch import Tensor

from lossgeo.geometry.curvature import end_to_middle, motion, profile

RADIUS = 60.0
POINTS = torch.linspace(0, 1, 101, dtype=torch.float64)
NO_KINKS = torch.empty(0, dtype=torch.float64)


def circle(s: Tensor) -> Tensor:
    """A circle of 60, once around, in the coordinates 0 and 1."""
    return RADIUS * torch.stack([torch.cos(2 * pi * s), torch.sin(2 * pi * s)], dim=1)


def helix(s: Tensor) -> Tensor:
    """Two turns of radius 3 that rise by 2π · 0.5 each."""
    angle = 4 * pi * s
    return torch.stack([3 * angle.cos(), 3 * angle.sin(), 0.5 * angle], dim=1)


def line(s: Tensor) -> Tensor:
    """A straight line far from the origin, travelled at a changing speed."""
    start, direction = torch.full((5,), 1e3, dtype=torch.float64), torch.arange(1.0, 6.0, dtype=torch.float64)
    return start + (s + s**3)[:, None] * direction


def polyline(corners: Tensor) -> Callable[[Tensor], Tensor]:
    """Straight pieces from corner to corner, an equal share of s to each."""
    pieces = len(corners) - 1

    def curve(s: Tensor) -> Tensor:
        piece = (s * pieces).long().clamp(0, pieces - 1)
        share = (s * pieces - piece)[:, None]
        return (1 - share) * corners[piece] + share * corners[piece + 1]

    return curve


SQUARE = torch.tensor([[0.0, 0], [2, 0], [2, 2], [0, 2], [0, 0]], dtype=torch.float64)
IRREGULAR = torch.tensor([[0.0, 0], [5, 1], [4, 3], [1, 2.5], [-1, 1], [0, 0]], dtype=torch.float64)


def closing_kinks(corners: Tensor) -> Tensor:
    """Kinks of a closed polyline, its joint last."""
    pieces = len(corners) - 1
    return torch.arange(1, pieces + 1, dtype=torch.float64) / pieces


def test_a_circle_has_the_curvature_of_one_over_its_radius_everywhere() -> None:
    found = profile(circle, POINTS, NO_KINKS)

    np.testing.assert_allclose(found.curvature, 1 / RADIUS, rtol=1e-12)


def test_a_circle_is_as_long_as_its_circumference() -> None:
    assert profile(circle, POINTS, NO_KINKS).length == pytest.approx(2 * pi * RADIUS, rel=1e-12)


def test_a_circle_turns_by_two_pi() -> None:
    assert profile(circle, POINTS, NO_KINKS).total_turning == pytest.approx(2 * pi, rel=1e-12)


def test_a_circle_ends_where_it_starts() -> None:
    assert profile(circle, POINTS, NO_KINKS).chord == pytest.approx(0, abs=1e-12)


def test_half_a_circle_ends_a_diameter_away() -> None:
    found = profile(lambda s: circle(s / 2), POINTS, NO_KINKS)

    assert found.chord == pytest.approx(2 * RADIUS, rel=1e-12)


def test_curvature_does_not_depend_on_the_speed() -> None:
    found = profile(lambda s: circle((s + s**2) / 2), POINTS, NO_KINKS)

    np.testing.assert_allclose(found.curvature, 1 / RADIUS, rtol=1e-10)


def test_curvature_does_not_depend_on_the_space_around_the_curve() -> None:
    axes, offset = frame(2, 50), torch.full((50,), 7.0, dtype=torch.float64)

    found = profile(lambda s: circle(s) @ axes + offset, POINTS, NO_KINKS)

    np.testing.assert_allclose(found.curvature, 1 / RADIUS, rtol=1e-10)


def test_a_helix_has_the_curvature_of_its_closed_form() -> None:
    found = profile(helix, POINTS, NO_KINKS)

    np.testing.assert_allclose(found.curvature, 3 / (3**2 + 0.5**2), rtol=1e-12)


def test_a_helix_is_as_long_as_its_closed_form() -> None:
    assert profile(helix, POINTS, NO_KINKS).length == pytest.approx(4 * pi * np.hypot(3, 0.5), rel=1e-12)


def test_a_straight_line_at_a_changing_speed_has_no_curvature() -> None:
    found = profile(line, POINTS, NO_KINKS)

    assert found.curvature.max() * found.length < 1e-13


def test_a_straight_line_turns_by_nothing() -> None:
    assert profile(line, POINTS, NO_KINKS).total_turning < 1e-13


def test_the_length_to_every_point_of_a_parabola_agrees_with_adaptive_quadrature() -> None:
    found = profile(lambda s: torch.stack([s, 2 * s**2], dim=1), POINTS, NO_KINKS)

    expected = [quad(lambda x: np.hypot(1, 4 * x), 0, float(end))[0] for end in POINTS]
    np.testing.assert_allclose(found.arc_length, expected, rtol=1e-9, atol=1e-12)


def test_the_curvature_of_a_parabola_changes_as_its_closed_form() -> None:
    found = profile(lambda s: torch.stack([s, 2 * s**2], dim=1), POINTS, NO_KINKS)

    np.testing.assert_allclose(found.curvature, 4 / (1 + 16 * POINTS.numpy() ** 2) ** 1.5, rtol=1e-12)


def test_velocity_and_acceleration_are_the_derivatives_of_a_cubic() -> None:
    s = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)

    found = motion(lambda x: torch.stack([x**3, 1 - x], dim=1), s)

    torch.testing.assert_close(found.velocity, torch.stack([3 * s**2, -torch.ones_like(s)], dim=1))
    torch.testing.assert_close(found.acceleration, torch.stack([6 * s, torch.zeros_like(s)], dim=1))


@pytest.mark.parametrize("corners", [SQUARE, IRREGULAR])
def test_a_closed_convex_polygon_turns_by_two_pi(corners: Tensor) -> None:
    found = profile(polyline(corners), POINTS, closing_kinks(corners))

    assert found.total_turning == pytest.approx(2 * pi, rel=1e-12)


def test_every_corner_of_a_square_turns_by_a_right_angle() -> None:
    found = profile(polyline(SQUARE), POINTS, closing_kinks(SQUARE))

    np.testing.assert_allclose(found.turning_angles, np.full(4, pi / 2), rtol=1e-12)


def test_a_polygon_is_as_long_as_its_edges_wherever_it_is_looked_at() -> None:
    found = profile(polyline(IRREGULAR), torch.tensor([0.0, 0.33, 1.0], dtype=torch.float64), closing_kinks(IRREGULAR))

    edges = np.linalg.norm(np.diff(IRREGULAR.numpy(), axis=0), axis=1)
    assert found.length == pytest.approx(edges.sum(), rel=1e-12)


def test_the_edges_of_a_polygon_have_no_curvature() -> None:
    found = profile(polyline(IRREGULAR), POINTS, closing_kinks(IRREGULAR))

    assert found.curvature.max() < 1e-12


def test_an_open_polygon_does_not_turn_at_its_ends() -> None:
    found = profile(polyline(SQUARE[:4]), POINTS, torch.tensor([1 / 3, 2 / 3], dtype=torch.float64))

    assert found.total_turning == pytest.approx(pi, rel=1e-12)


@pytest.mark.parametrize("angle", [1e-9, 1e-4, 1.0, pi - 1e-4])
def test_a_kink_of_any_size_keeps_its_digits(angle: float) -> None:
    turned = torch.tensor([1 + np.cos(angle), np.sin(angle)])
    corners = torch.stack([torch.zeros(2).double(), torch.tensor([1.0, 0.0]).double(), turned.double()])

    found = profile(polyline(corners), POINTS, torch.tensor([0.5], dtype=torch.float64))

    assert found.total_turning == pytest.approx(angle, rel=1e-6)


def test_a_curve_that_stands_still_is_refused() -> None:
    with pytest.raises(ValueError, match="stands still at some s, where its curvature is undefined"):
        profile(lambda s: torch.zeros(len(s), 2, dtype=torch.float64) * s[:, None], POINTS, NO_KINKS)


def test_the_turning_does_not_depend_on_the_points_that_are_looked_at() -> None:
    def steep(s: Tensor) -> Tensor:
        return torch.stack([s, (30 * (s - 0.5)).tanh(), (12 * s).sin()], dim=1)

    none = torch.empty(0, dtype=torch.float64)
    few, many = (profile(steep, torch.linspace(0, 1, n, dtype=torch.float64), none) for n in (11, 2001))

    assert few.smooth_turning == pytest.approx(many.smooth_turning, rel=1e-7)
    assert few.length == pytest.approx(many.length, rel=1e-9)
    assert few.turned[-1] == few.smooth_turning


def test_a_curve_that_starts_at_rest_is_refused() -> None:
    def resting(s: Tensor) -> Tensor:
        return torch.stack([s**2, s**3], dim=1)

    with pytest.raises(ValueError, match="the curve stands still"):
        profile(resting, torch.linspace(0, 1, 5, dtype=torch.float64), torch.empty(0, dtype=torch.float64))


def test_a_circle_is_as_curved_at_its_ends_as_in_its_middle() -> None:
    assert end_to_middle(lambda s: circle((s + s**2) / 3), NO_KINKS) == pytest.approx(1, rel=1e-10)


def test_the_ends_of_a_parabola_are_compared_as_its_closed_form_says() -> None:
    def length(s: float) -> float:
        return s * np.hypot(1, 4 * s) / 2 + np.arcsinh(4 * s) / 8

    def turned(s: float) -> float:
        return float(np.arctan(4 * s))

    found = end_to_middle(lambda s: torch.stack([s, 2 * s**2], dim=1), NO_KINKS)

    ends = (turned(0.1) + turned(1) - turned(0.9)) / (length(0.1) + length(1) - length(0.9))
    middle = (turned(0.9) - turned(0.1)) / (length(0.9) - length(0.1))
    assert found == pytest.approx(ends / middle, rel=1e-9)


def test_a_clothoid_that_winds_up_at_both_ends_is_nine_quarters_as_curved_there() -> None:
    x, w = (torch.from_numpy(values) for values in np.polynomial.legendre.leggauss(20))

    def clothoid(s: Tensor) -> Tensor:
        """Unit speed and the curvature |s - 1/2|: the direction turns by (s - 1/2)|s - 1/2| / 2."""
        u = s[:, None] - 0.5
        angle = (u / 2 * (x + 1)).square() / 2 * u.sign()
        return torch.stack([(angle.cos() * w).sum(1), (angle.sin() * w).sum(1)], dim=1) * u / 2

    assert end_to_middle(clothoid, NO_KINKS) == pytest.approx(0.45 / 0.2, rel=1e-6)


def test_kinks_at_the_ends_of_a_polygon_count_towards_its_ends() -> None:
    bends = torch.tensor([[0.0, 0], [1, 0], [8, 0.7], [10, 4]], dtype=torch.float64)
    kinks = torch.tensor([0.05, 0.5], dtype=torch.float64)

    def curve(s: Tensor) -> Tensor:
        steps = torch.stack([s.clamp(max=0.05), (s.clamp(max=0.5) - 0.05).clamp(min=0), (s - 0.5).clamp(min=0)], dim=1)
        directions = bends.diff(dim=0)
        return 10 * steps @ (directions / directions.norm(dim=1, keepdim=True))

    found = end_to_middle(curve, kinks)

    first, second = profile(curve, POINTS, kinks).turning_angles
    assert found == pytest.approx((first / 2) / (second / 8), rel=1e-9)


def test_a_straight_line_has_no_middle_to_compare_its_ends_with() -> None:
    axis = torch.arange(1.0, 6.0, dtype=torch.float64)

    assert end_to_middle(lambda s: s[:, None] * axis, NO_KINKS) is None
