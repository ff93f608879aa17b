"""The objective of a training: the points where the loss is taken, the penalty, and the rows that are held."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float, Float64

from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Parameters, Points
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class Rows:
    """Rows of one step by their purpose: places in a domain, or their coefficients Φ.

    Args:
        loss: of the point that the loss is taken at, `[1 ·]`.
        penalty: of the points that the penalty is a function of, `[r ·]`.
    """

    loss: Float[Tensor, "1 w"]
    penalty: Float[Tensor, "r w"]

    @property
    def joined(self) -> Float[Tensor, "m w"]:
        """All rows: that of the loss, then those of the penalty."""
        return torch.cat([self.loss, self.penalty])

    def to(self, device: torch.device) -> Rows:
        """The same rows on a device."""
        return Rows(self.loss.to(device), self.penalty.to(device))


class Objective(ABC):
    """The mean loss at a point θ = Φ B that is drawn anew at every step, plus a penalty on further points.

    Laws (checked for every trained family by ``lossgeo.contracts``):
        ``at`` draws nothing: the same places have the same coefficients;
        rows in ``held`` are equal in every bit before and after a training, whatever the optimizer.
    """

    @property
    def held(self) -> tuple[int, ...]:
        """The rows of B that are not trained: no optimizer, decay or penalty moves them."""
        return ()

    @abstractmethod
    def draw(self, generator: Generator) -> Rows:
        """Random places of a step, float64: one for the loss, others for the penalty."""

    @abstractmethod
    def at(self, places: Rows, own: Parameters, precision: torch.dtype) -> Rows:
        """The coefficients Φ of the places, in that precision; differentiable in the parameters `own` of Φ."""

    def penalty(self, gram: Float64[Tensor, "r r"]) -> Float64[Tensor, ""]:
        """The term added to the mean loss of the batch, from the inner products of the weights at its places; or 0."""
        return gram.new_zeros(())

    def constrain(self, rows: Float[Tensor, "F D"], own: Parameters) -> None:  # noqa: B027 -- most have no constraint
        """Move the parameters back, in place, into the permitted region; called after every step of the optimizer.

        A gradient that lies in a hyperplane is not enough: Adam and weight decay leave it.
        """

    @abstractmethod
    def monitored(self, fitted: Fitted) -> Points:
        """The fixed points whose mean validation loss is monitored."""

    @abstractmethod
    def corner_gram(self, fitted: Fitted) -> Float64[Tensor, "m m"]:
        """Inner products of the weight vectors whose lengths and angles are monitored."""
