"""Fitted parameters, which give a network or a subspace of weight space."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.landscape.weights import Parameters

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Fitted:
    """The parameters of a subspace θ(t) = Φ(t) B; for a network, where Φ is 1, its weights.

    Args:
        basis: B, `[K D]`.
        own: the parameters of Φ, by name.
        statistics: those that BatchNorm layers kept in training, for each row of the basis `[K S]` or one vector for
            all points `[1 S]`; None where a network has no such layers.
    """

    basis: Float[Tensor, "K D"]
    own: Parameters = field(default_factory=dict)
    statistics: Float[Tensor, "r S"] | None = None

    def to(self, device: torch.device) -> Fitted:
        """The same parameters on a device."""
        own = {name: value.to(device) for name, value in self.own.items()}
        return Fitted(self.basis.to(device), own, None if self.statistics is None else self.statistics.to(device))
