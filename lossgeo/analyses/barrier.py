"""Barriers on the straight lines between the corners of a subspace, and from them to an independent network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field

from lossgeo.analyses.base import SHARED_COST, Analysis, ComparisonNeed, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.analyses.shared import few, too_many_examples
from lossgeo.datasets.base import Split
from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.progress import part
from lossgeo.measures.quantity import Quantity, QuantityName, chosen
from lossgeo.measures.record import Record, Row, Values
from lossgeo.measures.way import NETWORK, LossProfile, Way, Ways
from lossgeo.networks.made_of import Surroundings
from lossgeo.statistics import POSITIVE, Interval, over_seeds

if TYPE_CHECKING:
    from torch import Tensor

SPLITS: tuple[Split, ...] = ("train", "test")
Pair = tuple[int, int]


@dataclass(frozen=True)
class BarrierRecord(Record):
    """Loss and accuracy on straight lines among the corners of a subspace and the independent network.

    Args:
        points: number of equally spaced t on every line, before its largest rise was refined.
        pairs: number of pairs of different corners; the lines between corners may be a draw of them.
        ways: the straight lines, each between two different weight vectors.
    """

    points: int
    pairs: int
    ways: tuple[Way, ...]

    columns: ClassVar[tuple[str, ...]] = (
        *("start", "end", "split", "barrier_loss", "barrier_error"),
        *("largest_loss", "largest_error", "t_of_largest_loss"),
    )

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits, or that of the one landscape; none without ways."""
        return tuple(self.ways[0].along) if self.ways else ()

    def between_corners(self, split: str, quantity: QuantityName) -> list[float]:
        """The barriers between corners; empty for a quantity that is not defined."""
        return self._barriers(split, quantity, to_network=False)

    def to_network(self, split: str, quantity: QuantityName) -> list[float]:
        """The barriers from corners to the independent network; empty for a quantity that is not defined."""
        return self._barriers(split, quantity, to_network=True)

    def _barriers(self, split: str, quantity: QuantityName, *, to_network: bool) -> list[float]:
        found = (way.barrier(split, quantity) for way in self.ways if way.leads_to_network == to_network)
        return [barrier for barrier in found if barrier is not None]

    def table(self) -> list[Row]:
        """A row for every straight line and split; errors are empty in a regression."""
        return [
            {"start": way.start, "end": way.end, "split": split, **_row(way.along[split])}
            for way in self.ways
            for split in way.along
        ]


class Barrier(Analysis, kind="barrier"):
    """Linear mode connectivity: the barrier between every two corners, and from each corner to the independent network.

    The barrier is the highest rise of the loss above the straight line between the losses of the ends: Frankle et al.,
    2020 (arXiv:1912.05671), with the line in place of the mean of the ends.
    """

    record: ClassVar[type[Record]] = BarrierRecord

    points: int = Field(
        default=25, ge=3, le=10_000, description="number of points on each straight line, both ends included"
    )
    refine: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="number of further points in each of the two intervals beside the largest rise of the loss",
    )
    pairs: int | None = Field(default=None, ge=1, description="use only N pairs of corners, drawn at random; null: all")
    network: bool = Field(default=True, description="whether to add lines from each corner to the independent network")
    examples: int | None = Field(
        default=None, ge=1, description="use only the first N examples of each split; null: all"
    )

    def comparison(self, family: Family) -> ComparisonNeed:  # noqa: ARG002  # of any family
        return "optional" if self.network else "none"

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        yield from super().faults(study)
        yield from too_many_examples(self, study, *SPLITS)

    def columns(self, family: Family) -> Mapping[str, Values]:
        corners = _corners(family.corner_count)
        return {**super().columns(family), "start": corners, "end": (*corners[1:], NETWORK), "split": SPLITS}

    def compute(self, subject: Subject) -> BarrierRecord:
        corners = Points.of(subject.corners.dense(), subject.corners.statistics)
        alone = subject.independent if self.network else None
        ends = corners if alone is None else corners.beside(alone)
        pairs, beyond = _different(ends.dense(), len(corners))
        drawn = sorted([*self._drawn(pairs, subject), *beyond])
        splits = subject.task.splits(*SPLITS)
        along = {split: self._along(subject, split, ends, drawn, place) for place, split in enumerate(splits)}
        names = [*_corners(len(corners)), NETWORK]
        ways = (
            Way(names[i], names[j], {split: along[split][at] for split in splits}) for at, (i, j) in enumerate(drawn)
        )
        return BarrierRecord(self.points, len(pairs), tuple(ways))

    def _drawn(self, pairs: list[Pair], subject: Subject) -> list[Pair]:
        """Random pairs without replacement, as many as the option `pairs` says, or all."""
        if self.pairs is None or len(pairs) <= self.pairs:
            return pairs
        return [pairs[i] for i in torch.randperm(len(pairs), generator=subject.stream("pairs"))[: self.pairs].tolist()]

    def _along(self, subject: Subject, split: str, ends: Points, pairs: list[Pair], place: int) -> list[LossProfile]:
        landscape = subject.landscape(split)
        if self.examples is not None:
            landscape = landscape.first(self.examples)
        progress = part(subject.progress, place, len(subject.task.splits(*SPLITS)), split)
        return Ways(ends, pairs, landscape).profiles(self.points, self.refine, progress)

    @classmethod
    def headline(cls, results: Sequence[Result[BarrierRecord]]) -> Headline | None:
        """The highest barriers of each subspace, within it and to the independent network."""
        quantity = chosen(results[0].task)
        within, beyond = (dict(_over_seeds(results, quantity, to_network=which)) for which in (False, True))
        if not within:
            return None
        what = f"highest barrier in {quantity.on('test')}"
        found = {f"{what}, within {name}": interval for name, interval in within.items()}
        found |= {f"{what}, {name} to the independent network": interval for name, interval in beyond.items()}
        numbers = {label: (interval, quantity.digits(4)) for label, interval in found.items()}
        sentence = (
            f"On straight lines between the corners of a subspace the {quantity.on('test')} rises by at most "
            f"{_enumerated(within, quantity)}"
        )
        other = f", and on those to the independent network by {_enumerated(beyond, quantity)}" if beyond else ""
        return Headline(f"{sentence}{other}.", {}, numbers)

    def evaluations(self, family: Family) -> float:
        # Training and test examples are about six test sets.
        corners = family.corner_count
        between = corners * (corners - 1) / 2
        ways = (between if self.pairs is None else min(between, self.pairs)) + corners * self.network
        sets = 6 if self.examples is None else 2 * self.examples / 10_000
        return sets * (corners + 1 + ways * (self.points + 2 * self.refine) * SHARED_COST)

    def smoke(self) -> Self:
        fewer = {"refine": min(self.refine, 1), "examples": few(self.examples)}
        return self.model_copy(update={"points": 5, **fewer})


def _corners(count: int) -> list[str]:
    """What the corners are called."""
    return [f"corner {i + 1}" for i in range(count)]


def _row(profile: LossProfile) -> Row:
    return {
        "barrier_loss": profile.barrier("loss"),
        "barrier_error": profile.barrier("error"),
        "largest_loss": profile.largest("loss"),
        "largest_error": profile.largest("error"),
        "t_of_largest_loss": float(profile.t[profile.found.loss.argmax()]),
    }


def _different(weights: Tensor, corners: int) -> tuple[list[Pair], list[Pair]]:
    """The pairs of different weight vectors: among the corners, and of a corner and what comes after them."""
    pairs = [(i, j) for i, j in combinations(range(len(weights)), 2) if not weights[i].equal(weights[j])]
    return [pair for pair in pairs if pair[1] < corners], [pair for pair in pairs if pair[1] >= corners]


def _over_seeds(
    results: Sequence[Result[BarrierRecord]], quantity: Quantity, *, to_network: bool
) -> Iterator[tuple[str, Interval]]:
    for name, found in by_subspace(results).items():
        records = [result.record for result in found]
        (split,) = quantity.task.splits("test")
        each = [(one.to_network if to_network else one.between_corners)(split, quantity.name) for one in records]
        if any(each):
            yield name, over_seeds((max(barriers) for barriers in each if barriers), POSITIVE)


def _enumerated(found: dict[str, Interval], quantity: Quantity) -> str:
    return spoken([f"{interval.mean:{quantity.digits(4)}} ({name})" for name, interval in found.items()])
