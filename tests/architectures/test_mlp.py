"""Dropout of fully connected networks: drawn before the pass, a unit of an example at a time."""

from __future__ import annotations

import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, normal, toy_weights

from lossgeo.architectures.mlp import Mlp
from lossgeo.landscape.mode import EVALUATION, Mode
from lossgeo.landscape.randomness import stream

NETWORK = Mlp(hidden=(7, 5), dropout=0.3)
LAYOUT = NETWORK.layout(INPUTS, CLASSES)
PARAMETERS = LAYOUT.split(toy_weights(NETWORK, 1)[0])


def test_there_is_a_mask_of_every_hidden_layer_for_every_unit_of_every_example() -> None:
    masks = NETWORK.masks(9, stream(0, "dropout"))

    assert {name: tuple(mask.shape) for name, mask in masks.items()} == {"layer0": (9, 7), "layer1": (9, 5)}


def test_a_unit_is_kept_with_the_probability_that_is_left() -> None:
    masks = Mlp(hidden=(50,), dropout=0.3).masks(2_000, stream(0, "dropout"))

    assert set(masks["layer0"].unique().tolist()) == {0.0, 1.0}
    assert float(masks["layer0"].mean()) == pytest.approx(0.7, abs=4 * (0.21 / 100_000) ** 0.5)


def test_masks_are_drawn_layer_after_layer_from_the_same_stream() -> None:
    generator = stream(0, "dropout")

    masks = NETWORK.masks(9, stream(0, "dropout"))

    for name, width in (("layer0", 7), ("layer1", 5)):
        assert torch.equal(masks[name], torch.empty(9, width).bernoulli_(0.7, generator=generator))


@pytest.mark.parametrize("count", [3, 1_000])
def test_the_same_units_are_dropped_in_either_precision(count: int) -> None:
    found = NETWORK.masks(count, stream(0, "dropout"))["layer0"]

    drawn = torch.empty(count, 7, dtype=torch.float64).bernoulli_(0.7, generator=stream(0, "dropout"))
    assert torch.equal(found.double(), drawn)


def test_a_network_that_drops_nothing_draws_nothing() -> None:
    generator = stream(0, "dropout")

    assert Mlp(hidden=(7, 5)).masks(9, generator) == {}
    assert torch.equal(generator.get_state(), stream(0, "dropout").get_state())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kept_units_are_divided_by_the_share_that_is_kept(dtype: torch.dtype) -> None:
    inputs, masks = normal(9, *INPUTS).to(dtype), NETWORK.masks(9, stream(0, "dropout"))
    own = {name: value.to(dtype) for name, value in PARAMETERS.items()}

    found = NETWORK.forward(own, inputs, Mode(masks=masks))

    hidden = inputs.flatten(1)
    for i in (0, 1):
        hidden = (hidden @ own[f"layer{i}.weight"].T + own[f"layer{i}.bias"]).relu()
        hidden = torch.where(masks[f"layer{i}"] == 1, hidden / 0.7, torch.zeros((), dtype=dtype))
    torch.testing.assert_close(found, hidden @ own["layer2.weight"].T + own["layer2.bias"])


def test_nothing_is_dropped_or_scaled_without_masks() -> None:
    inputs = normal(9, *INPUTS)

    found = NETWORK.forward(PARAMETERS, inputs, EVALUATION)

    assert torch.equal(found, Mlp(hidden=(7, 5)).forward(PARAMETERS, inputs, EVALUATION))
