"""Gram matrices, which hold all the geometry of combinations of a few long vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxtyping import Float, Float64

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

COLUMNS_AT_ONCE = 1 << 16


def gram(vectors: Float[Tensor, "K D"], origin: Float[Tensor, " D"] | None = None) -> Float64[Tensor, "K K"]:
    """All inner products of some vectors, accumulated in float64 in a fixed order.

    An `origin` is subtracted from every vector first, so that what is near one another is not lost beside what is far
    from zero.

    >>> gram(torch.tensor([[3.0, 4.0], [0.0, 2.0]])).tolist()
    [[25.0, 8.0], [8.0, 4.0]]
    """
    total = vectors.new_zeros(len(vectors), len(vectors), dtype=torch.float64)
    start = vectors.new_zeros(vectors.shape[1]) if origin is None else origin
    for block, offset in zip(vectors.split(COLUMNS_AT_ONCE, dim=1), start.split(COLUMNS_AT_ONCE), strict=True):
        exact = block.double() - offset.double()
        total += exact @ exact.T
    return total


def embed(vectors: Float[Tensor, "K D"], origin: Float[Tensor, " D"] | None = None) -> Float64[Tensor, "K r"]:
    """Coordinates of vectors in an orthonormal basis of their span: R with R Rᵀ = gram, r ≤ K its rank.

    Combinations Φ R have the distances and angles of Φ B; with an `origin`, those of what is left when it is
    subtracted from every vector. Directions whose squared length is below the rounding of the largest, K · 2⁻⁵² of it,
    count as none.

    Raises:
        ValueError: if a vector is not finite.
    """
    if not vectors.isfinite().all():
        raise ValueError("vectors must be finite to have a geometry; a training has probably diverged")
    values, directions = torch.linalg.eigh(gram(vectors, origin))
    values, directions = values.flip(0), directions.flip(1)
    largest = directions.abs().argmax(0)
    directions = directions * directions.gather(0, largest[None]).sign()
    real = values > len(vectors) * torch.finfo(torch.float64).eps * values[0].clamp(min=0)
    frame: Tensor = directions[:, real] * values[real].sqrt()
    return frame
