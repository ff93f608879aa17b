"""Optimizers and learning-rate schedules, as options."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from math import cos, pi
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from lossgeo.lazy import torch
from lossgeo.training.descent import ByTorch, Descent
from lossgeo.training.fused import FusedAdam, FusedMomentum, is_fused
from lossgeo.training.moving import Moving
from lossgeo.variant import Variant

if TYPE_CHECKING:
    from torch import Tensor

Decay = Annotated[float, Field(ge=0, lt=1)]


class Optimizer(Variant):
    """A first-order optimizer of ``torch.optim``."""

    lr: float = Field(default=1e-3, gt=0, description="learning rate at the first step")

    @abstractmethod
    def over(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """A ``torch.optim`` optimizer of `parameters` with these options."""

    def descent(self, moving: Moving) -> Descent:
        """The steps over all that a training moves: those of `over`, or others that are the same up to rounding."""
        return ByTorch(moving, self.over(moving.parameters))


class AdamW(Optimizer, kind="adamw"):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101)."""

    version: ClassVar[int] = 2
    weight_decay: float = Field(default=1e-2, ge=0, description="decoupled weight decay; the default is torch's")
    betas: tuple[Decay, Decay] = Field(
        default=(0.9, 0.999), description="decay rates of the running means of gradient and squared gradient"
    )

    def over(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(parameters, lr=self.lr, betas=self.betas, weight_decay=self.weight_decay, fused=True)

    def descent(self, moving: Moving) -> Descent:
        is_ours = type(self).over is AdamW.over  # and not that of a kind that derives from this one
        fused = is_ours and is_fused(moving)
        return FusedAdam(moving, self.betas, self.weight_decay) if fused else super().descent(moving)


class Adam(Optimizer, kind="adam"):
    """Adam (Kingma and Ba 2015, arXiv:1412.6980)."""

    version: ClassVar[int] = 2
    betas: tuple[Decay, Decay] = Field(
        default=(0.9, 0.999), description="decay rates of the running means of gradient and squared gradient"
    )

    def over(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, lr=self.lr, betas=self.betas, fused=True)

    def descent(self, moving: Moving) -> Descent:
        fused = type(self).over is Adam.over and is_fused(moving)
        return FusedAdam(moving, self.betas, 0.0) if fused else super().descent(moving)


class Sgd(Optimizer, kind="sgd"):
    """Stochastic gradient descent with momentum."""

    version: ClassVar[int] = 2
    lr: float = Field(default=1e-2, gt=0, description="learning rate at the first step")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="share of the last step kept in the next")
    nesterov: bool = Field(default=False, description="Nesterov's momentum; needs momentum above 0")

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError("momentum > 0 where nesterov is true")
        return self

    def over(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=self.lr, momentum=self.momentum, nesterov=self.nesterov, fused=True)

    def descent(self, moving: Moving) -> Descent:
        if type(self).over is not Sgd.over or not is_fused(moving):
            return super().descent(moving)
        return FusedMomentum(moving, self.momentum, nesterov=self.nesterov)


LearningRateSchedule = Literal["constant", "cosine"]


def learning_rate_factor(schedule: LearningRateSchedule, step: int, steps: int) -> float:
    """The factor of the first learning rate at `step` of `steps`.

    The cosine falls from 1 to 0 (Loshchilov and Hutter 2017, arXiv:1608.03983, one cycle).

    >>> [round(learning_rate_factor("cosine", step, 4), 3) for step in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    return 1.0 if schedule == "constant" else (1 + cos(pi * step / steps)) / 2
