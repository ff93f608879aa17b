from __future__ import annotations

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
import torch
from mathematics_toys import normal, started
from torch import Tensor, nn

from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream

T = torch.linspace(0, 1, 9, dtype=torch.float64)[:, None]


def modules(curve: MlpCurve, fitted: Fitted) -> nn.Sequential:
    """The curve t ↦ g(t) as layers of torch in float64, the last one holding the basis."""
    layers: list[nn.Module] = []
    for i, (before, after) in enumerate(pairwise((1, *curve.hidden))):
        layer = nn.Linear(before, after).double()
        layer.weight.data, layer.bias.data = fitted.own[f"weight{i}"].double(), fitted.own[f"bias{i}"].double()
        layers += [layer, nn.ReLU() if curve.activation == "relu" else nn.Tanh()]
    basis = fitted.basis.double()
    last = nn.Linear(curve.hidden[-1], basis.shape[1]).double()
    last.weight.data, last.bias.data = basis[:-1].T, basis[-1]
    return nn.Sequential(*layers, last)


def switches(curve: MlpCurve, fitted: Fitted, grid: Tensor) -> list[float]:
    """Where any unit of any layer changes its sign on a fine grid, by brute force over layers of torch."""
    places: set[float] = set()
    hidden = grid[:, None]
    with torch.no_grad():
        for layer in modules(curve, fitted)[:-1]:
            hidden = layer(hidden)
            if isinstance(layer, nn.Linear):
                changed = ((hidden[1:] > 0) != (hidden[:-1] > 0)).any(1)
                places |= set(((grid[1:] + grid[:-1]) / 2)[changed].tolist())
    return sorted(places)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_neural_curve_is_the_output_of_layers_of_torch(activation: str) -> None:
    curve = MlpCurve.model_validate({"hidden": (4, 6), "activation": activation})
    fitted = started(curve)

    found = curve.features(T, fitted.own) @ fitted.basis.double()

    torch.testing.assert_close(found, modules(curve, fitted)(T).detach(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("hidden", [(9,), (7, 5), (5, 6, 7)], ids=str)
def test_the_kinks_of_a_relu_curve_are_where_a_fine_grid_sees_a_unit_switch(hidden: tuple[int, ...], seed: int) -> None:
    curve = MlpCurve(hidden=hidden, activation="relu")
    fitted = started(curve, seed=seed)

    found = curve.kinks(fitted.own)

    grid = torch.linspace(0, 1, 40_001, dtype=torch.float64)
    np.testing.assert_allclose(found.numpy(), switches(curve, fitted, grid), atol=1.3e-5)


def test_a_relu_curve_is_straight_between_its_kinks() -> None:
    curve = MlpCurve(hidden=(7, 5), activation="relu")
    fitted = started(curve)
    edges = torch.cat([torch.zeros(1).double(), curve.kinks(fitted.own), torch.ones(1).double()])

    start, middle, end = (
        curve.features(edges[:-1, None] + share * edges.diff()[:, None], fitted.own) for share in (0.01, 0.5, 0.99)
    )

    assert len(edges) > 2
    torch.testing.assert_close(middle, (start + end) / 2, rtol=0, atol=1e-12)


def test_the_units_that_switch_are_zero_at_the_kinks() -> None:
    curve = MlpCurve(hidden=(7, 5), activation="relu")
    fitted = started(curve)

    kinks = curve.kinks(fitted.own)

    least = torch.cat([curve._before_activation(kinks[:, None], i, fitted.own) for i in range(2)], dim=1).abs().amin(1)
    assert least.max() < 1e-12


def test_a_tanh_curve_has_no_kinks() -> None:
    curve = MlpCurve(hidden=(7, 5), activation="tanh")

    assert len(curve.kinks(started(curve).own)) == 0


def test_the_middle_of_an_untrained_curve_has_the_scale_of_an_anchor() -> None:
    curve = MlpCurve(hidden=(10, 20, 40))
    dimension = 5000
    fitted = started(curve, dimension)

    middle = curve.features(torch.tensor([[0.5]]), fitted.own) @ fitted.basis

    assert float(middle.norm()) == pytest.approx(sqrt(dimension), rel=0.05)


def test_the_hidden_layers_start_within_the_bounds_of_layers_of_torch() -> None:
    curve = MlpCurve(hidden=(400, 300))

    fitted = curve.initial(normal(301, 2), stream(0, "features"))

    for name, bound in (("weight0", 1.0), ("bias0", 1.0), ("weight1", 0.05), ("bias1", 0.05)):
        assert bound * 0.97 < float(fitted.own[name].abs().max()) <= bound
        assert float(fitted.own[name].mean()) == pytest.approx(0, abs=5 * bound / sqrt(3 * fitted.own[name].numel()))


def test_a_curve_takes_an_anchor_for_each_unit_of_the_last_layer_and_one_for_the_bias() -> None:
    assert MlpCurve(hidden=(10, 20, 40)).anchors == 41


def test_a_wrong_number_of_anchors_for_a_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="a curve with 6 last hidden units needs 7 anchors, got 5"):
        MlpCurve(hidden=(4, 6)).initial(normal(5, 3), stream(0, "features"))


def test_the_ends_of_a_curve_are_always_the_pair_that_is_kept_apart() -> None:
    assert MlpCurve().diverse_pair(stream(0, "position")).tolist() == [[0.0], [1.0]]
