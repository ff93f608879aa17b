"""A stochastic step of a training from given weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jaxtyping import Float, Float64

from lossgeo.landscape.numerics import hosted
from lossgeo.lazy import torch
from lossgeo.training.options import Training
from lossgeo.training.setting import Setting

if TYPE_CHECKING:
    from torch import Generator, Tensor


def updated(
    theta: Float[Tensor, " D"],
    moments: Mapping[str, Tensor],
    setting: Setting,
    options: Training,
    generator: Generator,
) -> Float64[Tensor, " D"]:
    """The weights after a step of the optimizer on one random batch of the training examples, computed in float64.

    As in the training: dropout, augmentation, the batch's own BatchNorm statistics, ½ λ ‖θ‖², the first learning rate.

    Args:
        theta: where the step starts.
        moments: the optimizer's state there, by name, as for one parameter `[1 D]`; empty for a fresh one.
        setting: gives the loss of a batch.
        options: how it is trained.
        generator: of the batch, then its augmentation, then the dropped units.
    """
    weights = theta.detach().to(setting.device).double()[None].clone().requires_grad_()
    optimizer = options.optimizer.over([weights])
    if moments:
        optimizer.load_state_dict({**optimizer.state_dict(), "state": {0: dict(moments)}})
    index = torch.randperm(setting.size, generator=generator)[: options.batch_size]
    found = setting.measure(weights[0], setting.draw(index, generator, generator))
    loss = found.loss + options.l2 / 2 * weights.square().sum()
    (weights.grad,) = torch.autograd.grad(loss, weights)
    optimizer.step()
    return hosted(weights)[0]
