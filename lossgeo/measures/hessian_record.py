"""Both ends of the Hessian's spectrum at every corner of a subspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float64, Int64

from lossgeo.measures.record import Record, Row

ROWS = ("smallest", "largest", "smallest_residual", "largest_residual", "steps")
"""The fields with a number for every corner."""


@dataclass(frozen=True)
class HessianRecord(Record):
    """λ_min and λ_max of the Hessian at m corners, in the unit of the loss by squared weight distance.

    Args:
        examples: how many training examples the loss is a mean over.
        rounding: relative error of a product in the precision used; λ within this share of the largest |λ| count as 0.
        epochs: of the corners, where they are weights of one training; None elsewhere.
        smallest, largest: λ_min and λ_max, NaN where the loss or its derivatives are not finite, `[m]`.
        smallest_residual, largest_residual: ‖Hv − λv‖ of their unit vectors, `[m]`.
        steps: products that they were found with, `[m]`.
    """

    examples: int
    rounding: float
    epochs: tuple[int, ...] | None
    smallest: Float64[np.ndarray, " m"]
    largest: Float64[np.ndarray, " m"]
    smallest_residual: Float64[np.ndarray, " m"]
    largest_residual: Float64[np.ndarray, " m"]
    steps: Int64[np.ndarray, " m"]

    columns: ClassVar[tuple[str, ...]] = (
        *("corner", "smallest_eigenvalue", "largest_eigenvalue", "ratio", "is_negative"),
        *("residual_of_smallest", "residual_of_largest", "steps"),
    )

    @property
    def scale(self) -> Float64[np.ndarray, " m"]:
        """The largest |λ| at each corner."""
        scale: np.ndarray = np.maximum(np.abs(self.smallest), np.abs(self.largest))
        return scale

    @property
    def ratio(self) -> Float64[np.ndarray, " m"]:
        """The ratio λ_min / λ_max at each corner; NaN where λ_max is not positive."""
        ratio = np.full_like(self.smallest, np.nan)
        np.divide(self.smallest, self.largest, out=ratio, where=self.largest > 0)
        return ratio

    @property
    def is_negative(self) -> Bool[np.ndarray, " m"]:
        """Whether λ_min is negative by more than rounding, at each corner.

        It holds without convergence: λ = vᵀHv of a unit vector is never below λ_min.
        """
        negative: np.ndarray = self.smallest < -self.rounding * self.scale
        return negative

    @property
    def relative_residual(self) -> Float64[np.ndarray, " m"]:
        """The larger of both residuals, each as a share of its |λ|, or of the rounding where λ is smaller."""
        least = np.maximum(self.rounding * self.scale, np.finfo(np.float64).tiny)
        smallest = self.smallest_residual / np.maximum(np.abs(self.smallest), least)
        largest = self.largest_residual / np.maximum(np.abs(self.largest), least)
        residual: np.ndarray = np.maximum(smallest, largest)
        return residual

    def table(self) -> list[Row]:
        """A row for every corner, with its epoch where it has one."""
        return [
            {
                "corner": i + 1,
                **({} if self.epochs is None else {"epoch": self.epochs[i]}),
                "smallest_eigenvalue": self.smallest[i],
                "largest_eigenvalue": self.largest[i],
                "ratio": self.ratio[i],
                "is_negative": self.is_negative[i],
                "residual_of_smallest": self.smallest_residual[i],
                "residual_of_largest": self.largest_residual[i],
                "steps": self.steps[i],
            }
            for i in range(len(self.smallest))
        ]
