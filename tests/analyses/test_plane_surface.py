from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, frame, toy_subject
from torch import Tensor

from lossgeo.analyses.base import Subject
from lossgeo.analyses.plane import PlaneSurface
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Independent, Simplex
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Points
from lossgeo.measures.surface import Surface

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
        fitted=Fitted(ORIGIN + corners @ AXES),
        independent=Points.of((ORIGIN + torch.tensor(network, dtype=torch.float64) @ AXES)[None]),
    )


def surface_of(subject: Subject, **options: Any) -> Surface:
    return PlaneSurface(**options).compute(subject).surface


def surface(points: int = 9, margin: float = 0.25) -> Surface:
    return surface_of(known_plane(), points=points, margin=margin)


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
    found = surface_of(known_plane(network=(-7.0, 30.0)), points=5, margin=0.0)

    assert (found.x[0], found.y[-1]) == pytest.approx((-7, 30), abs=1e-9)


def test_the_corners_of_the_triangle_are_where_they_were_put() -> None:
    found = surface().marks["corners"]

    np.testing.assert_allclose(np.stack([found.x, found.y], axis=1), [[0, 0], [4, 0], [1, 10]], atol=1e-9)


def test_the_corners_lie_on_the_plane() -> None:
    assert surface().marks["corners"].off_plane.tolist() == [0, 0, 0]


def test_without_an_independent_network_the_surface_is_that_around_the_corners() -> None:
    found = surface_of(replace(known_plane(), independent=None), points=9)

    beside = surface()  # the network lies between the corners
    assert set(found.marks) == {"corners", "route"}
    np.testing.assert_allclose(found.loss, beside.loss, atol=1e-9)
    for name, marked in found.marks.items():
        np.testing.assert_allclose(marked.x, beside.marks[name].x, atol=1e-9)
        np.testing.assert_allclose(marked.y, beside.marks[name].y, atol=1e-9)


def test_two_corners_without_an_independent_network_span_no_plane() -> None:
    line = toy_subject(Simplex(), Analytic(D, lambda theta: theta.square().sum(1)))

    with pytest.raises(ValueError, match="three points span a plane, got 2; compare the subspace with a network"):
        PlaneSurface(points=3).compute(replace(line, independent=None))


@pytest.mark.parametrize(
    ("through", "vertices", "expected"),
    [("corners", 2, "required"), ("corners", 3, "optional"), ("principal", 2, "optional")],
)
def test_a_plane_requires_a_network_where_nothing_else_spans_it(through: str, vertices: int, expected: str) -> None:
    analysis = PlaneSurface.model_validate({"through": through})

    assert analysis.comparison(Simplex(vertices=vertices)) == expected


def test_the_error_is_one_minus_the_accuracy() -> None:
    found = surface()

    np.testing.assert_allclose(found.error, 1 + found.loss, rtol=1e-12)


def test_a_network_beside_the_plane_is_as_far_off_as_it_was_moved() -> None:
    subject = known_plane()
    away = torch.linalg.qr(torch.cat([AXES, torch.ones(1, D).double()]).T).Q[:, 2]

    moved = replace(subject, independent=Points.of(subject.network.basis + 6 * away))
    found = surface_of(moved, points=3).marks["network"]

    assert (found.x[0], found.y[0], found.off_plane[0]) == pytest.approx((1, 1, 6))


def test_the_third_corner_of_a_curve_is_the_independent_network() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = toy_subject(curve, Analytic(D, lambda theta: theta.square().sum(1)))

    found = surface_of(subject, points=3).marks

    assert found["corners"].off_plane.tolist() == [0, 0]
    assert found["network"].off_plane.tolist() == [0]


def test_the_sides_of_the_plane_have_the_distances_of_the_weight_vectors() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = toy_subject(curve, Analytic(D, lambda theta: theta.square().sum(1)))

    found = surface_of(subject, points=3).marks

    ends = curve.features(curve.corners, subject.fitted.own) @ subject.fitted.basis.double()
    expected = torch.pdist(torch.cat([ends, subject.network.basis.double()]))
    three = np.concatenate([np.stack([found[name].x, found[name].y], 1) for name in ("corners", "network")])
    torch.testing.assert_close(torch.pdist(torch.tensor(three)), expected)


def test_the_route_of_a_curve_keeps_its_distance_to_the_first_corner() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = toy_subject(curve, Analytic(D, lambda theta: theta.square().sum(1)))

    found = surface_of(subject, points=3).marks["route"]

    s = torch.linspace(0, 1, len(found.x), dtype=torch.float64)
    along = curve.features(s[:, None], subject.fitted.own) @ subject.fitted.basis.double()
    expected = (along - along[0]).norm(dim=1).numpy()
    np.testing.assert_allclose(np.sqrt(found.x**2 + found.y**2 + found.off_plane**2), expected, atol=1e-9)
    assert found.off_plane.max() > 1e-3


def test_a_surface_with_losses_that_are_not_finite_keeps_them() -> None:
    infinite = Analytic(D, lambda theta: theta.new_full((len(theta),), torch.inf))
    subject = replace(known_plane(), landscape=lambda _split: infinite)

    assert np.isinf(surface_of(subject, points=3).loss).all()


def test_the_table_has_a_row_for_every_marked_point() -> None:
    found = surface()

    places = [row["place"] for row in found.table()]

    assert places.count("corners") == 3
    assert places.count("route") == len(found.marks["route"].x)
    assert places.count("network") == 1


def test_the_fourth_corner_of_a_tetrahedron_is_seen_off_the_plane_of_the_others() -> None:
    subject = toy_subject(Simplex(vertices=4), Analytic(D, lambda theta: theta.square().sum(1)))

    found = surface_of(subject, points=3).marks["corners"]

    base = subject.fitted.basis.double()
    sides = torch.linalg.qr((base[1:3] - base[0]).T).Q
    height = base[3] - base[0]
    expected = float((height - sides @ (sides.T @ height)).norm())
    np.testing.assert_allclose(found.off_plane, [0, 0, 0, expected], rtol=1e-9)


def separate(vertices: int) -> Subject:
    """Networks trained on their own, the first of which is the independent one."""
    subject = toy_subject(Independent(vertices=vertices), Analytic(D, lambda theta: theta.square().sum(1)))
    return replace(subject, independent=Points.of(subject.fitted.basis[:1].clone()))


def test_the_independent_network_is_the_first_corner_of_networks_trained_on_their_own() -> None:
    found = PlaneSurface(points=3).compute(separate(3))

    network, corners = found.surface.marks["network"], found.surface.marks["corners"]
    assert network.off_plane.tolist() == [0]
    assert (network.x[0], network.y[0]) == pytest.approx((corners.x[0], corners.y[0]), abs=1e-9)


def test_two_networks_one_of_them_the_independent_one_span_no_plane() -> None:
    with pytest.raises(ValueError, match="three points on one line span no plane; choose another third point"):
        PlaneSurface(points=3).compute(separate(2))


def curved() -> Subject:
    return toy_subject(MlpCurve(hidden=(4,)), Analytic(D, lambda theta: theta.square().sum(1)), seed=3)


def at(subject: Subject, t: Tensor) -> Tensor:
    """Points of the subspace in float64, `[n D]`."""
    return subject.family.features(t, subject.fitted.own) @ subject.fitted.basis.double()


def test_a_principal_plane_goes_through_the_middle_of_the_curve() -> None:
    found = surface_of(curved(), through="principal", points=3).marks["route"]

    middle = len(found.x) // 2
    assert (found.x[middle], found.y[middle], found.off_plane[middle]) == pytest.approx((0, 0, 0), abs=1e-6)
    assert found.off_plane.max() > 1e-3


def test_a_principal_plane_is_the_same_without_an_independent_network() -> None:
    alone = replace(curved(), independent=None)

    found, beside = (surface_of(one, through="principal", points=3).marks for one in (alone, curved()))

    assert set(found) == {"corners", "route"}
    np.testing.assert_allclose(found["route"].x, beside["route"].x, atol=1e-6)
    np.testing.assert_allclose(found["route"].y, beside["route"].y, atol=1e-6)


def test_the_axes_of_a_principal_plane_are_the_principal_directions_of_the_weights() -> None:
    subject = curved()

    found = surface_of(subject, through="principal", points=3).marks["route"]

    samples = at(subject, torch.linspace(0, 1, 20_001, dtype=torch.float64)[:, None])
    directions = torch.linalg.svd(samples - samples.mean(0), full_matrices=False).Vh[:2]
    route = at(subject, torch.linspace(0, 1, len(found.x), dtype=torch.float64)[:, None])
    expected = ((route - route[len(route) // 2]) @ directions.T).T.numpy()
    for axis, values in zip(expected, (found.x, found.y), strict=True):
        sign = np.sign(axis @ values)
        np.testing.assert_allclose(sign * values, axis, atol=0.05 * np.ptp(axis))


def test_the_surface_on_a_principal_plane_is_that_of_the_weights_it_shows() -> None:
    subject = known_plane()

    found = surface_of(subject, through="principal", points=5)

    corners = np.stack([found.marks["corners"].x, found.marks["corners"].y], 1)
    known = np.array([[0.0, 0.0], [4.0, 0.0], [1.0, 10.0]])
    grid = np.stack(np.meshgrid(found.x, found.y), axis=-1)
    weights = np.linalg.solve(np.c_[corners, np.ones(3)].T, np.c_[grid.reshape(-1, 2), np.ones(25)].T).T
    expected = lopsided(torch.tensor(weights @ known)).reshape(5, 5)
    np.testing.assert_allclose(found.loss, expected, rtol=1e-6, atol=1e-6)


def test_a_straight_line_has_no_principal_plane() -> None:
    subject = toy_subject(Simplex(), Analytic(D, lambda theta: theta.square().sum(1)))

    with pytest.raises(
        ValueError, match="a straight line has one principal direction; choose other subspaces with `of`"
    ):
        PlaneSurface(through="principal", points=3).compute(subject)
