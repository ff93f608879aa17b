"""The parameters of a training under way: those that an optimizer moves, and those that are held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.numerics import hosted
from lossgeo.lazy import torch
from lossgeo.training.record import Snapshot

if TYPE_CHECKING:
    from torch import Tensor


class Moving:
    """The rows of B that a training moves and the parameters of Φ, beside the rows that are held.

    Args:
        start: all parameters; they are copied.
        held: the rows of the basis that are no parameters.
    """

    def __init__(self, start: Fitted, held: Sequence[int] = ()) -> None:
        self._free = [place for place in range(len(start.basis)) if place not in held]
        self._order = [*self._free, *held]
        self._statistics = start.statistics if held else None
        self.rearranged = start.basis[self._order].detach().clone()
        """All rows of B, `[K D]`: first those that are moved, then those that are held."""
        self.rows = self.rearranged[: len(self._free)].requires_grad_()
        self.own = {name: value.detach().clone().requires_grad_() for name, value in start.own.items()}

    @property
    def parameters(self) -> list[Tensor]:
        """All parameters for the optimizer: the moving rows, then the parameters of Φ."""
        return [self.rows, *self.own.values()]

    @property
    def basis(self) -> Float[Tensor, "K D"]:
        """All rows of B in their order; without held ones, the moving rows themselves."""
        if len(self._free) == len(self._order):
            return self.rows
        basis = torch.empty_like(self.rearranged)
        basis[self._order] = self.rearranged
        return basis

    def arranged(self, coefficients: Float[Tensor, "m K"]) -> Float[Tensor, "m K"]:
        """The columns of Φ in the order of the rearranged rows."""
        return coefficients if len(self._free) == len(self._order) else coefficients[:, self._order]

    @property
    def fitted(self) -> Fitted:
        """The present parameters, without gradients."""
        return Fitted(self.basis.detach(), {name: value.detach() for name, value in self.own.items()})

    def learned(self, running: Float[Tensor, " S"]) -> Snapshot:
        """A copy of all parameters, with the running averages that the training keeps."""
        own = {name: hosted(value).clone().numpy() for name, value in self.own.items()}
        return Snapshot(hosted(self.basis).clone().numpy(), own, hosted(self._beside(running)).numpy())

    def _beside(self, running: Float[Tensor, " S"]) -> Float[Tensor, "r S"]:
        """Statistics for each row where held rows have their own, otherwise the one vector of the training."""
        if self._statistics is None or len(self._statistics) == 1:
            return running[None].clone()
        statistics = self._statistics.clone()
        statistics[self._free] = running
        return statistics

    def running(self, learned: Snapshot) -> Float[Tensor, " S"]:
        """The running averages of the training among the statistics that `learned` gave."""
        statistics = torch.from_numpy(learned.statistics)
        return statistics[0] if len(statistics) == 1 else statistics[self._free[0]]

    def take_over(self, learned: Snapshot) -> None:
        """Replace the parameters by those that an earlier training learned."""
        self.rows.data.copy_(torch.from_numpy(learned.basis)[self._free])
        for name, value in self.own.items():
            value.data.copy_(torch.from_numpy(learned.own[name]))
