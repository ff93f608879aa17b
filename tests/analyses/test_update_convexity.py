from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, Analytic, normal, toy_examples, toy_subject, toy_weights
from torch import Generator, Tensor

from lossgeo.analyses.base import Result, Subject
from lossgeo.analyses.update_convexity import UpdateConvexity
from lossgeo.architectures.mlp import Mlp
from lossgeo.families.trajectory import Trajectory
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.measures.update_record import UpdateRecord
from lossgeo.statistics import wilson

D = 12
LINE = Trajectory(epochs=(0, 1, 4))
SPECTRUM = torch.linspace(-1, 3, D, dtype=torch.float64)


def subject_of(
    landscape: Landscape, step: float = 0.1, axis: int | None = None, basis: Tensor | None = None
) -> Subject:
    """Updates are normal steps from the corners, of all weights or of one."""
    subject = toy_subject(LINE, landscape)
    if basis is not None:
        subject = replace(subject, fitted=Fitted(basis))

    def update(corner: int, generator: Generator) -> Tensor:
        noise = torch.randn(landscape.dimension, generator=generator, dtype=torch.float64)
        if axis is not None:
            noise = noise * torch.eye(landscape.dimension, dtype=torch.float64)[axis]
        return subject.corners.dense()[corner].double() + step * noise

    return replace(subject, update=update)


def quadratic(theta: Tensor) -> Tensor:
    return theta.square() @ SPECTRUM / 2 + theta.sum(1)


def measured(formula: Callable[[Tensor], Tensor] = quadratic, pairs: int = 4, axis: int | None = None) -> UpdateRecord:
    return UpdateConvexity(pairs=pairs).compute(subject_of(Analytic(D, formula), axis=axis))


def differences(subject: Subject, corner: int, pairs: int) -> Tensor:
    """δ of every pair, by the streams that the analysis is said to use."""
    generator = stream(0, f"updates/{corner}")
    drawn = torch.stack([subject.updated(corner, generator) for _ in range(2 * pairs)])
    return drawn[::2] - drawn[1::2]


def test_the_gap_of_a_quadratic_is_an_eighth_of_its_curvature_along_the_difference() -> None:
    found = measured(pairs=6)

    for corner in range(3):
        delta = differences(subject_of(Analytic(D, quadratic)), corner, 6)
        np.testing.assert_allclose(found.gap[corner], -(delta.square() @ SPECTRUM) / 8, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(found.distance[corner], delta.norm(dim=1), rtol=1e-12)
        curvature = (delta.square() @ SPECTRUM / delta.square().sum(1)).mean()
        assert found.curvature[corner] == pytest.approx(float(curvature), rel=1e-9)


@pytest.mark.parametrize(("axis", "share"), [(0, 0.0), (D - 1, 1.0)])
def test_updates_along_a_concave_direction_are_never_convex_and_along_a_convex_one_always(
    axis: int, share: float
) -> None:
    found = measured(pairs=20, axis=axis)

    assert [interval.mean for interval in found.negative] == [share] * 3
    assert found.negative[0] == wilson(int(20 * share), 20)
    assert not found.below_noise.any()


def test_a_share_between_counts_the_pairs() -> None:
    found = measured(lambda theta: theta.square() @ (SPECTRUM - 1), pairs=200)

    counted = [int((gaps < 0).sum()) for gaps in found.gap]
    assert found.negative == tuple(wilson(count, 200) for count in counted)
    assert min(counted) > 20
    assert max(counted) < 180


def test_a_linear_loss_has_gaps_of_rounding_only() -> None:
    found = measured(lambda theta: theta.sum(1) + 5, pairs=50)

    assert found.below_noise.tolist() == [1, 1, 1]
    assert found.lost_in_single.min() > 0.9
    assert np.abs(found.gap).max() < 1e-14


def test_equal_updates_have_no_gap_which_is_not_negative_and_no_curvature() -> None:
    subject = replace(
        subject_of(Analytic(D, quadratic)), update=lambda _corner, _generator: torch.ones(D, dtype=torch.float64)
    )

    found = UpdateConvexity(pairs=3).compute(subject)

    assert [interval.mean for interval in found.negative] == [0, 0, 0]
    assert found.below_noise.tolist() == found.lost_in_single.tolist() == [1, 1, 1]
    assert np.isnan(found.curvature).all()


def test_a_loss_that_is_not_finite_is_not_convex() -> None:
    found = measured(lambda theta: theta.sum(1) * torch.inf, pairs=2)

    assert [interval.mean for interval in found.negative] == [0, 0, 0]


def network_landscape(activation: Literal["relu", "tanh"] = "relu") -> NetworkLandscape:
    network = Mlp(hidden=(3,), activation=activation)
    return NetworkLandscape(network, network.layout(INPUTS, CLASSES), toy_examples(30))


def network_subject(landscape: NetworkLandscape, step: float) -> Subject:
    return subject_of(landscape, step, basis=toy_weights(Mlp(hidden=(3,)), 3))


def long_loss(landscape: NetworkLandscape, theta: np.ndarray) -> np.longdouble:
    """Mean cross-entropy of a network of one hidden layer, in extended precision."""
    inputs, targets = landscape.examples.batch(slice(None))
    sizes = [int(np.prod(shape)) for _, shape in landscape.layout.shapes]
    pieces = np.split(theta.astype(np.longdouble), np.cumsum(sizes)[:-1])
    w0, b0, w1, b1 = (piece.reshape(shape) for piece, (_, shape) in zip(pieces, landscape.layout.shapes, strict=True))
    hidden = np.maximum(inputs.flatten(1).numpy().astype(np.longdouble) @ w0.T + b0, 0)
    logits = hidden @ w1.T + b1
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(logits)), targets.numpy()]
    mean: np.longdouble = losses.mean()
    return mean


@pytest.mark.skipif(np.finfo(np.longdouble).eps > 1e-18, reason="needs a precision above that of float64")
@pytest.mark.parametrize("step", [1e-9, 1e-7, 1e-5])
def test_the_noise_bounds_what_rounding_does_to_the_gap_of_a_network(step: float) -> None:
    landscape = network_landscape()
    subject = network_subject(landscape, step)

    found = UpdateConvexity(pairs=8).compute(subject)

    for corner in range(3):
        generator = stream(0, f"updates/{corner}")
        for gap in found.gap[corner]:
            first, second = (subject.updated(corner, generator).numpy().astype(np.longdouble) for _ in range(2))
            ends = (long_loss(landscape, first) + long_loss(landscape, second)) / 2
            error = abs(gap - float(long_loss(landscape, (first + second) / 2) - ends))
            assert error <= found.noise[corner]
            assert error < 1e-14
        assert found.noise[corner] < 1e-13


def test_gaps_of_tiny_steps_are_lost_in_float32_and_not_in_float64() -> None:
    landscape = network_landscape()
    subject = network_subject(landscape, 1e-5)

    found = UpdateConvexity(pairs=10).compute(subject)

    assert found.lost_in_single.min() >= 0.9
    assert found.below_noise.max() == 0


def test_the_gap_of_a_smooth_network_is_that_of_its_dense_hessian_where_steps_are_small() -> None:
    landscape = network_landscape("tanh")
    subject = network_subject(landscape, 1e-4)

    found = UpdateConvexity(pairs=4).compute(subject)

    theta = subject.corners.double().dense()[0]
    smooth = landscape.smooth_at(Points.of(theta[None]))
    dense = torch.autograd.functional.hessian(lambda at: smooth(at, slice(None)), theta)
    delta = differences(subject, 0, 4)
    np.testing.assert_allclose(found.gap[0], -((delta @ dense) * delta).sum(1) / 8, rtol=0.02)


def test_every_corner_is_left_by_updates_of_its_own() -> None:
    asked: list[int] = []
    subject = subject_of(Analytic(D, quadratic))

    def update(corner: int, generator: Generator) -> Tensor:
        asked.append(corner)
        return subject.updated(corner, generator)

    found = UpdateConvexity(pairs=2).compute(replace(subject, update=update))

    assert asked == [*[0] * 4, *[1] * 4, *[2] * 4]
    assert found.gap.shape == (3, 2)
    assert len(set(found.gap.ravel())) == 6


def test_more_pairs_change_none_before_them() -> None:
    few, many = measured(pairs=2), measured(pairs=5)

    np.testing.assert_array_equal(few.gap, many.gap[:, :2])


def test_kept_statistics_of_the_corner_go_with_its_updates() -> None:
    kept = normal(3, 4)
    subject = subject_of(Analytic(D, quadratic))
    seen: list[Points] = []

    class Watched(Analytic):
        def evaluate(self, points: Points, *_: object) -> object:  # type: ignore[override]
            seen.append(points)
            return super().evaluate(points)

    watched = Watched(D, quadratic)
    asked = replace(subject, fitted=replace(subject.fitted, statistics=kept), landscape=lambda _split: watched)

    UpdateConvexity(pairs=1).compute(asked)

    for corner in range(3):
        for points in seen[2 * corner : 2 * corner + 2]:
            assert points.statistics is not None
            torch.testing.assert_close(points.statistics.double(), kept[[corner] * 3].double())


def test_the_table_has_a_row_for_every_corner_with_its_epoch() -> None:
    found = measured(pairs=4)

    table = found.table()

    assert [(row["corner"], row["epoch"], row["pairs"]) for row in table] == [(1, 0, 4), (2, 1, 4), (3, 4, 4)]
    assert [row["mean_gap"] for row in table] == list(found.gap.mean(1))
    low, high = wilson(int((found.gap[1] < 0).sum()), 4).low, wilson(int((found.gap[1] < 0).sum()), 4).high
    assert (table[1]["share_negative_low"], table[1]["share_negative_high"]) == (low, high)


def test_the_headline_has_the_mean_probability_of_every_group_and_its_range() -> None:
    record = measured(pairs=4)
    gaps = np.array([[-1.0, -1, -1, -1], [-1, -1, 1, 1], [1, 1, 1, 0]])
    results = [
        Result(f"hull_{k}", k, seed, LINE, UpdateConvexity(), replace(record, gap=gaps), group="hull")
        for k in (0, 1)
        for seed in (0, 1)
    ]

    found = UpdateConvexity.headline(results)

    assert found.sentence == (
        "Between two stochastic updates the training loss is convex with probability 0.500 (hull; from 0.00 to 1.00)."
    )
    assert found.numbers["P[g < 0] between updates, hull"][0].count == 2


def test_the_noise_of_a_corner_is_its_largest_error_in_float32_in_units_of_float64() -> None:
    record = measured(pairs=4)
    errors = np.array([[0.0, 1e-3, -4e-3, 2e-3], [1e-4, 0, 0, 0], [0, 0, 0, 0]])

    found = replace(record, gap_single=record.gap + errors, loss=np.zeros((3, 4)))

    np.testing.assert_allclose(found.noise, [4e-3 / 2**29, 1e-4 / 2**29, 0], rtol=1e-9)
