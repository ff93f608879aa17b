"""Intrinsic dimension of a cloud of points, by two estimators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

RANK_THRESHOLD = 0.95
"""Share of the neighbours' variance that the tangent space has to explain."""


@dataclass(frozen=True)
class Neighbours:
    """The k_max nearest neighbours of each of N points.

    Args:
        points: `[N r]`.
        distances: ascending, without the point itself, `[N k_max]`.
        indices: of the neighbours, `[N k_max]`.
    """

    points: Float64[np.ndarray, "N r"]
    distances: Float64[np.ndarray, "N k"]
    indices: np.ndarray

    @classmethod
    def among(cls, points: Float64[np.ndarray, "N r"], k: int) -> Neighbours:
        """The nearest neighbours among some points, by a k-d tree in float64 on their differences, which keeps digits.

        Raises:
            ValueError: if there are not more points than neighbours.
        """
        if len(points) <= k:
            raise ValueError(
                f"{k} neighbours need at least {k + 1} points, got {len(points)}; raise `samples` or lower `neighbours`"
            )
        from scipy.spatial import cKDTree

        distances, indices = map(np.asarray, cKDTree(points).query(points, k + 1))
        return cls(points, distances[:, 1:], indices[:, 1:])


@dataclass(frozen=True)
class TangentRank:
    """Local principal components of the neighbourhoods of points, averaged over the points.

    Args:
        rank: mean over the points of the number of components that explain the threshold.
        spectrum: mean share of the variance that each component explains, descending, `[min(k, r)]`.
    """

    rank: float
    spectrum: Float64[np.ndarray, " m"]


def tangent_rank(neighbours: Neighbours, k: int, threshold: float = RANK_THRESHOLD) -> TangentRank:
    """The local principal components, and the rank, of the k nearest neighbours about each point.

    The differences from the point (not the neighbours themselves, which adds a dimension) are decomposed in
    float64; the rank is the least number of components that explain `threshold` of the sum of squares. A threshold
    on the share of variance does not depend on the precision, as one on rounding does. Points that coincide with all
    their neighbours have no tangent and are left out.

    Raises:
        ValueError: if that leaves none.
    """
    apart = neighbours.distances[:, k - 1] > 0
    offsets = neighbours.points[neighbours.indices[apart, :k]] - neighbours.points[apart, None]
    if len(offsets) == 0:
        raise ValueError("every point coincides with its neighbours: the points have no tangents")
    variances = np.linalg.svd(offsets, compute_uv=False) ** 2
    shares = variances / variances.sum(1, keepdims=True)
    ranks = (np.cumsum(shares, axis=1) < threshold).sum(1) + 1
    return TangentRank(rank=float(ranks.mean()), spectrum=shares.mean(0))


def inverse_local_dimensions(neighbours: Neighbours, k: int) -> Float64[np.ndarray, " N"]:
    """The inverse local estimates 1 / m̂ₖ(x): means over j < k of log(Tₖ / Tⱼ), Tⱼ the distance to neighbour j; `[N]`.

    Levina and Bickel, *Maximum Likelihood Estimation of Intrinsic Dimension*, 2004, eq. (8). Points with a
    duplicate among their neighbours have no estimate (their distance is zero) and are left out.
    """
    distances = neighbours.distances[:, :k]
    distinct = distances[distances[:, 0] > 0]
    inverse: np.ndarray = np.log(distinct[:, -1:] / distinct[:, :-1]).mean(axis=1)
    return inverse


def maximum_likelihood(inverse_local: Float64[np.ndarray, " N"]) -> float:
    """The maximum-likelihood dimension: the inverse of the mean of the inverse local estimates.

    The mean of the local estimates themselves is too large by (k − 1) / (k − 2): MacKay and Ghahramani, *Comments on
    'Maximum Likelihood Estimation of Intrinsic Dimension'*, 2005.

    Raises:
        ValueError: if there is no estimate, because all points coincide.
    """
    if len(inverse_local) == 0:
        raise ValueError("no point has k distinct neighbours: the points coincide, and have no dimension")
    return float(1 / inverse_local.mean())
