from __future__ import annotations

import numpy as np
import torch
from scipy.stats import kstest
from torch import Tensor

from lossgeo.geometry.arc_length import uniform_in_arc_length
from lossgeo.landscape.randomness import stream

NO_KINKS = torch.empty(0, dtype=torch.float64)


def accelerating(s: Tensor) -> Tensor:
    """A straight line of length e³ − 1 whose speed grows twentyfold."""
    return torch.exp(3 * s)[:, None] * torch.tensor([[0.6, 0.8]], dtype=torch.float64)


def bent(s: Tensor) -> Tensor:
    """A long piece up to s = 0.3, then a short one at a right angle: lengths 9 and 1."""
    return torch.stack([30 * s.clamp(max=0.3), (s - 0.3).clamp(min=0) / 0.7], dim=1)


def test_draws_are_uniform_in_the_length_of_a_curve_whose_speed_changes() -> None:
    s = uniform_in_arc_length(accelerating, NO_KINKS, 4000, stream(0, "draws")).numpy()

    assert kstest(np.expm1(3 * s) / np.expm1(3), "uniform").pvalue > 0.05


def test_draws_are_not_uniform_in_the_parameter_of_a_curve_whose_speed_changes() -> None:
    s = uniform_in_arc_length(accelerating, NO_KINKS, 4000, stream(0, "draws")).numpy()

    assert kstest(s, "uniform").pvalue < 1e-9


def test_draws_are_uniform_in_the_length_of_a_curve_with_a_kink() -> None:
    kinks = torch.tensor([0.3], dtype=torch.float64)

    s = uniform_in_arc_length(bent, kinks, 4000, stream(0, "draws")).numpy()

    along = np.where(s < 0.3, 30 * s, 9 + (s - 0.3) / 0.7) / 10
    assert kstest(along, "uniform").pvalue > 0.05


def test_the_same_generator_gives_the_same_draws() -> None:
    first, second = (uniform_in_arc_length(accelerating, NO_KINKS, 9, stream(3, "draws")) for _ in range(2))

    assert torch.equal(first, second)
