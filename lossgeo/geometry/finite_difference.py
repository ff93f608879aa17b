"""Curvature by finite differences of weight vectors, as Chen and Saidi (2023) computed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Float64

from lossgeo.geometry.curvature import END_SHARE

if TYPE_CHECKING:
    from torch import Tensor

VECTORS_AT_ONCE = 14
"""Vectors in one piece; with their differences and tangents never more than 64 vectors are in memory."""

ROUNDING = 2.4e-8
"""Root mean square of the relative rounding error of a float32 number."""


@dataclass(frozen=True)
class DiscreteCurvature:
    """Finite differences along a curve at n equally spaced α; empty where none were taken.

    Args:
        alpha: without the first and the last, `[n - 2]`.
        curvature: in 1 / weight distance, `[n - 2]`.
    """

    alpha: Float64[np.ndarray, " m"]
    curvature: Float64[np.ndarray, " m"]

    @property
    def spacing(self) -> float:
        """The distance between neighbouring α."""
        return 1 / (len(self.alpha) + 1)

    @property
    def end_to_middle(self) -> float | None:
        """Mean curvature over the first and the last tenth of α, over the mean of the rest; None if undefined."""
        at_ends = (self.alpha < END_SHARE) | (self.alpha > 1 - END_SHARE)
        if not at_ends.any() or at_ends.all() or not np.isfinite(self.curvature).all():
            return None
        middle = self.curvature[~at_ends].mean()
        return float(self.curvature[at_ends].mean() / middle) if middle > 0 else None


def discrete_curvature(vectors: Iterable[Float32[Tensor, "_ D"]], n: int) -> DiscreteCurvature:
    """The curvature ‖ΔT‖ / Δs with Δs = ‖Δθ‖ and T = Δθ / Δs, in float32, of weight vectors in pieces.

    A first-order difference: the Δs is that after the point. A kink of angle φ gives φ / Δs, spread over two
    neighbouring α, so it grows with n and measures no curvature. A straight stretch gives `rounding_level`. Vectors
    that coincide give values that are not finite, and are kept.
    """
    found = np.concatenate([np.empty(0), *(_curvature(piece) for piece in _overlapping(vectors))])
    return DiscreteCurvature(np.linspace(0, 1, n)[1:-1], found)


def rounding_level(weight_norm: float, step: float) -> float:
    """About the curvature that finite differences of float32 weights find on a straight line: √6 · 2.4e-8 ‖θ‖ / Δs².

    The second difference θ − 2θ′ + θ″ adds three rounding errors, with the weights 1, 4 and 1 in the square. Weights
    that are sums of several rounded products have more error than one rounding, so it is a lower bound.
    """
    return float(np.sqrt(6) * ROUNDING * weight_norm / step**2)


def _overlapping(vectors: Iterable[Tensor]) -> Iterator[np.ndarray]:
    """The pieces, each preceded by the last two vectors of the one before."""
    before: np.ndarray | None = None
    for piece in vectors:
        rows = piece.numpy() if before is None else np.concatenate([before, piece.numpy()])
        before = rows[-2:].copy()
        if len(rows) > 2:
            yield rows


def _curvature(theta: np.ndarray) -> np.ndarray:
    """The curvature at all vectors but the first and the last, in their precision."""
    difference = np.diff(theta, axis=0)
    step = np.linalg.norm(difference, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference /= step[:, None]
        turned = np.linalg.norm(np.diff(difference, axis=0), axis=1)
        curvature: np.ndarray = turned / step[1:]
    return curvature.astype(np.float64)
