from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import kstest
from torch import Tensor, nn

from lossgeo.architectures.siren import Siren
from lossgeo.landscape.mode import EVALUATION
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Layout


class Sine(nn.Module):
    """sin(ω x)."""

    def __init__(self, omega: float) -> None:
        super().__init__()
        self.omega = omega

    def forward(self, inputs: Tensor) -> Tensor:
        """The sine of every number."""
        return torch.sin(self.omega * inputs)


def initialised(network: Siren, inputs: int = 1, seed: int = 0) -> tuple[Layout, Tensor]:
    layout = network.layout((inputs,), 1)
    return layout, network.initialise(layout, stream(seed, "initialisation"))


def activations(network: Siren, inputs: Tensor, seed: int) -> list[Tensor]:
    """The outputs of every sine layer, by the formula."""
    layout, theta = initialised(network, inputs.shape[1], seed)
    parameters = layout.split(theta)
    hidden, found = inputs, []
    for i in range(len(network.hidden)):
        hidden = torch.sin(30 * (hidden @ parameters[f"layer{i}.weight"].T + parameters[f"layer{i}.bias"]))
        found.append(hidden)
    return found


def test_a_siren_of_a_signal_has_198145_parameters() -> None:
    assert Siren().layout((1,), 1).dimension == 198_145


def test_a_siren_is_its_layers_of_torch_one_after_the_other() -> None:
    network = Siren(hidden=(7, 5), first_omega=3.0, hidden_omega=2.0)
    layout, theta = initialised(network, 2)
    model = nn.Sequential(nn.Linear(2, 7), Sine(3.0), nn.Linear(7, 5), Sine(2.0), nn.Linear(5, 1))
    nn.utils.vector_to_parameters(theta, model.parameters())
    inputs = torch.linspace(-1, 1, 22).view(11, 2)

    found = network.forward(layout.split(theta), inputs, EVALUATION)

    torch.testing.assert_close(found, model(inputs))


def test_weights_and_biases_are_uniform_within_the_published_bounds() -> None:
    layout, theta = initialised(Siren())
    parameters = layout.split(theta)
    bounds = {"layer0.weight": 1.0, "layer0.bias": 1.0}  # one input
    for i in (1, 2, 3, 4):
        bounds |= {f"layer{i}.weight": (6 / 256) ** 0.5 / 30, f"layer{i}.bias": 1 / 16}

    p_values = {
        name: kstest(value.flatten().numpy(), "uniform", (-bounds[name], 2 * bounds[name])).pvalue
        for name, value in parameters.items()
        if value.numel() > 1
    }

    assert all(float(value.abs().max()) <= bounds[name] for name, value in parameters.items())
    assert min(p_values.values()) > 1e-3


def test_the_first_layer_is_uniform_within_one_over_the_number_of_inputs() -> None:
    layout, theta = initialised(Siren(), inputs=4)

    weight = layout.split(theta)["layer0.weight"]

    assert kstest(weight.flatten().numpy(), "uniform", (-1 / 4, 1 / 2)).pvalue > 1e-3


def test_another_frequency_of_the_hidden_layers_scales_their_weights_only() -> None:
    (layout, theta), (_, slow) = initialised(Siren(hidden=(8, 8))), initialised(Siren(hidden=(8, 8), hidden_omega=15.0))

    ratios = {name: layout.split(slow)[name] / value for name, value in layout.split(theta).items()}

    for name, ratio in ratios.items():
        expected = 2.0 if name in ("layer1.weight", "layer2.weight") else 1.0
        torch.testing.assert_close(ratio, torch.full_like(ratio, expected))


@pytest.mark.parametrize("depth", [4, 24])
def test_activations_keep_the_distribution_of_a_sine_at_every_depth(depth: int) -> None:
    network, inputs = Siren(hidden=(256,) * depth), torch.linspace(-100, 100, 20).view(20, 1)

    draws = [activations(network, inputs, seed) for seed in range(20)]

    for layer in zip(*draws, strict=True):
        # The sine of many turns has the arcsine distribution on [−1, 1]: deciles −cos(π j / 10).
        deciles = np.quantile(torch.stack(layer).numpy(), np.arange(1, 10) / 10)
        np.testing.assert_allclose(deciles, -np.cos(np.pi * np.arange(1, 10) / 10), atol=0.1)


def test_activations_with_the_weights_of_a_plain_linear_layer_would_not() -> None:
    network = Siren(hidden=(256,) * 4, hidden_omega=6**0.5)  # bounds of 1/√fan-in where the sines have ω₀ = √6
    layout, theta = initialised(network)
    parameters = layout.split(theta)
    hidden = torch.linspace(-100, 100, 500).view(500, 1)
    for i in range(4):
        hidden = torch.sin(hidden @ parameters[f"layer{i}.weight"].T + parameters[f"layer{i}.bias"])

    assert float(hidden.std()) < 0.5 * 2**-0.5
