"""Barriers on the straight ways between the corners of a subspace and an independent network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf
from typing import ClassVar, Literal, Self

import numpy as np
import torch
from jaxtyping import Float64
from pydantic import Field

from lossgeo.analyses.base import SHARED_COST, Analysis, Headline, Record, Result, Row, Subject, by_subspace, listed
from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.landscape.landscape import Evaluation
from lossgeo.landscape.weights import Points
from lossgeo.statistics import Interval, over_seeds

SPLITS: tuple[Split, ...] = ("train", "test")
NETWORK = "network"
Quantity = Literal["loss", "error"]


@dataclass(frozen=True)
class Way:
    """The straight way between two weight vectors.

    Args:
        start, end: what they are: a corner by its number, or the independent network.
        along: split → loss and accuracy at the record's t, `[n]`.
    """

    start: str
    end: str
    along: Mapping[str, Evaluation]

    @property
    def leads_to_network(self) -> bool:
        """Whether it leaves the subspace for the independent network."""
        return self.end == NETWORK

    def values(self, split: Split, quantity: Quantity) -> Float64[np.ndarray, " n"]:
        """Loss (nats) or error along the way."""
        found = self.along[split]
        values: np.ndarray = found.loss if quantity == "loss" else 1 - found.accuracy
        return values

    def barrier(self, split: Split, quantity: Quantity) -> float:
        """Highest rise above the line between the ends, max over t of L(t) − ((1 − t) L(0) + t L(1)); at least 0."""
        values = self.values(split, quantity)
        return float((values - np.linspace(values[0], values[-1], len(values))).max())


@dataclass(frozen=True)
class BarrierRecord(Record):
    """All straight ways among the corners of a subspace and the independent network.

    Args:
        t: equally spaced from 0 to 1, `[n]`.
        ways: one for each pair of different weight vectors.
    """

    t: Float64[np.ndarray, " n"]
    ways: tuple[Way, ...]

    def largest(self, split: Split, quantity: Quantity, *, to_network: bool) -> float | None:
        """The highest barrier within the subspace, or to the independent network; None if there is no such way."""
        found = [way.barrier(split, quantity) for way in self.ways if way.leads_to_network == to_network]
        return max(found, default=None)

    def table(self) -> list[Row]:
        """A row for every way and split."""
        return [
            {
                "start": way.start,
                "end": way.end,
                "split": split,
                "barrier_loss_nats": way.barrier(split, "loss"),
                "barrier_error": way.barrier(split, "error"),
                "largest_loss_nats": way.values(split, "loss").max(),
                "largest_error": way.values(split, "error").max(),
                "t_of_largest_loss": self.t[way.values(split, "loss").argmax()],
            }
            for way in self.ways
            for split in SPLITS
        ]


class Barrier(Analysis, kind="barrier"):
    """Linear mode connectivity: the barrier between every two corners, and from each corner to the independent network.

    The barrier is the highest rise of the loss above the straight line between the losses of the ends: Frankle et al.,
    2020 (arXiv:1912.05671), with the line in place of the mean of the ends.
    """

    record: ClassVar[type[Record]] = BarrierRecord
    needs_network: ClassVar[bool] = True

    points: int = Field(default=25, ge=3, le=10_000, description="equally spaced along each way, both ends included")

    def compute(self, subject: Subject) -> BarrierRecord:
        """One evaluation of all ways for each split."""
        corners = subject.subspace.at(subject.family.corners).dense()
        basis = torch.cat([corners, subject.network[None]])
        names = [*(f"corner {i + 1}" for i in range(len(corners))), NETWORK]
        pairs = [(i, j) for i, j in combinations(range(len(basis)), 2) if not basis[i].equal(basis[j])]
        t = torch.linspace(0, 1, self.points, dtype=torch.float64)
        coefficients = torch.zeros(len(pairs), len(t), len(basis), dtype=torch.float64)
        for row, (i, j) in zip(coefficients, pairs, strict=True):
            row[:, i], row[:, j] = 1 - t, t
        points = Points(coefficients.flatten(0, 1), basis)
        found = {split: subject.landscape(split).evaluate(points, subject.progress) for split in SPLITS}
        ways = (
            Way(names[i], names[j], {split: _part(every, at, len(t)) for split, every in found.items()})
            for at, (i, j) in enumerate(pairs)
        )
        return BarrierRecord(t=t.numpy(), ways=tuple(ways))

    @classmethod
    def headline(cls, results: Sequence[Result[BarrierRecord]]) -> Headline | None:
        """The highest barriers in test error of each subspace, within it and to the independent network."""
        numbers: dict[str, tuple[Interval, str]] = {}
        within, beyond = [], []
        for name, interval in _over_seeds(results, to_network=False):
            within.append(f"{interval.mean:.4f} ({name})")
            numbers[f"highest barrier in test error, within {name}"] = (interval, ".4f")
        for name, interval in _over_seeds(results, to_network=True):
            beyond.append(f"{interval.mean:.4f} ({name})")
            numbers[f"highest barrier in test error, {name} to the independent network"] = (interval, ".4f")
        if not within or not beyond:
            return None
        sentence = (
            f"On straight ways between the corners of a subspace the test error rises by at most {listed(within)}, "
            f"and on those to the independent network by {listed(beyond)}."
        )
        return Headline(sentence, {}, numbers)

    def evaluations(self, family: Family) -> float:
        """Train and test are about six test sets."""
        ways = len(family.corners) * (len(family.corners) + 1) / 2
        return 6 * (len(family.corners) + 1 + ways * self.points * SHARED_COST)

    def smoke(self) -> Self:
        """Five points."""
        return self.model_copy(update={"points": 5})


def _part(every: Evaluation, at: int, n: int) -> Evaluation:
    part = slice(at * n, (at + 1) * n)
    return Evaluation(every.loss[part], every.accuracy[part])


def _over_seeds(results: Sequence[Result[BarrierRecord]], *, to_network: bool) -> Iterator[tuple[str, Interval]]:
    for name, found in by_subspace(results).items():
        highest = [result.record.largest("test", "error", to_network=to_network) for result in found]
        values = [value for value in highest if value is not None]
        if values:
            yield name, over_seeds(values, (0, inf))
