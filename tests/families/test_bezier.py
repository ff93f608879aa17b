"""Bézier curves against de Casteljau's construction and closed forms."""

from __future__ import annotations

from math import asinh, sqrt

import numpy as np
import pytest
import torch
from mathematics_toys import frame, normal, toy_setting, toy_weights
from scipy.integrate import quad
from torch import Tensor

from lossgeo.architectures.mlp import Mlp
from lossgeo.families.bezier import Bezier
from lossgeo.geometry.curvature import motion, profile
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.networks.base import of_kind
from lossgeo.training.loop import Start, train
from lossgeo.training.optimizer import AdamW
from lossgeo.training.options import Training
from lossgeo.training.supervisor import Unwatched

DEGREES = pytest.mark.parametrize("degree", [2, 3, 7])
S = torch.linspace(0, 1, 13, dtype=torch.float64)


def control_points(degree: int) -> Tensor:
    return normal(degree + 1, 9, dtype=torch.float64)


def de_casteljau(points: np.ndarray, t: float) -> np.ndarray:
    """The point at t by linear interpolation between neighbours, again and again."""
    while len(points) > 1:
        points = (1 - t) * points[:-1] + t * points[1:]
    point: np.ndarray = points[0]
    return point


def along(points: np.ndarray) -> np.ndarray:
    return np.stack([de_casteljau(points, t) for t in S.tolist()])


@DEGREES
def test_the_points_of_a_curve_are_those_of_de_casteljau(degree: int) -> None:
    points = control_points(degree)

    found = Bezier(degree=degree).features(S[:, None], {}) @ points

    np.testing.assert_allclose(found.numpy(), along(points.numpy()), rtol=0, atol=1e-13)


@DEGREES
def test_the_derivatives_of_a_curve_are_curves_of_differences(degree: int) -> None:
    curve, points = Bezier(degree=degree), control_points(degree)

    found = motion(lambda s: curve.features(curve.route(s), {}) @ points, S)

    once, twice = np.diff(points.numpy(), axis=0), np.diff(points.numpy(), n=2, axis=0)
    np.testing.assert_allclose(found.velocity.numpy(), degree * along(once), rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.acceleration.numpy(), degree * (degree - 1) * along(twice), rtol=0, atol=1e-10)


def parabola() -> Fitted:
    """Y = x (2 − x) from x = 0 to 2, by its control points (0, 0), (1, 2) and (2, 0), laid into nine weights."""
    flat = torch.tensor([[0.0, 0.0], [1.0, 2.0], [2.0, 0.0]], dtype=torch.float64)
    return Fitted(flat @ frame(2, 9))


def test_a_curve_of_degree_two_is_as_long_as_its_parabola() -> None:
    curve = Bezier(degree=2)

    found = profile(curve.subspace(parabola()).curve(curve.route), S, curve.kinks({}))

    integral, _ = quad(lambda x: sqrt(1 + (2 - 2 * x) ** 2), 0, 2)
    assert found.length == pytest.approx(integral, rel=1e-9)
    assert found.length == pytest.approx(sqrt(5) + asinh(2) / 2, rel=1e-9)
    assert found.chord == pytest.approx(2, rel=1e-12)


def test_the_vertex_of_a_parabola_has_the_curvature_two() -> None:
    curve = Bezier(degree=2)

    found = profile(curve.subspace(parabola()).curve(curve.route), S, curve.kinks({}))

    x = 2 * S.numpy()
    np.testing.assert_allclose(found.curvature, 2 / (1 + (2 - 2 * x) ** 2) ** 1.5, rtol=1e-6)


@DEGREES
def test_a_curve_reaches_its_ends_to_the_bit(degree: int) -> None:
    curve, anchors = Bezier(degree=degree), normal(2, 1000)
    start = curve.initial(anchors, stream(0, "features"))
    moved = Fitted(torch.cat([start.basis[:1], normal(degree - 1, 1000, seed=1), start.basis[-1:]]))

    for fitted in (start, moved):
        ends = curve.subspace(fitted).at(curve.corners).dense()
        assert ends.numpy().tobytes() == anchors.numpy().tobytes()


@DEGREES
def test_a_curve_starts_as_its_chord(degree: int) -> None:
    curve, anchors = Bezier(degree=degree), normal(2, 9, dtype=torch.float64)

    found = curve.features(S[:, None], {}) @ curve.initial(anchors, stream(0, "features")).basis

    chord = (1 - S[:, None]) * anchors[0] + S[:, None] * anchors[1]
    torch.testing.assert_close(found, chord, rtol=1e-13, atol=1e-13)


def test_a_training_bends_a_curve_away_from_its_chord_and_lowers_its_loss() -> None:
    network, curve = Mlp(hidden=(6,)), Bezier()
    start = Start(curve.initial(toy_weights(network, 2), stream(0, "features")))
    options = Training(optimizer=AdamW(lr=0.05), epochs=30, batch_size=8)

    def streams(name: str) -> torch.Generator:
        return stream(0, name)

    found = train(curve.objective, start, toy_setting(network), options, streams, Unwatched())

    basis = found.last.fitted.basis
    assert float((basis[1] - basis[[0, 2]].mean(0)).norm()) > 0.1 * float((basis[2] - basis[0]).norm())
    assert found.history.train_loss[-5:].mean() < 0.9 * found.history.train_loss[0]


def test_a_curve_is_no_line_and_holds_its_ends_alone() -> None:
    curve = Bezier(degree=4)

    assert not curve.is_simplex
    assert curve.objective.held == (0, 4)
    assert (curve.anchors, curve.rows, curve.dimension) == (2, 5, 1)


def test_the_straight_line_is_no_curve_to_train() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 2"):
        Bezier(degree=1)


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_anchors_than_two_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"a Bézier curve leads between 2 anchors, got {count}"):
        Bezier().initial(normal(count, 9), stream(0, "features"))


def test_a_smoke_run_leads_between_smaller_networks_and_trains_two_epochs() -> None:
    ends = ("named", of_kind("trained", member=3, training={"epochs": 50}))

    small = Bezier(degree=5, ends=ends, training={"epochs": 90}).smoke()

    assert small.ends == ("named", of_kind("trained", member=3, training={"epochs": 2}))
    assert (small.degree, small.training) == (5, {"epochs": 2})


def test_the_stops_of_a_curve_are_named_after_its_ends_where_they_have_names() -> None:
    assert Bezier(ends=("first", "second")).stops == ((0.0, "first"), (1.0, "second"))
    assert Bezier(ends=("first", of_kind("trained"))).stops == ((0.0, "first"), (1.0, "end"))
    assert Bezier().stops == ((0.0, "start"), (1.0, "end"))


def test_the_networks_at_the_ends_are_what_a_curve_is_made_of() -> None:
    assert Bezier(ends=("first", "second")).sources == ("first", "second")
    assert Bezier().sources == (of_kind("trained", member=0), of_kind("trained", member=1))
