"""How the weights of networks start: what layers of torch do, and nothing that is not known."""

from __future__ import annotations

import re

import pytest
import torch
from mathematics_toys import CLASSES, normal
from scipy.stats import kstest
from torch import Generator, Tensor, nn
from torch.nn.functional import layer_norm, linear

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.initialisation import fans_in, uniform_by_fan_in
from lossgeo.architectures.lenet5 import LeNet5
from lossgeo.architectures.mlp import Mlp
from lossgeo.landscape.mode import EVALUATION, Mode
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Layout, Parameters

PLAIN = pytest.mark.parametrize("network", [Mlp(hidden=(40, 30)), LeNet5()], ids=lambda network: network.kind)
NORMED = Layout((("norm.weight", (6,)), ("norm.bias", (6,)), ("fc.weight", (CLASSES, 6)), ("fc.bias", (CLASSES,))))


class Normed(Architecture):
    """LayerNorm and a linear layer, with the initialisation that knows linear layers only."""

    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:  # noqa: ARG002  # of one shape
        """``norm`` and ``fc``."""
        return NORMED

    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Tensor:  # noqa: ARG002  # nothing is dropped
        """The logits."""
        hidden = layer_norm(inputs, (6,), parameters["norm.weight"], parameters["norm.bias"])
        return linear(hidden, parameters["fc.weight"], parameters["fc.bias"])

    def initialise(self, layout: Layout, generator: Generator) -> Tensor:
        """All by fan-in."""
        return uniform_by_fan_in(layout, generator)


class StartedByItself(Normed):
    """The same with scales of one and shifts of zero."""

    def initialise(self, layout: Layout, generator: Generator) -> Tensor:
        """LayerNorm starts as the identity."""
        rest = Layout(layout.shapes[2:])
        return torch.cat([torch.ones(6), torch.zeros(6), uniform_by_fan_in(rest, generator)])


@PLAIN
def test_plain_networks_start_uniform_within_one_over_the_root_of_the_fan_in(network: Architecture) -> None:
    layout = network.layout((1, 16, 16), CLASSES)

    parameters = layout.split(network.initialise(layout, stream(0, "init")))

    for name, value in parameters.items():
        bound = parameters[name.removesuffix("bias").removesuffix("weight") + "weight"][0].numel() ** -0.5
        assert float(value.abs().max()) <= bound, name
        assert kstest(value.flatten().numpy(), "uniform", (-bound, 2 * bound)).pvalue > 1e-3, name


@pytest.mark.parametrize("layer", [nn.Linear(75, 6), nn.Conv2d(3, 6, 5), nn.Conv1d(25, 6, 3)], ids=str)
def test_the_bounds_are_those_that_layers_of_torch_start_within(layer: nn.Module) -> None:
    layout = Layout(tuple((name, tuple(value.shape)) for name, value in layer.named_parameters()))

    theta = torch.stack([uniform_by_fan_in(layout, stream(seed, "init")) for seed in range(200)])

    drawn = layout.split(theta.abs().amax(0))
    for name, value in layer.named_parameters():
        assert float(value.detach().abs().max()) <= 75**-0.5
        assert float(drawn[name].max()) == pytest.approx(75**-0.5, rel=0.01)


def test_parameters_are_drawn_one_after_the_other_in_the_order_of_the_layout() -> None:
    layout, generator = Layout((("b.bias", (3,)), ("b.weight", (3, 4)), ("a.weight", (2, 9)))), stream(0, "init")

    found = uniform_by_fan_in(layout, stream(0, "init"))

    expected = [torch.empty(n).uniform_(-b, b, generator=generator) for n, b in ((3, 0.5), (12, 0.5), (18, 1 / 3))]
    assert torch.equal(found, torch.cat(expected))


@pytest.mark.parametrize(
    ("shapes", "name"),
    [
        (NORMED.shapes, "norm.weight"),
        (NORMED.shapes[1:], "norm.bias"),  # beside no weight at all
        ((("norm.bias", (6,)), ("norm.weight", (6,))), "norm.bias"),  # beside a scale, not a weight
        ((("fc.weight", (4, 6)), ("fc.scale", (4,))), "fc.scale"),
        ((("temperature", ()),), "temperature"),
    ],
    ids=["scale", "lone shift", "shift", "scale of a layer", "number"],
)
def test_a_parameter_without_a_fan_in_is_refused_by_its_name(
    shapes: tuple[tuple[str, tuple[int, ...]], ...], name: str
) -> None:
    message = f"got '{name}' of shape .* a scale that starts uniform around zero is wrong; say how '{name}' starts in"

    with pytest.raises(ValueError, match=message):
        uniform_by_fan_in(Layout(shapes), stream(0, "init"))


def test_a_layer_norm_does_not_start_around_zero_unnoticed() -> None:
    with pytest.raises(ValueError, match=re.escape("expected weights of two or more dimensions and the biases beside")):
        Normed().initialise(NORMED, stream(0, "init"))


def test_an_architecture_with_a_layer_norm_says_itself_how_it_starts() -> None:
    network, inputs = StartedByItself(), normal(5, 6)

    parameters = NORMED.split(network.initialise(NORMED, stream(0, "init")))

    hidden = (inputs - inputs.mean(1, keepdim=True)) / (inputs.var(1, keepdim=True, correction=0) + 1e-5).sqrt()
    expected = hidden @ parameters["fc.weight"].T + parameters["fc.bias"]
    torch.testing.assert_close(network.forward(parameters, inputs, EVALUATION), expected)


def test_an_architecture_that_does_not_say_how_it_starts_cannot_be_made() -> None:
    class Silent(Architecture):
        layout, forward = Normed.layout, Normed.forward

    with pytest.raises(TypeError, match="initialise"):
        Silent()  # type: ignore[abstract]


def test_a_bias_has_the_fan_in_of_the_weight_beside_it() -> None:
    assert fans_in(Layout((("bias", (4,)), ("weight", (4, 7)), ("conv.weight", (2, 3, 5, 5))))) == {
        "bias": 7,
        "weight": 7,
        "conv.weight": 75,
    }
