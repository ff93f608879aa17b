"""Gaps of convexity between pairs of stochastic updates, at every corner of a subspace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from lossgeo.measures.record import Record, Row
from lossgeo.statistics import Interval, wilson

DOUBLE = float(np.finfo(np.float64).eps)
SINGLE = float(np.finfo(np.float32).eps)

SUMMATION = 8
"""Units of rounding of a float64 loss that its mean over examples and the gap itself may cost."""


@dataclass(frozen=True)
class UpdateRecord(Record):
    """Gaps g = L((θ₁ + θ₂)/2) − (L(θ₁) + L(θ₂))/2 of pairs of updates of m corners.

    Args:
        examples: how many training examples the losses are means over.
        epochs: of the corners, where they are weights of one training; None elsewhere.
        gap: g, evaluated in float64, in the unit of the loss, `[m p]`.
        gap_single: g, where weights and losses of single examples are in float32, `[m p]`.
        loss: (L(θ₁) + L(θ₂))/2, `[m p]`.
        distance: ‖θ₁ − θ₂‖, weight distance, `[m p]`.
    """

    examples: int
    epochs: tuple[int, ...] | None
    gap: Float64[np.ndarray, "m p"]
    gap_single: Float64[np.ndarray, "m p"]
    loss: Float64[np.ndarray, "m p"]
    distance: Float64[np.ndarray, "m p"]

    columns: ClassVar[tuple[str, ...]] = (
        *("corner", "pairs", "share_negative", "share_negative_low", "share_negative_high", "mean_gap", "noise"),
        *("share_below_noise", "share_lost_in_float32", "mean_curvature", "mean_distance_weight_distance", "mean_loss"),
    )

    @property
    def negative(self) -> tuple[Interval, ...]:
        """The share P[g < 0] at every corner, with its 95 % interval over the pairs; NaN does not count as negative."""
        return tuple(wilson(int((gaps < 0).sum()), len(gaps)) for gaps in self.gap)

    @cached_property
    def error_single(self) -> Float64[np.ndarray, "m p"]:
        """The error of float32 in each gap."""
        with np.errstate(invalid="ignore"):  # of losses that are infinite
            error: np.ndarray = np.abs(self.gap_single - self.gap)
        return error

    @cached_property
    def noise(self) -> Float64[np.ndarray, " m"]:
        """A bound on the rounding of each gap in float64.

        Errors of rounding grow in proportion to the unit of rounding as long as they are small. So the noise of a
        corner is the largest error that float32 made there times 2⁻²⁹, and 8 ε L for the sums that are taken in float64
        in either case.
        """
        noise: np.ndarray = (self.error_single * (DOUBLE / SINGLE) + SUMMATION * DOUBLE * np.abs(self.loss)).max(1)
        return noise

    @property
    def below_noise(self) -> Float64[np.ndarray, " m"]:
        """The share of pairs whose |g| is at most the noise of float64: the sign of such a gap has no meaning."""
        share: np.ndarray = (np.abs(self.gap) <= self.noise[:, None]).mean(1)
        return share

    @property
    def lost_in_single(self) -> Float64[np.ndarray, " m"]:
        """The share of pairs whose |g| is at most the error of float32 in it."""
        share: np.ndarray = (np.abs(self.gap) <= self.error_single).mean(1)
        return share

    @property
    def curvature(self) -> Float64[np.ndarray, " m"]:
        """Mean −8 g / ‖θ₁ − θ₂‖² over pairs that differ: the curvature of a quadratic along θ₁ − θ₂; NaN if none do."""
        found = np.full(len(self.gap), np.nan)
        for i, (gaps, distances) in enumerate(zip(self.gap, self.distance, strict=True)):
            if (distances > 0).any():
                found[i] = (-8 * gaps[distances > 0] / distances[distances > 0] ** 2).mean()
        return found

    def table(self) -> list[Row]:
        """A row for every corner, with its epoch where it has one."""
        return [
            {
                "corner": i + 1,
                **({} if self.epochs is None else {"epoch": self.epochs[i]}),
                "pairs": share.count,
                "share_negative": share.mean,
                "share_negative_low": share.low,
                "share_negative_high": share.high,
                "mean_gap": self.gap[i].mean(),
                "noise": self.noise[i],
                "share_below_noise": self.below_noise[i],
                "share_lost_in_float32": self.lost_in_single[i],
                "mean_curvature": self.curvature[i],
                "mean_distance_weight_distance": self.distance[i].mean(),
                "mean_loss": self.loss[i].mean(),
            }
            for i, share in enumerate(self.negative)
        ]
