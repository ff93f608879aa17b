from __future__ import annotations

from itertools import pairwise
from math import log

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, normal, toy_examples, toy_weights
from torch import Tensor, nn

from lossgeo.architectures.mlp import Mlp
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.passes import EXAMPLES_AT_ONCE
from lossgeo.landscape.weights import Points

NETWORKS = pytest.mark.parametrize(
    "network", [Mlp(hidden=(8,)), Mlp(hidden=(8, 5), activation="tanh")], ids=["shallow relu", "deep tanh"]
)


def landscape_of(network: Mlp, count: int = 40) -> NetworkLandscape:
    return NetworkLandscape(network, network.layout(INPUTS, CLASSES), toy_examples(count))


def reference(network: Mlp, theta: Tensor, examples: Examples) -> tuple[float, float]:
    """Loss and accuracy by torch's own layers, all examples in one pass, in float64."""
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise((9, *network.hidden, CLASSES)):
        layers += [nn.Linear(before, after), nn.ReLU() if network.activation == "relu" else nn.Tanh()]
    model = nn.Sequential(*layers[:-1]).double()
    nn.utils.vector_to_parameters(theta.double(), model.parameters())
    with torch.no_grad():
        logits = model(examples.inputs.double() / 255)
    loss = nn.CrossEntropyLoss()(logits, examples.targets)
    return float(loss), float((logits.argmax(1) == examples.targets).double().mean())


@NETWORKS
@pytest.mark.parametrize("count", [40, EXAMPLES_AT_ONCE + 3])
def test_loss_and_accuracy_are_those_of_layers_of_torch_on_all_examples_at_once(network: Mlp, count: int) -> None:
    weights = toy_weights(network, 2)
    landscape = landscape_of(network, count)

    found = landscape.evaluate(Points.of(weights))

    expected = [reference(network, theta, landscape.examples) for theta in weights]
    np.testing.assert_allclose(found.loss, [loss for loss, _ in expected], rtol=1e-6)
    np.testing.assert_allclose(found.accuracy, [accuracy for _, accuracy in expected], rtol=1e-12)


def test_weights_of_zero_have_the_loss_of_a_guess() -> None:
    landscape = landscape_of(Mlp(hidden=(4,)))

    found = landscape.evaluate(Points.of(torch.zeros(1, landscape.dimension)))

    assert found.loss.tolist() == pytest.approx([log(CLASSES)])


def test_the_loss_of_weights_that_are_not_finite_is_returned_as_it_is() -> None:
    landscape = landscape_of(Mlp(hidden=(4,)))
    weights = torch.full((1, landscape.dimension), float("nan"))

    assert np.isnan(landscape.evaluate(Points.of(weights)).loss).all()


def test_evaluation_drops_no_units() -> None:
    weights = toy_weights(Mlp(hidden=(8,)), 2)

    with_dropout, without = (
        landscape_of(Mlp(hidden=(8,), dropout=share)).evaluate(Points.of(weights)).loss for share in (0.9, 0.0)
    )

    np.testing.assert_array_equal(with_dropout, without)


def test_evaluating_twice_gives_the_same_bits() -> None:
    landscape = landscape_of(Mlp(hidden=(8,)))
    points = Points(normal(9, 3, dtype=torch.float64), toy_weights(Mlp(hidden=(8,)), 3))

    first, second = landscape.evaluate(points), landscape.evaluate(points)

    assert first.loss.tobytes() == second.loss.tobytes()


def test_points_of_another_dimension_are_refused() -> None:
    landscape = landscape_of(Mlp(hidden=(4,)))

    with pytest.raises(ValueError, match=r"this landscape has 60 weights, got points of 7"):
        landscape.evaluate(Points.of(torch.zeros(1, 7)))


def test_a_batch_is_scaled_to_the_unit_interval() -> None:
    examples = Examples(torch.tensor([[[[0, 51, 255]]]], dtype=torch.uint8), torch.tensor([1]))

    inputs, _ = examples.batch(slice(None))

    torch.testing.assert_close(inputs, torch.tensor([[[[0.0, 0.2, 1.0]]]]))


def test_a_batch_is_normalised_channel_by_channel() -> None:
    pixels = torch.tensor([[[[255]], [[51]]]], dtype=torch.uint8)
    examples = Examples(pixels, torch.tensor([0]), mean=(0.5, 0.1), std=(0.25, 0.2))

    inputs, _ = examples.batch(torch.tensor([0]))

    torch.testing.assert_close(inputs, torch.tensor([[[[2.0]], [[0.5]]]]))
