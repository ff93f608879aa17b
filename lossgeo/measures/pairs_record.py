"""What two networks have in common, for all pairs of several."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float64

from lossgeo.measures.record import Record, Row


@dataclass(frozen=True)
class PairsRecord(Record):
    """Symmetric matrices over m networks; NaN where a quantity is not defined.

    Args:
        split: the examples that predictions and losses are of.
        names: of the networks and corners.
        loss, accuracy: of each on its own, `[m]`.
        distance: ‖θᵢ − θⱼ‖, weight distance, `[m m]`.
        cosine: of the angle between θᵢ and θⱼ seen from zero, `[m m]`.
        cosine_of_displacements: seen from the weights that both were trained from, where they share them, `[m m]`.
        disagreement: share of the answers that differ, right or wrong, `[m m]`.
        barrier_loss: largest rise of the loss on the straight line above the line between its ends, `[m m]`.
        barrier_error: the same of the error, `[m m]`.
    """

    split: str
    names: tuple[str, ...]
    loss: Float64[np.ndarray, " m"]
    accuracy: Float64[np.ndarray, " m"]
    distance: Float64[np.ndarray, "m m"]
    cosine: Float64[np.ndarray, "m m"]
    cosine_of_displacements: Float64[np.ndarray, "m m"]
    disagreement: Float64[np.ndarray, "m m"]
    barrier_loss: Float64[np.ndarray, "m m"]
    barrier_error: Float64[np.ndarray, "m m"]

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The numbers of every two, the lower first."""
        return tuple(combinations(range(len(self.names)), 2))

    def has(self, quantity: str) -> bool:
        """Whether a matrix of that name is defined for any two."""
        return not all(np.isnan(self.of_pairs(quantity)))

    def of_pairs(self, quantity: str) -> Float64[np.ndarray, " p"]:
        """A matrix as one number a pair."""
        matrix = getattr(self, quantity)
        return np.array([matrix[pair] for pair in self.pairs])

    def table(self) -> list[Row]:
        """A row for every pair; what is defined for none of them has no column."""
        columns = {
            "distance_weight_distance": self.distance,
            **{name: getattr(self, name) for name in QUANTITIES if name != "distance" and self.has(name)},
        }
        return [
            {
                "first": self.names[i],
                "second": self.names[j],
                "split": self.split,
                **{name: _or_none(matrix[i, j]) for name, matrix in columns.items()},
            }
            for i, j in self.pairs
        ]


QUANTITIES = ("distance", "cosine", "cosine_of_displacements", "disagreement", "barrier_loss", "barrier_error")
"""The matrices of `PairsRecord`, in the order in which they are shown."""


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
