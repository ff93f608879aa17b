"""A subspace is a feature map times a basis: θ(t) = Φ(t) B."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.geometry.gram import embed
from lossgeo.landscape.weights import Points

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Subspace:
    """The subspace θ(t) = Φ(t) B for t in a k-dimensional domain.

    Args:
        features: Φ, `[n k]` → `[n K]`, differentiable, in the precision of its argument.
        basis: B, `[K D]`.
        statistics: of BatchNorm layers, kept in training, for each row of the basis `[K S]`, or for all points `[1 S]`.
    """

    features: Callable[[Tensor], Tensor]
    basis: Float[Tensor, "K D"]
    statistics: Float[Tensor, "r S"] | None = None

    def at(self, t: Float[Tensor, "n k"]) -> Points:
        """The weight vectors θ(t), in factored form with float64 coefficients."""
        return self.points(self.features(t.to(self.basis.device).double()))

    def points(self, coefficients: Float[Tensor, "n K"]) -> Points:
        """The points Φ B for given coefficients Φ."""
        kept = self.statistics
        if kept is not None:
            kept = kept.expand(len(coefficients), -1) if len(kept) == 1 else coefficients.to(kept) @ kept
        return Points(coefficients, self.basis, kept)

    @cached_property
    def coordinates_of_basis(self) -> Float[Tensor, "K r"]:
        """The rows of B in an orthonormal basis of their span: R with R Rᵀ = B Bᵀ."""
        return embed(self.basis)

    def coordinates(self, t: Float[Tensor, "n k"]) -> Float[Tensor, "n r"]:
        """The points θ(t) in an orthonormal basis of the span of B: the same distances in K numbers instead of D."""
        return self.features(t.double()) @ self.coordinates_of_basis

    def curve(self, route: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        """The map from s `[n]` to the coordinates of θ(route(s)) `[n r]`, to be differentiated."""
        frame = self.coordinates_of_basis  # made before differentiation starts, so that it stays a constant
        return lambda s: self.features(route(s)) @ frame
