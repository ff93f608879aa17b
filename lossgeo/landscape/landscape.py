"""A landscape is a function of a weight vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lossgeo.landscape.weights import Points

Progress = Callable[[float, str], None]


def silent(fraction: float, text: str) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Evaluation:
    """What a landscape says of n weight vectors.

    Args:
        loss: mean over the examples, in nats for cross-entropy; `[n]` float64.
        accuracy: share of the examples that are classified correctly; `[n]` float64.
    """

    loss: Float64[np.ndarray, " n"]
    accuracy: Float64[np.ndarray, " n"]


class Landscape(ABC):
    """A loss as a function of θ ∈ ℝᴰ, deterministic, without dropout or augmentation."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """D, the number of weights."""

    @abstractmethod
    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The loss and the accuracy at every point; non-finite values are returned as they are.

        Raises:
            ValueError: if the points do not have `dimension` weights.
        """
