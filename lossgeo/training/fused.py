"""Descents in one pass over the memory of their state, on processors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from lossgeo.lazy import torch
from lossgeo.training.descent import Descent, Moments
from lossgeo.training.moving import Moving
from lossgeo.training.step import Slope

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-8
"""That of ``torch.optim``."""


def is_fused(moving: Moving) -> bool:
    """Whether there are kernels for these parameters: on processors."""
    return moving.rows.device.type == "cpu"


class Fused(Descent):
    """Steps that a kernel makes: all numbers of a parameter that are kept have its shape.

    Args:
        moving: all that is moved.
        names: of the numbers that are kept, as ``torch.optim`` calls them.
    """

    def __init__(self, moving: Moving, *names: str) -> None:
        self.moving, self.steps = moving, 0
        self.kept = [{name: torch.zeros_like(value.detach()) for name in names} for value in moving.parameters]

    @property
    def moments(self) -> Moments:
        if self.steps == 0:
            return {}
        step = torch.tensor(float(self.steps))
        return {
            place: {"step": step, **{name: value.clone() for name, value in kept.items()}}
            for place, kept in enumerate(self.kept)
        }

    def take_over(self, moments: Moments) -> None:
        for place, values in moments.items():
            self.steps = int(values.get("step", 1))
            for name, value in self.kept[place].items():
                value.copy_(values[name])

    def step(self, rate: float, found: Slope) -> None:
        self.steps += 1
        moving, basis = self.moving, self.moving.rearranged.detach()
        along = np.zeros(len(moving.rearranged) if moving.own else 0)
        factors = found.factors[:, : len(moving.rows)].contiguous()
        self.descend(0, rate, (factors, found.pulls, basis, found.theta), along)
        if not moving.own:
            return
        one, none = basis.new_ones(1, 1), basis.new_empty(0, 1)
        own = found.by_own(torch.from_numpy(along), moving.own)
        for place, (name, gradient) in enumerate(own.items(), start=1):
            row = moving.own[name].detach().view(1, -1)
            self.descend(place, rate, (one, none, row, gradient.reshape(-1)), np.zeros(0))

    def descend(self, place: int, rate: float, gradient: tuple[Tensor, ...], along: np.ndarray) -> None:
        """Move the parameter at a place: `gradient` is factors, pulls, rows and ∂/∂θ of the loss."""
        arrays = [tensor.numpy() for tensor in gradient]
        width, dtype = arrays[2].shape[1], arrays[2].dtype
        kept = [value.view(-1, width).numpy() for value in self.kept[place].values()]
        self.kernel()(*arrays, *kept, np.array(self.rates(rate), dtype), along)

    @abstractmethod
    def kernel(self) -> Callable[..., None]:
        """The kernel, which is compiled at its first use."""

    @abstractmethod
    def rates(self, rate: float) -> tuple[float, ...]:
        """The numbers that the kernel asks for in this step."""


class FusedAdam(Fused):
    """Steps of Adam with decoupled weight decay."""

    def __init__(self, moving: Moving, betas: tuple[float, float], weight_decay: float) -> None:
        super().__init__(moving, "exp_avg", "exp_avg_sq")
        self.betas, self.weight_decay = betas, weight_decay

    def kernel(self) -> Callable[..., None]:
        from lossgeo.kernels.descent import adam

        return adam

    def rates(self, rate: float) -> tuple[float, ...]:
        one, two = self.betas
        corrected, root = rate / (1 - one**self.steps), sqrt(1 - two**self.steps)
        return corrected, 1 - rate * self.weight_decay, one, 1 - one, two, 1 - two, root, EPSILON


class FusedMomentum(Fused):
    """Steps of gradient descent with momentum."""

    def __init__(self, moving: Moving, momentum: float, *, nesterov: bool) -> None:
        super().__init__(moving, "momentum_buffer")
        self.momentum, self.nesterov = momentum, nesterov

    def kernel(self) -> Callable[..., None]:
        from lossgeo.kernels.descent import momentum

        return momentum

    def rates(self, rate: float) -> tuple[float, ...]:
        return rate, self.momentum, float(self.nesterov)
