"""Descent: the steps of an optimizer over all that a training moves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lossgeo.lazy import torch
from lossgeo.training.moving import Moving
from lossgeo.training.step import Slope

if TYPE_CHECKING:
    from torch import Tensor

Moments = Mapping[int, Mapping[str, "Tensor"]]
"""What an optimizer keeps between steps: by the place of the parameter, the name that ``torch.optim`` gives it."""


class Descent(ABC):
    """The steps of an optimizer over the moving rows of B and the parameters of Φ."""

    @property
    @abstractmethod
    def moments(self) -> Moments:
        """What is kept between steps; empty before the first."""

    @abstractmethod
    def take_over(self, moments: Moments) -> None:
        """Go on with what was kept of an earlier training."""

    @abstractmethod
    def step(self, rate: float, found: Slope) -> None:
        """Make a step with that learning rate."""


class ByTorch(Descent):
    """The steps of an optimizer of ``torch.optim``, which defines what every other descent must do."""

    def __init__(self, moving: Moving, optimizer: torch.optim.Optimizer) -> None:
        self.moving, self.optimizer = moving, optimizer
        self.buffer = torch.empty_like(moving.rows)
        """∂/∂B = Φᵀ ∂/∂θ of every step: allocated anew, it would take most of the time of a neural curve."""

    @property
    def moments(self) -> Moments:
        state = self.optimizer.state_dict()["state"]
        return {  # SGD without momentum has a None
            place: {name: value for name, value in values.items() if isinstance(value, torch.Tensor)}
            for place, values in state.items()
        }

    def take_over(self, moments: Moments) -> None:
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": moments})

    def step(self, rate: float, found: Slope) -> None:
        moving = self.moving
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if moving.own:
            for name, value in found.by_own(moving.rearranged @ found.theta, moving.own).items():
                moving.own[name].grad = value
        towards = torch.cat([found.theta[None], found.pulls @ moving.rearranged])
        moving.rows.grad = torch.mm(found.factors[:, : len(moving.rows)].T, towards, out=self.buffer)
        self.optimizer.step()
