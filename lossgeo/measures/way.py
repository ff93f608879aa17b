"""Straight lines between weight vectors, and how far the loss rises on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lossgeo.landscape.landscape import Evaluation, Landscape, Progress
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.quantity import QuantityName, values

NETWORK = "network"


@dataclass(frozen=True)
class LossProfile:
    """Loss and accuracy along a straight line between two weight vectors.

    Args:
        t: from 0 to 1, ascending; `[n]`.
        found: at θ(t) = (1 − t) θ(0) + t θ(1), `[n]`.
    """

    t: Float64[np.ndarray, " n"]
    found: Evaluation

    def has(self, quantity: QuantityName) -> bool:
        """Whether a quantity is defined: errors are not defined in a regression."""
        return quantity == "loss" or not np.isnan(self.found.accuracy).all()

    def rise(self, quantity: QuantityName) -> Float64[np.ndarray, " n"]:
        """The rise L(t) − ((1 − t) L(0) + t L(1)) above the line between the values at the ends."""
        along = values(self.found, quantity)
        with np.errstate(invalid="ignore"):  # an infinite loss has no rise
            rise: np.ndarray = along - (along[0] + self.t * (along[-1] - along[0]))
        return rise

    def barrier(self, quantity: QuantityName) -> float | None:
        """The largest rise, at least 0; None for a quantity that is not defined."""
        return float(self.rise(quantity).max()) if self.has(quantity) else None

    def largest(self, quantity: QuantityName) -> float | None:
        """The largest value along the line; None for a quantity that is not defined."""
        return float(values(self.found, quantity).max()) if self.has(quantity) else None

    def beside_largest_rise(self, count: int) -> Float64[np.ndarray, " m"]:
        """Further t, `count` in each of the two intervals beside the largest rise of the loss, equally spaced."""
        middle = int(np.clip(self.rise("loss").argmax(), 1, len(self.t) - 2))
        at = self.t[middle - 1 : middle + 2]
        shares = np.arange(1, count + 1) / (count + 1)
        further: np.ndarray = at[:-1, None] + np.diff(at)[:, None] * shares
        return further.ravel()

    def merged(self, other: LossProfile) -> LossProfile:
        """Two profiles as one, by ascending t."""
        t = np.concatenate([self.t, other.t])
        order = t.argsort(kind="stable")
        loss, accuracy = (
            np.concatenate([getattr(one.found, name) for one in (self, other)])[order] for name in ("loss", "accuracy")
        )
        return LossProfile(t[order], Evaluation(loss, accuracy))


@dataclass(frozen=True)
class Way:
    """The straight line between two weight vectors.

    Args:
        start, end: what they are: a corner by its number, or the independent network.
        along: split → loss and accuracy.
    """

    start: str
    end: str
    along: Mapping[str, LossProfile]

    @property
    def leads_to_network(self) -> bool:
        """Whether the line leaves the subspace and ends at the independent network."""
        return self.end == NETWORK

    def barrier(self, split: str, quantity: QuantityName) -> float | None:
        """The largest rise above the line between the end values, at least 0; None for errors in a regression."""
        return self.along[split].barrier(quantity)


@dataclass(frozen=True)
class Ways:
    """Straight lines that are evaluated together.

    Args:
        ends: the weight vectors between which they lead, `[K]`.
        pairs: the numbers of the two of each way.
        landscape: what is asked for the loss.
    """

    ends: Points
    pairs: Sequence[tuple[int, int]]
    landscape: Landscape

    def profiles(self, points: int, refine: int, progress: Progress) -> list[LossProfile]:
        """Profiles of all lines at equally spaced t, then at `refine` more in each interval beside the largest rise."""
        equal = torch.linspace(0, 1, points, dtype=torch.float64).numpy()
        coarse = self.evaluated(np.tile(equal, (len(self.pairs), 1)), progress)
        if refine == 0:
            return coarse
        fine = self.evaluated(np.stack([profile.beside_largest_rise(refine) for profile in coarse]), progress)
        return [first.merged(second) for first, second in zip(coarse, fine, strict=True)]

    def evaluated(self, t: Float64[np.ndarray, "w n"], progress: Progress) -> list[LossProfile]:
        """Profiles of all lines at their own t, from one evaluation."""
        coefficients = torch.zeros(*t.shape, len(self.ends), dtype=torch.float64)
        for row, at, (i, j) in zip(coefficients, torch.from_numpy(t), self.pairs, strict=True):
            row[:, i], row[:, j] = 1 - at, at
        found = self.landscape.evaluate(self.ends.combined(coefficients.flatten(0, 1)), progress)
        loss, accuracy = found.loss.reshape(t.shape), found.accuracy.reshape(t.shape)
        return [LossProfile(t[w], Evaluation(loss[w], accuracy[w])) for w in range(len(t))]
