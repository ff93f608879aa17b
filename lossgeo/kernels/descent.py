"""Steps of optimizers over the basis of a subspace, in one pass over the memory of its state; compiled by numba.

The loss is taken at a point θ = Φ B, so row f of its gradient by B is Φ_f times that by θ, plus the pulls of a penalty.
It is made where it is used, block by block, and never stored. ``torch.optim`` is the definition that this is held to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

COLUMNS = 1024
"""Columns of the basis that are in the first cache together with their gradients: 4 KiB a row."""

REORDERED = {"contract", "reassoc", "nsz", "arcp"}
"""Sums in any order; but not the assumption that numbers are finite."""


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def combine(phi: np.ndarray, others: np.ndarray, basis: np.ndarray, point: np.ndarray, products: np.ndarray) -> None:
    """Combine the point of the loss, and multiply those of the penalty with all rows.

    Args:
        phi: coefficients of the point of the loss, `[K]`.
        others: Φ of the points of the penalty, `[a K]`.
        basis: B, `[K D]`.
        point: becomes φ B, `[D]`.
        products: Φ B Bᵀ is added to it, float64 `[a K]`.
    """
    sums = np.empty((len(others), COLUMNS), basis.dtype)
    for start in range(0, basis.shape[1], COLUMNS):
        stop = min(start + COLUMNS, basis.shape[1])
        add_rows(phi, basis, start, stop, point[start:stop])
        for i in range(len(others)):
            add_rows(others[i], basis, start, stop, sums[i])
            for k in range(len(basis)):
                products[i, k] += inner(sums[i][: stop - start], basis[k][start:stop])


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def adam(  # noqa: D417, PLR0913, PLR0917  # a kernel takes arrays
    factors: np.ndarray,
    pulls: np.ndarray,
    basis: np.ndarray,
    slope: np.ndarray,
    means: np.ndarray,
    squares: np.ndarray,
    rates: np.ndarray,
    along: np.ndarray,
) -> None:
    """Make a step of Adam with decoupled weight decay over the first rows of the basis.

    The gradient by row f is the sum of the slope and the rows of `pulls` · B, each multiplied by its factor of f.

    Args:
        factors: of the slope and of the a pulls of a penalty, `[1 + a F]`.
        pulls: of the penalty, `[a K]`.
        basis: B, `[K D]`, of which the first F rows are moved.
        slope: of the loss by its point, `[D]`.
        means, squares: running means of the gradient and of its square, `[F D]`.
        rates: the learning rate over 1 − β₁ᵗ, what decay leaves of a row, β₁, 1 − β₁, β₂, 1 − β₂, √(1 − β₂ᵗ), ε, `[8]`.
        along: B before the step times the slope is added to it, float64 `[K]`; without numbers, nothing is.
    """
    rate, left, beta1, other1, beta2, other2, root, epsilon = rates
    towards = np.empty((len(factors), COLUMNS), basis.dtype)
    gradient = np.empty(COLUMNS, basis.dtype)
    for start in range(0, basis.shape[1], COLUMNS):
        stop = min(start + COLUMNS, basis.shape[1])
        pull(pulls, basis, slope, start, stop, towards, along)
        for f in range(len(means)):
            add_rows(factors[:, f], towards, 0, stop - start, gradient)
            row, mean, square = basis[f][start:stop], means[f][start:stop], squares[f][start:stop]
            for c in range(stop - start):
                g = gradient[c]
                m = beta1 * mean[c] + other1 * g
                v = beta2 * square[c] + other2 * g * g
                mean[c], square[c] = m, v
                row[c] = row[c] * left - rate * m / (np.sqrt(v) / root + epsilon)


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def momentum(  # noqa: D417, PLR0913, PLR0917  # a kernel takes arrays
    factors: np.ndarray,
    pulls: np.ndarray,
    basis: np.ndarray,
    slope: np.ndarray,
    buffers: np.ndarray,
    rates: np.ndarray,
    along: np.ndarray,
) -> None:
    """Make a step of gradient descent with momentum over the first rows of the basis.

    Args:
        factors, pulls, basis, slope, along: as in `adam`.
        buffers: sums of the gradients, each older one multiplied by the momentum, `[F D]`.
        rates: the learning rate, the momentum, and 1 for Nesterov's or 0, `[3]`.
    """
    rate, share, nesterov = rates
    towards = np.empty((len(factors), COLUMNS), basis.dtype)
    gradient = np.empty(COLUMNS, basis.dtype)
    for start in range(0, basis.shape[1], COLUMNS):
        stop = min(start + COLUMNS, basis.shape[1])
        pull(pulls, basis, slope, start, stop, towards, along)
        for f in range(len(buffers)):
            add_rows(factors[:, f], towards, 0, stop - start, gradient)
            row, buffer = basis[f][start:stop], buffers[f][start:stop]
            for c in range(stop - start):
                buffer[c] = share * buffer[c] + gradient[c]
                row[c] -= rate * (gradient[c] + share * buffer[c] if nesterov > 0 else buffer[c])


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def pull(  # noqa: PLR0913, PLR0917  # a kernel takes arrays
    pulls: np.ndarray,
    basis: np.ndarray,
    slope: np.ndarray,
    start: int,
    stop: int,
    towards: np.ndarray,
    along: np.ndarray,
) -> None:
    """Some columns of the slope and of `pulls` · B become the rows of `towards`; B · slope is added to `along`."""
    towards[0][: stop - start] = slope[start:stop]
    for i in range(len(pulls)):
        add_rows(pulls[i], basis, start, stop, towards[1 + i])
    for k in range(len(along)):
        along[k] += inner(basis[k][start:stop], slope[start:stop])


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def add_rows(factors: np.ndarray, rows: np.ndarray, start: int, stop: int, out: np.ndarray) -> None:
    """The sum of rows times their factors, in some columns, becomes `out`."""
    width, count = stop - start, len(factors)
    a, w = factors[0], rows[0][start:stop]
    if count == 3:  # what a step of a line or a curve is made of
        b, c, x, y = factors[1], factors[2], rows[1][start:stop], rows[2][start:stop]
        for j in range(width):
            out[j] = a * w[j] + b * x[j] + c * y[j]
        return
    for j in range(width):
        out[j] = a * w[j]
    for k in range(1, count - 3, 4):
        a, b, w, x = factors[k], factors[k + 1], rows[k][start:stop], rows[k + 1][start:stop]
        c, d, y, z = factors[k + 2], factors[k + 3], rows[k + 2][start:stop], rows[k + 3][start:stop]
        for j in range(width):
            out[j] += a * w[j] + b * x[j] + c * y[j] + d * z[j]
    for k in range(count - (count - 1) % 4, count):
        a, w = factors[k], rows[k][start:stop]
        for j in range(width):
            out[j] += a * w[j]


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def inner(one: np.ndarray, other: np.ndarray) -> Any:
    """The inner product of two short vectors, in their precision."""
    total = one.dtype.type(0)
    for c in range(len(one)):
        total += one[c] * other[c]
    return total
