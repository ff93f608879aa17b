"""The landscape of a loss that is a formula of the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from lossgeo.landscape.landscape import Evaluation, Landscape, Progress, Smooth, silent
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS_AT_ONCE = 2**22
"""Weights that are in memory at the same time: 32 MiB in float64."""


class FormulaLandscape(Landscape):
    """A loss that is a formula of θ ∈ ℝᴰ, evaluated in float64; there are no examples and no answers.

    Args:
        dimension: D.
        formula: weight vectors `[n D]` → their losses `[n]`, differentiable, in their precision.
    """

    def __init__(self, dimension: int, formula: Callable[[Tensor], Tensor]) -> None:
        self._dimension = dimension
        self.formula = formula

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def size(self) -> int:
        # The loss is a mean over nothing.
        return 1

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The formula at every point, with accuracies of NaN.

        Raises:
            ValueError: if the points do not have `dimension` weights.
        """
        if points.basis.shape[1] != self.dimension:
            raise ValueError(f"this landscape has {self.dimension} weights, got points of {points.basis.shape[1]}")
        exact, size = points.double(), max(1, WEIGHTS_AT_ONCE // self.dimension)
        losses = []
        with torch.no_grad():
            for start in range(0, len(points), size):
                losses.append(self.formula(exact.dense(slice(start, start + size))))
                progress(min(1.0, (start + size) / len(points)), f"{len(points):,} points")
        loss = torch.cat(losses).numpy() if losses else np.empty(0)
        return Evaluation(loss=loss, accuracy=np.full(len(points), np.nan))

    def correct(self, points: Points, progress: Progress = silent) -> Bool[np.ndarray, "n A"]:
        """Refuse the question: a formula has no answers.

        Raises:
            ValueError: always.
        """
        del points, progress
        raise ValueError("a formula of the weights has no answers: ask for its loss instead")

    def first(self, count: int) -> FormulaLandscape:
        # There are no examples to leave out.
        del count
        return self

    def smooth_at(self, point: Points) -> Smooth:
        """The formula as a function of one weight vector.

        Raises:
            ValueError: if there is more than one point.
        """
        if len(point) != 1:
            raise ValueError(f"a function near one point was asked for, got {len(point)} points")
        return lambda theta, _part: self.formula(theta[None])[0]
