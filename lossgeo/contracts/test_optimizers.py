"""The laws of optimizers."""

from __future__ import annotations

import torch

from lossgeo.contracts.chosen import of_every
from lossgeo.training.optimizer import Optimizer


@of_every(Optimizer)
def test_a_small_step_of_an_optimizer_lowers_a_quadratic(variant: type[Optimizer]) -> None:
    weights = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = variant.example().over([weights])

    loss = weights.square().sum()
    loss.backward()
    optimizer.step()

    assert weights.detach().square().sum() < loss.detach()
