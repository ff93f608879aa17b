"""Singular values of stacked weight vectors, and those of random walks of the same lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Float64

from lossgeo.geometry.gram import gram
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


def singular_values(vectors: Float[Tensor, "P D"], origin: Float[Tensor, " D"] | None = None) -> Float64[Tensor, " P"]:
    """The singular values of the vectors as rows of a matrix, less `origin`, descending.

    They are the roots of the eigenvalues of the Gram matrix in float64, so that those below √(P · 2⁻⁵²) ≈ 10⁻⁷ of the
    first are rounding.
    """
    values: Tensor = torch.linalg.eigvalsh(gram(vectors, origin)).flip(0).clamp(min=0).sqrt()
    return values


def effective_rank(values: Float64[np.ndarray, "*batch P"]) -> Float64[np.ndarray, "*batch"]:
    """The participation ratio (Σσ²)² / Σσ⁴: P for equal singular values, 1 for a single one; NaN if all are 0."""
    scaled = np.square(values / np.maximum(values.max(-1, keepdims=True), np.finfo(np.float64).tiny))
    with np.errstate(invalid="ignore"):
        return np.asarray(scaled.sum(-1) ** 2 / np.square(scaled).sum(-1))


def random_walks(lengths: Float64[Tensor, " P"], dimension: int, generator: Generator) -> Float64[Tensor, "P r"]:
    """The ends of P walks of independent isotropic steps with given distances from their start, in few coordinates.

    A direction of an isotropic walk is uniform on the sphere of weight space. D normal numbers each have it, and their
    coordinates in a basis that is fitted to them, after one axis that is fixed beforehand (the first), are normal below
    the diagonal and the root of a χ² on it (Bartlett 1933), so that r = P + 1 numbers a walk are drawn in place of D.

    Args:
        lengths: how far each walk comes, weight distance.
        dimension: D of weight space.
        generator: of the draws.
    """
    count = len(lengths)
    if dimension <= count + 1:
        drawn = torch.randn(count, dimension, generator=generator, dtype=torch.float64)
    else:
        drawn = torch.randn(count, count + 1, generator=generator, dtype=torch.float64).tril()
        places = torch.arange(count)
        degrees = dimension - 1 - places.double()
        drawn[places, places + 1] = _chi(degrees, generator)
    ends: Tensor = lengths[:, None] * drawn / drawn.norm(dim=1, keepdim=True)
    return ends


def _chi(degrees: Float64[Tensor, " P"], generator: Generator) -> Float64[Tensor, " P"]:
    """A draw from the χ distribution for each number of degrees of freedom, by inversion."""
    share = torch.rand(len(degrees), generator=generator, dtype=torch.float64)
    from scipy.special import gammaincinv

    return torch.from_numpy(np.sqrt(2 * gammaincinv(degrees.numpy() / 2, share.numpy())))
