"""Losses of rectifier networks at many points, in one pass through the caches of a core; compiled by numba.

For every example the first layers of the basis vectors are combined, rectified and multiplied with the further layers
before the next example is looked at. `PointByPoint` of ``lossgeo.landscape`` is the definition that this is held to.
"""

from __future__ import annotations

from math import log

import numpy as np
from numba import njit

TILE = 5
"""Units of a layer that are computed together for two examples, each with a sum of its own in one of 16 registers."""

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
    widest, classes = max(h, units.max()) + LANES, units[-1]
    here, there = np.zeros((2, widest), np.float32), np.zeros((2, widest), np.float32)
    logits = np.empty((classes, b), np.float32)
    for p in range(len(coefficients)):
        for i in range(0, b, 2):
            j = min(i + 1, b - 1)  # the last of an odd number is computed twice
            combine_rectified(first[i], coefficients[p], here[0])
            combine_rectified(first[j], coefficients[p], here[1])
            further_layers(weights[p], h, units, here, there)
            for k in range(classes):
                logits[k, i], logits[k, j] = there[0, k], there[1, k]
        loss, right = cross_entropy(logits, targets)
        losses[p] += loss
        correct[p] += right


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def combine_rectified(rows: np.ndarray, phi: np.ndarray, out: np.ndarray) -> None:
    """The rectified Σₖ φₖ rowₖ; what is not a number stays so."""
    n, count = rows.shape[1], len(phi)
    if count == 3:  # a plane
        a, b, c, x, y, z = phi[0], phi[1], phi[2], rows[0], rows[1], rows[2]
        for j in range(n):
            t = a * x[j] + b * y[j] + c * z[j]
            out[j] = t if not t < 0 else np.float32(0)
        return
    for j in range(n):
        out[j] = phi[0] * rows[0, j]
    for k in range(1, count - 3, 4):
        a, b, c, d = phi[k], phi[k + 1], phi[k + 2], phi[k + 3]
        w, x, y, z = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
        for j in range(n):
            out[j] += a * w[j] + b * x[j] + c * y[j] + d * z[j]
    for k in range(count - (count - 1) % 4, count):
        a, x = phi[k], rows[k]
        for j in range(n):
            out[j] += a * x[j]
    for j in range(n):
        out[j] = out[j] if not out[j] < 0 else np.float32(0)


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def further_layers(weights: np.ndarray, h: int, units: np.ndarray, here: np.ndarray, there: np.ndarray) -> None:
    """The logits of two examples from the h rectified units of their first layers, which are overwritten."""
    count, at = h, 0
    for layer in range(len(units)):
        fan_in = (count + LANES - 1) // LANES * LANES
        width = (units[layer] + TILE - 1) // TILE * TILE
        multiply(weights[at:], fan_in, width, here, there)
        at += width * fan_in + (width + LANES - 1) // LANES * LANES
        count = units[layer]
        if layer < len(units) - 1:
            for example in range(2):
                for j in range(count):
                    here[example, j] = there[example, j] if not there[example, j] < 0 else np.float32(0)


@njit(cache=True, fastmath=REORDERED, error_model="numpy", nogil=True)
def multiply(weights: np.ndarray, fan_in: int, width: int, units: np.ndarray, out: np.ndarray) -> None:
    """A linear layer on the units of two examples; its weights are followed by its biases."""
    n, biases, x, y = fan_in, weights[width * fan_in :], units[0], units[1]
    for k in range(0, width, TILE):
        w = weights[k * n : (k + TILE) * n]
        v0, v1, v2, v3, v4 = w[:n], w[n : 2 * n], w[2 * n : 3 * n], w[3 * n : 4 * n], w[4 * n :]
        s0 = s1 = s2 = s3 = s4 = r0 = r1 = r2 = r3 = r4 = np.float32(0)
        for j in range(n):
            t, u = x[j], y[j]
            s0 += t * v0[j]
            r0 += u * v0[j]
            s1 += t * v1[j]
            r1 += u * v1[j]
            s2 += t * v2[j]
            r2 += u * v2[j]
            s3 += t * v3[j]
            r3 += u * v3[j]
            s4 += t * v4[j]
            r4 += u * v4[j]
        out[0, k], out[0, k + 1], out[0, k + 2], out[0, k + 3], out[0, k + 4] = s0, s1, s2, s3, s4
        out[1, k], out[1, k + 1], out[1, k + 2], out[1, k + 3], out[1, k + 4] = r0, r1, r2, r3, r4
    for k in range(width):
        out[0, k] += biases[k]
        out[1, k] += biases[k]


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
    zero = np.float32(0)  # not a number as soon as a logit is not finite
    for k in range(classes):
        z = logits[k]
        for i in range(b):
            zero += z[i] * np.float32(0)
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
    total, product, right = np.float64(zero), 1.0, 0
    for i in range(b):
        product *= sums[i]
        if i % EXAMPLES_OF_A_LOGARITHM == 0:
            total += log(product)
            product = 1.0
        total += largest[i] - logits[targets[i], i]
        right += answers[i] == targets[i]
    return total + log(product), right
