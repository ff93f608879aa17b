"""Loss and accuracy along a subspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import ClassVar, Self, get_args

import numpy as np
from jaxtyping import Float64
from pydantic import Field

from lossgeo.analyses.base import SHARED_COST, Analysis, ComparisonNeed, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.landscape.landscape import Evaluation
from lossgeo.lazy import torch
from lossgeo.measures.progress import part
from lossgeo.measures.quantity import Quantity, shown
from lossgeo.measures.record import Record, Row, Values
from lossgeo.statistics import Interval, over_seeds

SPLITS: tuple[Split, ...] = get_args(Split)
SHOWN: Split = "validation"


@dataclass(frozen=True)
class PathRecord(Record):
    """Evaluations on each split: along the route, at the corners, inside, and at the independent network.

    Args:
        s: positions on the route, `[n]`.
        route: split → loss and accuracy at s, `[n]`.
        corners: split → the same at the ends or vertices, in their order, `[c]`.
        inside: split → the same at uniform draws from the domain, `[m]`; m = 0 for curves, where the route is all.
        network: split → the same of the independent network, `[1]`; empty where there is none.
    """

    s: Float64[np.ndarray, " n"]
    route: Mapping[str, Evaluation]
    corners: Mapping[str, Evaluation]
    inside: Mapping[str, Evaluation]
    network: Mapping[str, Evaluation]

    columns: ClassVar[tuple[str, ...]] = ("split", "place", "s", "loss", "accuracy")

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits, or that of the one landscape, in their order."""
        return tuple(self.route)

    def uniform(self, split: str) -> Evaluation:
        """Points spread evenly over the domain: the inside of a simplex, the route of a curve."""
        inside = self.inside[split]
        return inside if len(inside.loss) else self.route[split]

    def everywhere(self, split: str) -> Evaluation:
        """Points of the route, the corners and the inside together."""
        parts = (self.route[split], self.corners[split], self.inside[split])
        return Evaluation(
            loss=np.concatenate([part.loss for part in parts]),
            accuracy=np.concatenate([part.accuracy for part in parts]),
        )

    def table(self) -> list[Row]:
        """A row for every split and weight vector."""
        rows: list[Row] = []
        for split in self.splits:
            for place, found in self._places():
                for i, (loss, accuracy) in enumerate(zip(found[split].loss, found[split].accuracy, strict=True)):
                    s = float(self.s[i]) if place == "route" else None
                    rows.append({"split": split, "place": place, "s": s, "loss": loss, "accuracy": accuracy})
        return rows

    def _places(self) -> tuple[tuple[str, Mapping[str, Evaluation]], ...]:
        own = (("route", self.route), ("corner", self.corners), ("inside", self.inside))
        return (*own, ("network", self.network)) if self.network else own


class Path(Analysis, kind="path"):
    """Loss and accuracy on train, validation and test along the subspace, beside the independently trained network.

    A curve is followed from end to end, a simplex around its edges; the inside of a simplex is sampled as well. The
    route of a network on its own is one point.
    """

    least_dimension: ClassVar[int] = 0
    record: ClassVar[type[Record]] = PathRecord

    points: int = Field(default=41, ge=2, description="number of equally spaced points along the route")
    inside: int = Field(
        default=64, ge=0, description="number of points drawn from the inside of a subspace of 2 or more dimensions"
    )

    def comparison(self, family: Family) -> ComparisonNeed:  # noqa: ARG002  # of any family
        # A path can be read without an independent network.
        return "optional"

    def columns(self, family: Family) -> Mapping[str, Values]:
        inside = ("inside",) if family.dimension > 1 and self.inside else ()
        return {**super().columns(family), "split": SPLITS, "place": ("route", "corner", *inside, "network")}

    def compute(self, subject: Subject) -> PathRecord:
        count = self.points if subject.family.dimension > 0 else 1
        s = torch.linspace(0, 1, count, dtype=torch.float64)
        draws = self.inside if subject.family.dimension > 1 else 0
        inside = subject.family.sample(draws, subject.stream("inside"))
        parts = [subject.family.route(s), subject.family.corners, inside]
        points = subject.subspace.at(torch.cat(parts))
        along: dict[str, Evaluation] = {}
        alone: dict[str, Evaluation] = {}
        splits = subject.task.splits(*SPLITS)
        for i, split in enumerate(splits):
            landscape = subject.landscape(split)
            along[split] = landscape.evaluate(
                points,
                part(subject.progress, i, len(splits), split),
            )
            if subject.independent is not None:
                alone[split] = landscape.evaluate(subject.independent)
        route, corners, inside_found = (
            {split: Evaluation(found.loss[part], found.accuracy[part]) for split, found in along.items()}
            for part in _slices([len(part) for part in parts])
        )
        return PathRecord(s=s.numpy(), route=route, corners=corners, inside=inside_found, network=alone)

    @classmethod
    def headline(cls, results: Sequence[Result[PathRecord]]) -> Headline:
        """Validation loss, and accuracy where there is one, of every subspace and of the independent networks."""
        task = results[0].task
        (split,) = task.splits(SHOWN)
        loss, *shares = shown(task, "loss", "accuracy")
        losses = _numbers(results, loss)
        alone, means = _said(losses)
        along = spoken([f"{mean} ({name})" for mean, name in zip(means, by_subspace(results), strict=True)])
        called = "loss" if shares else loss.label
        beside = f" of independent networks is {alone[0]}, and" if alone else " is"
        sentence = f"The {task.on(split, called)}{beside} {along} on average over the subspaces"
        everywhere = [result.record.everywhere(split) for result in results]
        if not shares:
            most = max(float(found.loss.max()) for found in everywhere)
            return Headline(f"{sentence}, at no evaluated point more than {most:{loss.digits(3)}}.", losses)
        (accuracy,) = shares
        accuracies = _numbers(results, accuracy)
        alone, means = _said(accuracies)
        least = min(float(found.accuracy.min()) for found in everywhere)
        beside = f"{alone[0]}, and " if alone else ""
        sentence += (
            f"; the accuracy is {beside}{spoken(means)}, at no evaluated point less than {least:{accuracy.digits(3)}}."
        )
        return Headline(sentence, accuracies, losses)

    def evaluations(self, family: Family) -> float:
        # The splits are about seven test sets; a shared first layer counts its basis vectors, not the points.
        return 7.0 * (min(self.points, family.anchors) + self.points * SHARED_COST)

    def smoke(self) -> Self:
        return self.model_copy(update={"points": 5, "inside": 4})


ALONE = "independent network"


def _said(numbers: Mapping[str, tuple[Interval, str]]) -> tuple[list[str], list[str]]:
    """The mean of the independent networks, if there is one, and those of the subspaces, as they are printed."""
    printed = {label: f"{interval.mean:{spec}}" for label, (interval, spec) in numbers.items()}
    alone = [mean for label, mean in printed.items() if label.endswith(ALONE)]
    return alone, list(printed.values())[len(alone) :]


def _numbers(results: Sequence[Result[PathRecord]], quantity: Quantity) -> dict[str, tuple[Interval, str]]:
    """Numbers over seeds, on validation where there are splits: independent networks, if any, then every subspace.

    Several networks of a seed are averaged, each counted once.
    """
    task = results[0].task
    (split,) = task.splits(SHOWN)
    networks: dict[int | None, dict[tuple[float, float], float]] = {}
    for result in results:
        if result.record.network:
            found_there = result.record.network[split]
            same = float(found_there.loss[0]), float(found_there.accuracy[0])
            networks.setdefault(result.seed, {})[same] = float(quantity.of(found_there)[0])
    found: dict[str, list[float]] = {}
    if networks:
        found[f"{quantity.on(split)}, {ALONE}"] = [float(np.mean(list(own.values()))) for own in networks.values()]
    for name, group in by_subspace(results).items():
        means = [quantity.of(result.record.uniform(split)).mean() for result in group]
        found[f"mean {quantity.on(split)}, {name}"] = means
    return {label: (over_seeds(values, quantity.within), quantity.digits(3)) for label, values in found.items()}


def _slices(lengths: Sequence[int]) -> Iterator[slice]:
    """The places of parts with these lengths, one after the other."""
    ends = list(accumulate(lengths, initial=0))
    return (slice(start, end) for start, end in pairwise(ends))
