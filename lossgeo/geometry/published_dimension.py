"""Intrinsic dimension as Chen and Saidi (2023) computed it, artefacts included; `dimension.py` corrects them.

Their samples are regular grids, not independent draws; their maximum likelihood uses 20 neighbours whatever number is
asked for; their tangent rank decomposes the neighbours themselves instead of the differences from the point, with the
tolerance of a float32 matrix of `[D k]`, below which a direction counts as none.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from lossgeo.geometry.dimension import Neighbours, inverse_local_dimensions, maximum_likelihood

MLE_NEIGHBOURS = 20
"""The default of scikit-dimension's MLE, which ignores its argument K."""

TIE_DECIMALS = 12
"""Decimals of squared distances over the largest one; distances that agree in them are a tie."""


def line_grid(n: int) -> Float64[np.ndarray, "n 1"]:
    """Equally spaced α from 0 to 1, n of them."""
    return np.linspace(0, 1, n)[:, None]


def bow_tie_grid(side: int) -> Float64[np.ndarray, "n 2"]:
    """A grid of side² pairs (t₁, t₂): t₁ equally spaced on [0, 1], and for each t₂ equally spaced from t₁ to 1 − t₁.

    For t₁ > ½ the second range runs backwards, and all of it but its end lies outside the triangle: a bow-tie, half of
    it outside. An odd side has a t₁ = ½, all of whose points coincide.

    >>> bow_tie_grid(2).tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
    """
    first = np.linspace(0, 1, side)
    second = np.linspace(first, 1 - first, side, axis=1)
    return np.stack([np.repeat(first, side), second.ravel()], axis=1)


def published_mle(points: Float64[np.ndarray, "N r"]) -> float:
    """The Levina-Bickel estimate with 20 neighbours and the harmonic mean over the points: 1 / mean of 1 / m̂₂₀(x).

    On any equally spaced segment of 200 points it is 1.168; of as many independent uniform draws it is 1.00 ± 0.02.

    Raises:
        ValueError: if there are fewer than 21 points, or if all of them coincide.
    """
    return maximum_likelihood(inverse_local_dimensions(Neighbours.among(points, MLE_NEIGHBOURS), MLE_NEIGHBOURS))


def singular_value_tolerance(weights: int, k: int) -> float:
    """Share of the largest singular value below which `scipy.linalg.orth` drops one of a float32 `[weights k]`.

    >>> round(singular_value_tolerance(407_050, 8), 4)
    0.0485
    """
    return float(np.finfo(np.float32).eps) * max(weights, k)


def uncentred_rank(points: Float64[np.ndarray, "N r"], k: int, tolerance: float) -> float:
    """Mean over the points of the rank of their k nearest neighbours, as vectors from the origin.

    Neighbours at equal distances, of which a grid has many, are taken in the order of the grid, so that the rank does
    not depend on rounding. That order is a choice: on the bow-tie of side 20 with k = 8 it gives 1.8175, others 1.81 to
    1.83.

    Args:
        points: in coordinates whose origin is θ = 0: the rank depends on where that is.
        k: number of neighbours, without the point itself.
        tolerance: share of the largest singular value that one has to exceed.

    Raises:
        ValueError: if there are not more points than neighbours.
    """
    singular = np.linalg.svd(points[_nearest(points, k)], compute_uv=False)
    return float((singular > tolerance * singular[:, :1]).sum(1).mean())


def _nearest(points: np.ndarray, k: int) -> Int64[np.ndarray, "N k"]:
    """The k nearest other points of each point, `[N k]`; of equally distant ones the first."""
    if len(points) <= k:
        raise ValueError(f"{k} neighbours need at least {k + 1} points, got {len(points)}; lower `neighbours`")
    from scipy.spatial.distance import cdist

    squared = cdist(points, points, "sqeuclidean")
    squared = np.round(squared / squared.max(), TIE_DECIMALS)
    np.fill_diagonal(squared, np.inf)
    return np.argsort(squared, axis=1, kind="stable")[:, :k]
