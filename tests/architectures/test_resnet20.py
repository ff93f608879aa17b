from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from mathematics_toys import normal
from scipy.stats import kstest
from torch import Tensor, nn

from lossgeo.architectures.resnet20 import ResNet20
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Layout

SKIPS = pytest.mark.parametrize("skip", [True, False], ids=["residual", "plain"])
SIDES = pytest.mark.parametrize("sides", [(8, 8), (7, 5)], ids=["even", "odd"])


class Block(nn.Module):
    """Two convolutions of torch, and the shortcut written out pixel by pixel of the channels that exist."""

    def __init__(self, before: int, after: int, *, skip: bool) -> None:
        super().__init__()
        self.stride, self.skip = (1 if before == after else 2), skip
        self.conv1 = nn.Conv2d(before, after, 3, self.stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(after)

    def forward(self, inputs: Tensor) -> Tensor:
        """The block."""
        outputs: Tensor = self.norm2(self.conv2(self.norm1(self.conv1(inputs)).relu()))
        if self.skip:
            first = (outputs.shape[1] - inputs.shape[1]) // 2
            outputs[:, first : first + inputs.shape[1]] += inputs[:, :, :: self.stride, :: self.stride]
        return outputs.relu()


def layers(channels: int, width: int, *, skip: bool) -> nn.Sequential:
    """The network as layers of torch."""
    widths = [width] * 4 + [2 * width] * 3 + [4 * width] * 3
    blocks = [Block(before, after, skip=skip) for before, after in pairwise(widths)]
    first = (nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
    return nn.Sequential(*first, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, 10))


def twins(*, skip: bool, inputs: tuple[int, int, int]) -> tuple[ResNet20, Layout, Tensor, nn.Sequential]:
    """A network of four channels with its layout, weights away from their initialisation, and layers with the same."""
    network = ResNet20(skip=skip, width=4)
    layout, model = network.layout(inputs, 10), layers(inputs[0], 4, skip=skip)
    theta = network.initialise(layout, stream(0, "initialisation"))
    theta = theta + 0.1 * normal(len(theta))
    nn.utils.vector_to_parameters(theta.clone(), model.parameters())
    return network, layout, theta, model


def norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def test_resnet20_of_cifar10_has_269722_parameters() -> None:
    assert ResNet20().layout((3, 32, 32), 10).dimension == 269_722


def test_a_plain_network_has_the_same_parameters() -> None:
    assert ResNet20(skip=False).layout((3, 32, 32), 10) == ResNet20().layout((3, 32, 32), 10)


def test_every_layer_of_batchnorm_has_a_mean_and_a_variance_of_its_channels() -> None:
    shapes = dict(ResNet20().statistics((3, 32, 32)).shapes)
    parameters = dict(ResNet20().layout((3, 32, 32), 10).shapes)

    norms = {name.removesuffix(".weight") for name in parameters if "norm" in name and name.endswith("weight")}

    assert len(norms) == 19
    assert shapes == {f"{name}.{what}": parameters[f"{name}.weight"] for name in norms for what in ("mean", "variance")}


@SKIPS
@SIDES
def test_with_the_statistics_of_the_batch_it_is_its_layers_of_torch_in_training(
    skip: bool,  # noqa: FBT001  # pytest passes it by name
    sides: tuple[int, int],
) -> None:
    network, layout, theta, model = twins(skip=skip, inputs=(2, *sides))
    batch = normal(9, 2, *sides)

    found = network.forward(layout.split(theta), batch, Mode())

    torch.testing.assert_close(found, model.train()(batch), rtol=1e-4, atol=1e-5)


@SKIPS
@SIDES
def test_with_given_statistics_it_is_its_layers_of_torch_in_evaluation(
    skip: bool,  # noqa: FBT001  # pytest passes it by name
    sides: tuple[int, int],
) -> None:
    network, layout, theta, model = twins(skip=skip, inputs=(2, *sides))
    names = [name for name, _ in network.statistics((2, *sides)).shapes]
    batch, given = normal(9, 2, *sides), {}
    for i, module in enumerate(norms(model)):
        module.running_mean = normal(module.num_features, seed=i)
        module.running_var = normal(module.num_features, seed=i + 50).exp()
        given |= dict(zip(names[2 * i : 2 * i + 2], (module.running_mean, module.running_var), strict=True))

    found = network.forward(layout.split(theta), batch, Mode(statistics=given))

    torch.testing.assert_close(found, model.eval()(batch), rtol=1e-4, atol=1e-5)


def test_the_statistics_that_are_seen_are_those_that_layers_of_torch_keep() -> None:
    network, layout, theta, model = twins(skip=True, inputs=(2, 8, 8))
    batch, seen = normal(9, 2, 8, 8), dict[str, Tensor]()
    for module in norms(model):
        module.momentum = 1.0

    network.forward(layout.split(theta), batch, Mode(seen=seen))
    model.train()(batch)

    kept = [value for module in norms(model) for value in (module.running_mean, module.running_var)]
    assert list(seen) == [name for name, _ in network.statistics((2, 8, 8)).shapes]
    for found, expected in zip(seen.values(), kept, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@SKIPS
def test_the_gradient_in_training_is_that_of_layers_of_torch(skip: bool) -> None:  # noqa: FBT001  # pytest passes it by name
    network, layout, theta, model = twins(skip=skip, inputs=(2, 8, 8))
    model, theta, batch = model.double(), theta.double().requires_grad_(), normal(9, 2, 8, 8).double()

    network.forward(layout.split(theta), batch, Mode()).square().sum().backward()

    model.train()(batch).square().sum().backward()
    assert theta.grad is not None
    expected = torch.cat([parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None])
    torch.testing.assert_close(theta.grad, expected, rtol=1e-6, atol=1e-6 * float(expected.abs().max()))


def test_convolutions_are_normal_with_variance_two_over_fan_in() -> None:
    layout = ResNet20().layout((3, 32, 32), 10)

    parameters = layout.split(ResNet20().initialise(layout, stream(0, "initialisation")))

    for name, value in parameters.items():
        if "conv" in name:
            scale = (2 / value[0].numel()) ** 0.5
            assert kstest(value.flatten().numpy(), "norm", (0, scale)).pvalue > 1e-3, name


def test_batchnorm_starts_with_weights_of_one_and_biases_of_zero() -> None:
    layout = ResNet20().layout((3, 32, 32), 10)

    parameters = layout.split(ResNet20().initialise(layout, stream(0, "initialisation")))

    assert {float(x) for name, value in parameters.items() if name.endswith("norm1.weight") for x in value} == {1.0}
    assert {float(x) for name, value in parameters.items() if name.endswith("norm1.bias") for x in value} == {0.0}


def test_examples_that_are_not_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match=r"resnet20 needs pictures .* of shape \[5\]; choose"):
        ResNet20().layout((5,), 10)
