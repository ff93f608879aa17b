"""Losses of rectifier networks at many points, in one pass through the caches of a core; compiled by numba.

For every example the first layers of the basis vectors are combined, rectified and multiplied with the further layers
before the next example is looked at. `PointByPoint` of ``lossgeo.landscape`` is the definition that this is held to.
"""

from __future__ import annotations

from math import log

import numpy as np
from numba import njit

TILE = 10
"""Units of a layer that are computed together, each with a sum of its own in a register: of 16, as AVX2 has them."""

LANES = 16
"""Numbers of a vector, at most: rows of weights are made a multiple, so that each begins at a line of the cache."""

REORDERED = {"contract", "reassoc", "nsz", "arcp"}
"""Sums in any order; but not the assumption that numbers are finite."""

EXAMPLES_OF_A_LOGARITHM = 32
"""Sums of exponentials of which one logarithm is taken, that of their product: below 10²⁰⁰ for a million classes."""


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def add_losses(  # noqa: PLR0913, PLR0917  # a kernel takes arrays
    first: np.ndarray,
    coefficients: np.ndarray,
    weights: np.ndarray,
    units: np.ndarray,
    targets: np.ndarray,
    losses: np.ndarray,
    correct: np.ndarray,
) -> None:
    """Add the losses and the right answers of a block of examples at every point.

    A loss is not finite if a logit is not.

    Args:
        first: pre-activations of the first layer at every basis vector, float32 `[b K h]`.
        coefficients: Φ, float32 `[m K]`.
        weights: the further layers at every point, one after the other, float32 `[m r]`: of each its weights
            `[width fan-in]` and then its biases. The width is that of its units up to a multiple of `TILE`, the fan-in
            that of the units before up to a multiple of `LANES`, as are the biases, and what is more is zero.
        units: the numbers of units of these layers, int64; those of the last are the classes.
        targets: int64 `[b]`.
        losses: sums to be added to, float64 `[m]`.
        correct: counts to be added to, int64 `[m]`.
    """
    b, _, h = first.shape
    widest, classes, m = max(h, units.max()) + LANES, units[-1], len(coefficients)
    here, there = np.zeros((2, widest), np.float32), np.zeros(widest, np.float32)
    logits = np.empty((2, classes, b), np.float32)
    is_small = coefficients.shape[1] == 3 and len(units) == 1 and classes <= TILE
    for p in range(0, m, 2):
        q = min(p + 1, m - 1)  # the last of an odd number is computed twice
        for i in range(b):
            if is_small:
                plane_and_layer(first[i], coefficients[p], weights[p], logits[0, :, i])
                plane_and_layer(first[i], coefficients[q], weights[q], logits[1, :, i])
            else:
                combine_rectified(first[i], coefficients[p], coefficients[q], here[0], here[1])
                further_layers(weights[p], h, units, here[0], there, logits[0, :, i])
                further_layers(weights[q], h, units, here[1], there, logits[1, :, i])
        for one in range(q - p + 1):
            loss, right = cross_entropy(logits[one], targets)
            losses[p + one] += loss
            correct[p + one] += right


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def further_layers(  # a kernel takes arrays
    weights: np.ndarray, h: int, units: np.ndarray, here: np.ndarray, there: np.ndarray, logits: np.ndarray
) -> None:
    """The logits from the h rectified units of the first layer, which are overwritten."""
    count, at = h, 0
    for layer in range(len(units)):
        fan_in = (count + LANES - 1) // LANES * LANES
        width = (units[layer] + TILE - 1) // TILE * TILE
        for j in range(count, fan_in):
            here[j] = 0
        multiply(weights, at, fan_in, width, here, there)
        at += width * fan_in + (width + LANES - 1) // LANES * LANES
        count = units[layer]
        if layer < len(units) - 1:
            for j in range(count):
                here[j] = there[j] if not there[j] < 0 else np.float32(0)
    for k in range(count):
        logits[k] = there[k]


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def combine_rectified(rows: np.ndarray, phi: np.ndarray, psi: np.ndarray, out: np.ndarray, other: np.ndarray) -> None:
    """The rectified Σₖ φₖ rowₖ and Σₖ ψₖ rowₖ; what is not a number stays so. The rows are read once for both."""
    n = rows.shape[1]
    if len(phi) == 3:  # a plane
        a, b, c, x, y, z = phi[0], phi[1], phi[2], rows[0], rows[1], rows[2]
        d, e, f = psi[0], psi[1], psi[2]
        for j in range(n):
            t = a * x[j] + b * y[j] + c * z[j]
            u = d * x[j] + e * y[j] + f * z[j]
            out[j] = t if not t < 0 else np.float32(0)
            other[j] = u if not u < 0 else np.float32(0)
    else:
        for j in range(n):
            out[j], other[j] = phi[0] * rows[0, j], psi[0] * rows[0, j]
        for k in range(1, len(phi) - 3, 4):
            w, x, y, z = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
            a, b, c, d = phi[k], phi[k + 1], phi[k + 2], phi[k + 3]
            for j in range(n):
                out[j] += a * w[j] + b * x[j] + c * y[j] + d * z[j]
            a, b, c, d = psi[k], psi[k + 1], psi[k + 2], psi[k + 3]
            for j in range(n):
                other[j] += a * w[j] + b * x[j] + c * y[j] + d * z[j]
        for k in range(len(phi) - (len(phi) - 1) % 4, len(phi)):
            a, d, x = phi[k], psi[k], rows[k]
            for j in range(n):
                out[j] += a * x[j]
                other[j] += d * x[j]
        for j in range(n):
            out[j] = out[j] if not out[j] < 0 else np.float32(0)
            other[j] = other[j] if not other[j] < 0 else np.float32(0)


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def plane_and_layer(rows: np.ndarray, phi: np.ndarray, weights: np.ndarray, logits: np.ndarray) -> None:
    """`combine_rectified` of three rows, and one layer of a tile, without a store between them."""
    h = rows.shape[1]
    n = (h + LANES - 1) // LANES * LANES
    a, b, c, x, y, z = phi[0], phi[1], phi[2], rows[0], rows[1], rows[2]
    w0, w1, w2, w3, w4 = weights, weights[n:], weights[2 * n :], weights[3 * n :], weights[4 * n :]
    w5, w6, w7, w8, w9 = weights[5 * n :], weights[6 * n :], weights[7 * n :], weights[8 * n :], weights[9 * n :]
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = s9 = np.float32(0)
    for j in range(h):
        u = a * x[j] + b * y[j] + c * z[j]
        t = u if not u < 0 else np.float32(0)
        s0 += t * w0[j]
        s1 += t * w1[j]
        s2 += t * w2[j]
        s3 += t * w3[j]
        s4 += t * w4[j]
        s5 += t * w5[j]
        s6 += t * w6[j]
        s7 += t * w7[j]
        s8 += t * w8[j]
        s9 += t * w9[j]
    sums = (s0, s1, s2, s3, s4, s5, s6, s7, s8, s9)
    for k in range(len(logits)):
        logits[k] = sums[k] + weights[TILE * n + k]


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def multiply(weights: np.ndarray, at: int, fan_in: int, width: int, units: np.ndarray, out: np.ndarray) -> None:
    """A linear layer, `TILE` of its units at a time; its weights begin at a place, and its biases follow them."""
    x, n = units[:fan_in], fan_in
    for k in range(0, width, TILE):
        w = weights[at + k * n : at + (k + TILE) * n]
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = s9 = np.float32(0)
        for j in range(n):
            t = x[j]
            s0 += t * w[j]
            s1 += t * w[n + j]
            s2 += t * w[2 * n + j]
            s3 += t * w[3 * n + j]
            s4 += t * w[4 * n + j]
            s5 += t * w[5 * n + j]
            s6 += t * w[6 * n + j]
            s7 += t * w[7 * n + j]
            s8 += t * w[8 * n + j]
            s9 += t * w[9 * n + j]
        bias = weights[at + width * n + k : at + width * n + k + TILE]
        out[k], out[k + 1], out[k + 2], out[k + 3], out[k + 4] = (
            s0 + bias[0],
            s1 + bias[1],
            s2 + bias[2],
            s3 + bias[3],
            s4 + bias[4],
        )
        out[k + 5], out[k + 6], out[k + 7], out[k + 8], out[k + 9] = (
            s5 + bias[5],
            s6 + bias[6],
            s7 + bias[7],
            s8 + bias[8],
            s9 + bias[9],
        )


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> tuple[float, int]:
    """The sum of the cross-entropies of a block, and how many of the largest logits are those of the targets.

    Args:
        logits: `[c b]`.
        targets: `[b]`.
    """
    classes, b = logits.shape
    largest, answers, sums = logits[0].copy(), np.zeros(b, np.int32), np.zeros(b, np.float32)
    for k in range(1, classes):
        z = logits[k]
        for i in range(b):
            if z[i] > largest[i]:
                largest[i] = z[i]
                answers[i] = k
    powers = np.empty(b, np.int32)
    scales = powers.view(np.float32)
    residue = np.empty(b, np.float32)
    finite = np.float32(0)  # or not a number
    for k in range(classes):
        z = logits[k]
        for i in range(b):
            finite += z[i] * np.float32(0)
            x = z[i] - largest[i]
            x = max(np.float32(-87), x)
            whole = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
            residue[i] = (x - whole * np.float32(0.693359375)) + whole * np.float32(2.12194440e-4)
            powers[i] = (np.int32(whole) + np.int32(127)) << np.int32(23)
        for i in range(b):
            r = residue[i]
            q = np.float32(1.9875691500e-4)
            q = q * r + np.float32(1.3981999507e-3)
            q = q * r + np.float32(8.3334519073e-3)
            q = q * r + np.float32(4.1665795894e-2)
            q = q * r + np.float32(1.6666665459e-1)
            q = q * r + np.float32(5.0000001201e-1)
            sums[i] += (q * r * r + r + np.float32(1)) * scales[i]
    total, product, right = np.float64(finite), 1.0, 0
    for i in range(b):
        product *= sums[i]
        if i % EXAMPLES_OF_A_LOGARITHM == 0:
            total += log(product)
            product = 1.0
        total += largest[i] - logits[targets[i], i]
        right += answers[i] == targets[i]
    return total + log(product), right
