"""Weight vectors: the layout of a network's parameters in one vector, and many vectors in factored form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from jaxtyping import Float

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

Parameters: TypeAlias = "Mapping[str, Tensor]"


@dataclass(frozen=True)
class Layout:
    """The place of each named parameter in the weight vector: `shapes` in order, one after the other."""

    shapes: tuple[tuple[str, tuple[int, ...]], ...]

    @cached_property
    def dimension(self) -> int:
        """D, the number of weights."""
        return sum(prod(shape) for _, shape in self.shapes)

    def split(self, theta: Float[Tensor, " D"]) -> dict[str, Tensor]:
        """The named parameters as views of `theta`; gradients flow through them."""
        pieces = theta.split([prod(shape) for _, shape in self.shapes])
        return {name: piece.view(shape) for (name, shape), piece in zip(self.shapes, pieces, strict=True)}

    def join(self, parameters: Parameters) -> Float[Tensor, " D"]:
        """The weight vector of named parameters: the inverse of `split`.

        Raises:
            ValueError: if the names or shapes are not those of the layout.
        """
        found = {name: tuple(value.shape) for name, value in parameters.items()}
        if found != dict(self.shapes):
            raise ValueError(f"the parameters of this layout are {dict(self.shapes)}, got {found}")
        return torch.cat([parameters[name].reshape(-1) for name, _ in self.shapes])


NO_WEIGHTS = Layout(())
"""The layout of a network without such numbers."""


@dataclass(frozen=True)
class Points:
    """n weight vectors as combinations of K others: θᵢ = Σₖ coefficients[i, k] · basis[k].

    A landscape may use the factors; `dense` writes the vectors out.

    Args:
        coefficients: Φ, float64 `[n K]`.
        basis: B, `[K D]`.
        statistics: of the BatchNorm layers as they were kept in training, for each of the n, `[n S]`; None where a
            network has no such layers.
        among: how many points these are a block of; None where they are all.
    """

    coefficients: Float[Tensor, "n K"]
    basis: Float[Tensor, "K D"]
    statistics: Float[Tensor, "n S"] | None = None
    among: int | None = None

    @classmethod
    def of(cls, weights: Float[Tensor, "n D"], statistics: Float[Tensor, "n S"] | None = None) -> Points:
        """Points that are the rows of `weights`."""
        return cls(torch.eye(len(weights), dtype=torch.float64), weights, statistics)

    def __len__(self) -> int:
        return len(self.coefficients)

    def dense(self, rows: slice = slice(None)) -> Float[Tensor, "m D"]:
        """Chosen weight vectors, in the precision of the basis."""
        return self.coefficients[rows].to(self.basis) @ self.basis

    def combined(self, coefficients: Float[Tensor, "m n"]) -> Points:
        """Combinations of these points, over the same basis; kept statistics are combined like the weights."""
        kept = None if self.statistics is None else coefficients.to(self.statistics) @ self.statistics
        return Points(coefficients.double() @ self.coefficients, self.basis, kept)

    def rows(self, chosen: slice | Tensor) -> Points:
        """Some of the points, over the same basis."""
        kept = None if self.statistics is None else self.statistics[chosen]
        return Points(self.coefficients[chosen], self.basis, kept)

    def block(self, chosen: slice) -> Points:
        """Some of them, to be evaluated as they are among all: in the order that is fastest for all."""
        return replace(self.rows(chosen), among=len(self))

    def beside(self, other: Points) -> Points:
        """These points and then the others, over both bases."""
        both = self.statistics is not None and other.statistics is not None
        return Points(
            torch.block_diag(self.coefficients, other.coefficients),
            torch.cat([self.basis, other.basis]),
            torch.cat([self.statistics, other.statistics]) if both else None,  # type: ignore[list-item]
        )

    def to(self, device: torch.device) -> Points:
        """The same points with their basis on a device."""
        kept = None if self.statistics is None else self.statistics.to(device)
        return replace(self, basis=self.basis.to(device), statistics=kept)

    def double(self) -> Points:
        """The same points with a float64 basis, to be evaluated in that precision."""
        kept = None if self.statistics is None else self.statistics.double()
        return Points(self.coefficients, self.basis.double(), kept)
