from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, frame, toy_subject
from torch import Tensor

from lossgeo.analyses.base import Subject
from lossgeo.analyses.plane import PlaneRecord, PlaneSurface
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex

D = 12
AXES = frame(2, D)
ORIGIN = torch.full((D,), 3.0, dtype=torch.float64)


def lopsided(flat: Tensor) -> Tensor:
    """A function of the plane in which x and y cannot be taken for one another."""
    return 5 * flat[:, 0] ** 2 + flat[:, 1] ** 3 - 0.5 * flat[:, 0] * flat[:, 1]


def known_plane(network: tuple[float, float] = (1.0, 1.0)) -> Subject:
    """A triangle with the corners (0, 0), (4, 0) and (1, 10) in known axes, and the lopsided loss on them."""
    corners = torch.tensor([[0.0, 0.0], [4.0, 0.0], [1.0, 10.0]], dtype=torch.float64)
    landscape = Analytic(D, lambda theta: lopsided((theta - ORIGIN) @ AXES.T))
    return replace(
        toy_subject(Simplex(vertices=3), landscape),
        parameters={"basis": ORIGIN + corners @ AXES},
        independent=ORIGIN + torch.tensor(network, dtype=torch.float64) @ AXES,
    )


def surface(points: int = 9, margin: float = 0.25) -> PlaneRecord:
    return PlaneSurface(points=points, margin=margin).compute(known_plane())


def test_the_surface_of_a_known_function_is_not_transposed() -> None:
    found = surface()

    for j, y in enumerate(found.y):
        for i, x in enumerate(found.x):
            expected = float(lopsided(torch.tensor([[x, y]])))
            assert found.loss[j, i] == pytest.approx(expected, abs=1e-8), (i, j)


def test_the_axes_of_the_surface_cover_an_extent_that_is_not_square() -> None:
    found = surface(margin=0.0)

    assert (found.x[0], found.x[-1]) == pytest.approx((0, 4), abs=1e-9)
    assert (found.y[0], found.y[-1]) == pytest.approx((0, 10), abs=1e-9)


def test_the_margin_is_a_share_of_the_extent() -> None:
    found = surface(margin=0.25)

    assert (found.x[0], found.x[-1]) == pytest.approx((-1, 5), abs=1e-9)
    assert (found.y[0], found.y[-1]) == pytest.approx((-2.5, 12.5), abs=1e-9)


def test_the_margin_is_laid_around_the_independent_network_too() -> None:
    found = PlaneSurface(points=5, margin=0.0).compute(known_plane(network=(-7.0, 30.0)))

    assert (found.x[0], found.y[-1]) == pytest.approx((-7, 30), abs=1e-9)


def test_the_corners_of_the_triangle_are_where_they_were_put() -> None:
    found = surface().corners

    np.testing.assert_allclose(np.stack([found.x, found.y], axis=1), [[0, 0], [4, 0], [1, 10]], atol=1e-9)


def test_the_corners_lie_on_the_plane() -> None:
    assert surface().corners.off_plane.max() < 1e-9


def test_the_error_is_one_minus_the_accuracy() -> None:
    found = surface()

    np.testing.assert_allclose(found.error, 1 + found.loss, rtol=1e-12)


def test_a_network_beside_the_plane_is_as_far_off_as_it_was_moved() -> None:
    subject = known_plane()
    away = torch.linalg.qr(torch.cat([AXES, torch.ones(1, D).double()]).T).Q[:, 2]

    found = PlaneSurface(points=3).compute(replace(subject, independent=subject.network + 6 * away)).network

    assert (found.x[0], found.y[0], found.off_plane[0]) == pytest.approx((1, 1, 6))


def test_the_third_corner_of_a_curve_is_the_independent_network() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = toy_subject(curve, Analytic(D, lambda theta: theta.square().sum(1)))

    found = PlaneSurface(points=3).compute(subject)

    assert not found.corners_are_subspace
    assert (found.corners.x[2], found.corners.y[2]) == pytest.approx((found.network.x[0], found.network.y[0]))
    assert found.network.off_plane[0] < 1e-9


def test_the_sides_of_the_plane_have_the_distances_of_the_weight_vectors() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = toy_subject(curve, Analytic(D, lambda theta: theta.square().sum(1)))

    found = PlaneSurface(points=3).compute(subject).corners

    ends = curve.features(curve.corners, subject.parameters) @ subject.parameters["basis"].double()
    expected = torch.pdist(torch.cat([ends, subject.network.double()[None]]))
    torch.testing.assert_close(torch.pdist(torch.tensor(np.stack([found.x, found.y], 1))), expected)


def test_the_route_of_a_curve_keeps_its_distance_to_the_first_corner() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = toy_subject(curve, Analytic(D, lambda theta: theta.square().sum(1)))

    found = PlaneSurface(points=3).compute(subject).route

    s = torch.linspace(0, 1, len(found.x), dtype=torch.float64)
    along = curve.features(s[:, None], subject.parameters) @ subject.parameters["basis"].double()
    expected = (along - along[0]).norm(dim=1).numpy()
    np.testing.assert_allclose(np.sqrt(found.x**2 + found.y**2 + found.off_plane**2), expected, atol=1e-9)
    assert found.off_plane.max() > 1e-3


def test_a_surface_with_losses_that_are_not_finite_keeps_them() -> None:
    infinite = Analytic(D, lambda theta: theta.new_full((len(theta),), torch.inf))
    subject = replace(known_plane(), landscape=lambda _split: infinite)

    assert np.isinf(PlaneSurface(points=3).compute(subject).loss).all()


def test_the_table_has_a_row_for_every_marked_point() -> None:
    found = surface()

    places = [row["place"] for row in found.table()]

    assert places.count("corner") == 3
    assert places.count("route") == len(found.route.x)
    assert places.count("network") == 1
