"""Evaluation in fused passes, held to one pass over all examples in float64 and to one forward pass a point."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, normal
from test_orders import FLOAT32, landscape_of, one_by_one, points_of

from lossgeo.architectures.mlp import Mlp
from lossgeo.kernels.rectifiers import cross_entropy
from lossgeo.landscape import passes, rectifiers
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.forward import RectifierNetwork
from lossgeo.landscape.mode import EVALUATION
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import REGRESSION
from lossgeo.landscape.weights import Points

NETWORKS = pytest.mark.parametrize("hidden", [(16,), (33, 17), (8, 20, 5)])


@NETWORKS
@pytest.mark.parametrize("vectors", [2, 3, 5])
def test_losses_and_accuracies_are_those_of_all_examples_at_once(hidden: tuple[int, ...], vectors: int) -> None:
    surface = landscape_of(Mlp(hidden=hidden), 2 * rectifiers.EXAMPLES_AT_ONCE + 7)
    points = points_of(surface, 11, vectors)

    found = surface.evaluate_fused(points)

    losses, accuracies = one_by_one(surface, points)
    np.testing.assert_allclose(found.loss, losses, rtol=FLOAT32)
    assert np.abs(found.accuracy - accuracies).max() <= 1 / surface.size  # a tie


def test_any_number_of_classes_has_its_losses() -> None:
    network, examples = Mlp(hidden=(7,)), Examples(normal(90, 4), torch.arange(90) % 23)
    surface = NetworkLandscape(network, network.layout((4,), 23), examples)
    points = points_of(surface, 5, 3)

    found, plain = surface.evaluate_fused(points), surface.evaluate_plainly(points)

    np.testing.assert_allclose(found.loss, plain.loss, rtol=FLOAT32)
    assert np.array_equal(found.accuracy, plain.accuracy)


def test_blocks_and_groups_have_the_bits_of_all_points_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    surface = landscape_of(Mlp(hidden=(16, 9)))
    points = points_of(surface, 32, 3)
    whole = surface.evaluate_fused(points)

    parts = [surface.evaluate_fused(points.block(slice(i, i + 8))) for i in range(0, 32, 8)]
    monkeypatch.setattr(passes, "WEIGHTS_AT_ONCE", 8 * surface.dimension)
    in_groups = surface.evaluate_fused(points)

    assert np.array_equal(np.concatenate([part.loss for part in parts]), whole.loss)
    assert np.array_equal(in_groups.loss, whole.loss)


def test_where_a_logit_is_not_finite_the_evaluation_is_that_of_the_plain_order() -> None:
    surface = landscape_of(Mlp(hidden=(16,)))
    points = points_of(surface, 6, 3)
    basis = points.basis.clone()
    basis[0, 0] = torch.nan
    coefficients = points.coefficients.clone()
    coefficients[:4, 0] = 0.0
    coefficients[:2] *= 1e25
    broken = Points(coefficients, basis.nan_to_num(0.5), None)
    with_nan = Points(coefficients, basis, None)

    for some in (broken, with_nan):
        found, plain = surface.evaluate_fused(some), surface.evaluate_plainly(some)
        np.testing.assert_allclose(found.loss, plain.loss, rtol=FLOAT32)
        np.testing.assert_array_equal(np.isnan(found.accuracy), np.isnan(plain.accuracy))
    assert np.isnan(surface.evaluate_fused(with_nan).loss).any()
    assert np.isfinite(surface.evaluate_fused(broken).loss[2:]).all()


def test_a_loss_is_finite_though_a_logit_is_not() -> None:
    """The probability of the class that nothing belongs to is zero."""
    network, examples = Mlp(hidden=(16,)), Examples(normal(90, 4), 1 + torch.arange(90) % 3)
    surface = NetworkLandscape(network, network.layout((4,), CLASSES), examples)
    points = points_of(surface, 6, 3)
    points.basis[:, -CLASSES] = -torch.inf  # the bias of the first class
    positive = Points(points.coefficients.abs(), points.basis)

    found, plain = surface.evaluate_fused(positive), surface.evaluate_plainly(positive)

    assert np.isfinite(plain.loss).all()
    np.testing.assert_allclose(found.loss, plain.loss, rtol=FLOAT32)
    assert np.array_equal(found.accuracy, plain.accuracy)


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 30.0, 1e4])
def test_the_cross_entropy_is_that_of_torch(scale: float) -> None:
    logits = scale * normal(77, CLASSES)
    targets = torch.randint(0, CLASSES, (77,), generator=stream(0, "targets"))

    loss, right = cross_entropy(logits.T.contiguous().numpy(), targets.numpy())

    expected = torch.nn.functional.cross_entropy(logits.double(), targets, reduction="sum")
    assert loss == pytest.approx(float(expected), rel=1e-6)
    assert right == int((logits.argmax(1) == targets).sum())


@pytest.mark.parametrize("odd", [torch.nan, torch.inf, -torch.inf])
def test_the_cross_entropy_of_what_is_not_finite_is_not_finite(odd: float) -> None:
    logits = normal(40, CLASSES)
    logits[33, 2] = odd

    loss, _ = cross_entropy(logits.T.contiguous().numpy(), np.zeros(40, np.int64))

    assert not np.isfinite(loss)


def test_the_rest_of_a_rectifier_network_is_its_layers_with_rectifiers_before_them() -> None:
    network = Mlp(hidden=(6, 5, 4))
    assert isinstance(network, RectifierNetwork)
    layout = network.layout((9,), 3)
    parameters = layout.split(network.initialise(layout, stream(0, "weights")))
    z = normal(10, 6)

    expected = z
    for name in network.rectified_layers:
        expected = expected.relu() @ parameters[f"{name}.weight"].T + parameters[f"{name}.bias"]
    torch.testing.assert_close(network.rest(parameters, z, EVALUATION), expected)


def test_only_long_evaluations_of_rectifier_networks_are_fused(monkeypatch: pytest.MonkeyPatch) -> None:
    surface, curved = landscape_of(Mlp(hidden=(16,))), landscape_of(Mlp(hidden=(16,), activation="tanh"))
    points = points_of(surface, 64, 3)

    def is_fused(one: NetworkLandscape, some: Points) -> bool:
        return rectifiers.is_worth_fusing(one._fastest(some), one.layout, one.examples, some)

    assert not is_fused(surface, points)
    monkeypatch.setattr(rectifiers, "WORTH_COMPILING", 0.0)
    assert is_fused(surface, points)
    monkeypatch.setattr(rectifiers, "WORTH_COMPILING", 32.0 * surface.size * 17 * CLASSES)  # of half of the points
    assert is_fused(surface, points)
    assert is_fused(surface, points.block(slice(0, 8)))
    assert not is_fused(surface, points.rows(slice(0, 31)))
    monkeypatch.setattr(rectifiers, "WORTH_COMPILING", 0.0)
    assert not is_fused(surface, points.rows(slice(0, 3)))  # which share too little
    assert not is_fused(surface, points.double())
    assert not is_fused(curved, points)
    values = Examples(normal(64, 2, 16, 16), normal(64, CLASSES), task=REGRESSION)
    assert not is_fused(NetworkLandscape(surface.network, surface.layout, values), points)


def test_points_of_another_network_are_refused() -> None:
    surface = landscape_of(Mlp(hidden=(16,)))
    points = points_of(surface, 8, 3)

    with pytest.raises(ValueError, match=rf"has {surface.dimension} weights, got points of {surface.dimension - 1}"):
        surface.evaluate_fused(Points(points.coefficients, points.basis[:, 1:]))


def test_a_landscape_takes_fused_passes_where_they_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    surface = landscape_of(Mlp(hidden=(16,)))
    points = points_of(surface, 64, 3)
    monkeypatch.setattr(rectifiers, "WORTH_COMPILING", 0.0)

    assert np.array_equal(surface.evaluate(points).loss, surface.evaluate_fused(points).loss)
