from __future__ import annotations

import re

import pytest
import torch
from mathematics_toys import normal
from torch import nn

from lossgeo.architectures.lenet5 import LeNet5
from lossgeo.landscape.mode import EVALUATION
from lossgeo.landscape.randomness import stream

SHAPES = pytest.mark.parametrize(
    ("inputs", "features"), [((3, 32, 32), 400), ((1, 28, 28), 256), ((2, 19, 16), 16)], ids=["cifar", "mnist", "odd"]
)


def layers(channels: int, features: int) -> nn.Sequential:
    """The network as layers of torch, with the rectifiers before the pooling."""
    return nn.Sequential(
        *(nn.Conv2d(channels, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(features, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


def test_lenet5_of_cifar10_has_62006_parameters() -> None:
    assert LeNet5().layout((3, 32, 32), 10).dimension == 62_006


@SHAPES
def test_lenet5_is_its_layers_of_torch_one_after_the_other(inputs: tuple[int, ...], features: int) -> None:
    network, batch = LeNet5(), normal(5, *inputs)
    layout, model = network.layout(inputs, 10), layers(inputs[0], features)
    theta = network.initialise(layout, stream(0, "initialisation"))
    nn.utils.vector_to_parameters(theta, model.parameters())

    found = network.forward(layout.split(theta), batch, EVALUATION)

    torch.testing.assert_close(found, model(batch))


@SHAPES
def test_the_gradient_is_that_of_layers_of_torch(inputs: tuple[int, ...], features: int) -> None:
    network, batch = LeNet5(), normal(5, *inputs)
    layout, model = network.layout(inputs, 10), layers(inputs[0], features)
    theta = network.initialise(layout, stream(0, "initialisation")).requires_grad_()
    nn.utils.vector_to_parameters(theta.detach(), model.parameters())

    network.forward(layout.split(theta), batch, EVALUATION).square().sum().backward()

    model(batch).square().sum().backward()
    assert theta.grad is not None
    expected = torch.cat([parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None])
    torch.testing.assert_close(theta.grad, expected, rtol=1e-4, atol=1e-6)


def test_examples_that_are_not_pictures_are_refused() -> None:
    message = "lenet5 needs pictures [channels, height, width], the data set has examples of shape [1]"

    with pytest.raises(ValueError, match=re.escape(message)):
        LeNet5().layout((1,), 10)


@pytest.mark.parametrize("inputs", [(1, 8, 8), (3, 32, 15), (3, 15, 32)])
def test_pictures_that_leave_nothing_after_the_second_pooling_are_refused(inputs: tuple[int, ...]) -> None:
    message = rf"needs pictures of at least 16×16 pixels, the data set has {'×'.join(map(str, inputs))}; choose"

    with pytest.raises(ValueError, match=message):
        LeNet5().layout(inputs, 10)
