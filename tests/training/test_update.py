"""One stochastic step from given weights, against plain calculus in float64."""

from __future__ import annotations

import pytest
import torch
from mathematics_toys import CLASSES, toy_weights
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from lossgeo.architectures.mlp import Mlp
from lossgeo.landscape.augmentation import Augmentation, crop_flip
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.training.optimizer import Sgd
from lossgeo.training.options import Training
from lossgeo.training.setting import NetworkSetting, Setting
from lossgeo.training.update import updated

PICTURE = (1, 3, 3)
NETWORK = Mlp(hidden=(6, 5), dropout=0.4)
LAYOUT = NETWORK.layout(PICTURE, CLASSES)
OPTIONS = Training(optimizer=Sgd(lr=0.1), batch_size=16, l2=0.3)


def setting_of(augmentation: Augmentation) -> Setting:
    inputs = torch.randint(0, 256, (40, *PICTURE), generator=stream(0, "inputs"), dtype=torch.uint8)
    examples = Examples(inputs, torch.arange(40) % CLASSES, augmentation=augmentation)
    return NetworkSetting(NETWORK, LAYOUT, examples, NetworkLandscape(NETWORK, LAYOUT, examples))


def by_hand(theta: Tensor, setting: Setting, generator: Generator) -> Tensor:
    """The batch, its augmentation and the dropped units of each layer are drawn in this order."""
    index = torch.randperm(40, generator=generator)[:16]
    pictures = setting.examples.inputs[index]
    if setting.examples.augmentation == "crop_flip":
        pictures = crop_flip(pictures, generator)
    weights = theta.double().requires_grad_()
    parameters, hidden = LAYOUT.split(weights), (pictures.to(torch.float32) / 255).double().flatten(1)
    for i in (0, 1):
        hidden = (hidden @ parameters[f"layer{i}.weight"].T + parameters[f"layer{i}.bias"]).relu()
        hidden = hidden * torch.empty_like(hidden).bernoulli_(0.6, generator=generator) / 0.6
    logits = hidden @ parameters["layer2.weight"].T + parameters["layer2.bias"]
    loss = cross_entropy(logits, setting.examples.targets[index]) + 0.15 * weights @ weights
    (slope,) = torch.autograd.grad(loss, weights)
    return weights.detach() - 0.1 * slope


@pytest.mark.parametrize("augmentation", ["none", "crop_flip"])
def test_steps_are_those_of_plain_calculus_with_the_same_draws(augmentation: Augmentation) -> None:
    theta, setting = toy_weights(NETWORK, 1)[0], setting_of(augmentation)
    ours, theirs = stream(0, "update"), stream(0, "update")

    for _ in range(3):
        found = updated(theta, {}, setting, OPTIONS, ours)

        torch.testing.assert_close(found, by_hand(theta, setting, theirs), rtol=1e-12, atol=1e-14)
        assert torch.equal(ours.get_state(), theirs.get_state())


def test_a_step_leaves_the_weights_that_it_starts_from_alone() -> None:
    theta = toy_weights(NETWORK, 1)[0].double()

    updated(theta, {}, setting_of("none"), OPTIONS, stream(0, "update"))

    assert torch.equal(theta, toy_weights(NETWORK, 1)[0].double())
