"""The role of a landscape: a function of a weight vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int64

from lossgeo.landscape.weights import Points

if TYPE_CHECKING:
    from torch import Tensor

Progress = Callable[[float, str], None]


Smooth: TypeAlias = "Callable[[Tensor, slice], Tensor]"
"""A function of θ `[D]` and a part of the examples: their mean loss, differentiable, in the precision of θ."""


def silent(fraction: float, text: str) -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Evaluation:
    """The losses and accuracies of n weight vectors.

    Args:
        loss: mean over the examples, in the unit of the task; `[n]` float64.
        accuracy: share of the answers that are correct, NaN where none is right or wrong; `[n]` float64.
    """

    loss: Float64[np.ndarray, " n"]
    accuracy: Float64[np.ndarray, " n"]


class Landscape(ABC):
    """A loss as a function of θ ∈ ℝᴰ, deterministic, without dropout or augmentation."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """D, the number of weights."""

    @property
    @abstractmethod
    def size(self) -> int:
        """N, the number of examples that the loss is a mean over; 1 where it is a mean over none."""

    @abstractmethod
    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The loss and the accuracy at every point; values that are not finite are kept.

        A network is evaluated in the precision of the points' basis, a formula in float64.

        Raises:
            ValueError: if the points do not have `dimension` weights.
        """

    @abstractmethod
    def correct(self, points: Points, progress: Progress = silent) -> Bool[np.ndarray, "n A"]:
        """Which answers are correct at every point: an answer for each example, or for each of its positions.

        Raises:
            ValueError: if no answer of the task is right or wrong, or the points do not have `dimension` weights.
        """

    def answers(self, points: Points, progress: Progress = silent) -> Int64[np.ndarray, "n A"]:
        """The class that is answered at every point, for every example and each of its positions.

        Raises:
            ValueError: if no answer of the task is a class.
        """
        del points, progress
        raise ValueError("this loss has no answers that are classes: compare its values instead")

    @abstractmethod
    def first(self, count: int) -> Landscape:
        """The landscape of the first `count` examples, or of all if there are fewer."""

    @abstractmethod
    def smooth_at(self, point: Points) -> Smooth:
        """The loss as a differentiable function near one point.

        What is estimated from examples and not trained, the statistics of BatchNorm layers, is held at its value there.

        Raises:
            ValueError: if there is more than one point.
        """
