"""The smallest and the largest eigenvalue of a symmetric operator that is known by its products only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Float64

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 16.0
"""Units of rounding, relative to the largest |λ|, below which a residual has no meaning."""


@dataclass(frozen=True)
class End:
    """An approximate eigenvalue at one end of a spectrum, with its residual.

    Args:
        value: λ = vᵀHv of a unit vector v, so the spectrum reaches at least as far.
        residual: ‖Hv − λv‖, by a product of its own; some eigenvalue is within this distance of λ.
    """

    value: float
    residual: float


UNKNOWN = End(nan, nan)
"""The result where products are not finite."""


@dataclass(frozen=True)
class Ends:
    """The smallest and the largest eigenvalue of a symmetric operator H.

    Args:
        smallest, largest: λ_min and λ_max by their sign, not by their size.
        steps: products of H that the Krylov space was built from.
    """

    smallest: End
    largest: End
    steps: int


def lanczos(
    product: Callable[[Tensor], Tensor], start: Float[Tensor, " D"], *, steps: int = 200, tolerance: float = 1e-3
) -> Ends:
    """Find λ_min and λ_max of a symmetric H by Lanczos' method with full reorthogonalisation.

    One Krylov space gives both ends, where power iteration gives the largest |λ| alone. It grows until the residual of
    either end is at most `tolerance` · |λ| of that end, or as small as rounding; or until `steps` products are used up,
    and then the residuals tell how far it came. Both ends are NaN where a product is not finite.

    A residual that is small beside the largest |λ| only would not do: a vector of a null space passes for the lower end
    before a negative eigenvalue of many times that size is seen.

    Every new vector is made orthogonal to all before it, twice; otherwise rounding returns what was found as copies
    (Golub and Van Loan, *Matrix Computations*, 4th edition, section 10.3). All are kept: `steps` · D numbers. Own code,
    as ARPACK (``scipy.sparse.linalg.eigsh``, ``which="BE"``) has no value for an end that did not converge, and refuses
    H = 0 and D < 3.

    Args:
        product: v `[D]` → Hv `[D]`, for unit vectors in the precision of `start`.
        start: a random vector; an end whose eigenvectors are all orthogonal to it is not found.
        steps: the largest number of products; two more give the residuals.
        tolerance: relative; 0 leads to what rounding allows.

    Raises:
        ValueError: if `steps` is less than one or `start` is 0.

    >>> ends = lanczos(lambda v: torch.tensor([-1.0, 0.0, 4.0]).double() * v, torch.ones(3).double())
    >>> round(ends.smallest.value, 9), round(ends.largest.value, 9), ends.steps
    (-1.0, 4.0, 3)
    """
    if steps < 1 or not start.norm() > 0:
        length = float(start.norm())
        raise ValueError(f"Lanczos' method needs a step and a start other than 0, got {steps} and ‖start‖ = {length}")
    basis = start.new_empty(min(steps, len(start)), len(start))  # memory is taken as rows are written
    basis[0] = start / start.norm()
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        count = len(diagonal) + 1
        image = product(basis[count - 1])
        if not bool(image.isfinite().all()):
            return Ends(UNKNOWN, UNKNOWN, count)
        diagonal.append(float(basis[count - 1] @ image))
        rest = _orthogonal(image, basis[:count])
        length = float(rest.norm())
        from scipy.linalg import eigh_tridiagonal

        values, vectors = eigh_tridiagonal(diagonal, beside)
        if count == len(basis) or _are_close(values, length * vectors[-1], tolerance, start.dtype):
            break
        beside.append(length)
        basis[count] = rest / length
    smallest, largest = (_end(product, torch.from_numpy(vectors[:, at]).to(basis) @ basis[:count]) for at in (0, -1))
    return Ends(smallest, largest, count)


def _are_close(
    values: Float64[np.ndarray, " m"], residuals: Float64[np.ndarray, " m"], tolerance: float, precision: torch.dtype
) -> bool:
    """Whether the residuals of the first and the last value are as small as required, or as small as they can be."""
    ends, rounding = [0, -1], ROUNDING * torch.finfo(precision).eps * np.abs(values).max()
    return bool((np.abs(residuals[ends]) <= np.maximum(tolerance * np.abs(values[ends]), rounding)).all())


def _orthogonal(vector: Float[Tensor, " D"], basis: Float[Tensor, "m D"]) -> Float[Tensor, " D"]:
    """The part of a vector that is orthogonal to orthonormal rows; projected twice, for when little is left."""
    for _ in range(2):
        vector = vector - basis.T @ (basis @ vector)
    return vector


def _end(product: Callable[[Tensor], Tensor], vector: Float[Tensor, " D"]) -> End:
    """The eigenvalue to which a vector is closest to being an eigenvector."""
    vector = vector / vector.norm()
    image = product(vector)
    value = float(vector @ image)
    return End(value, float((image - value * vector).norm()))
