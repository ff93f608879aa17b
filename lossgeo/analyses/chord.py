"""Whether a bent subspace has lower loss than the straight subspace between its corners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from jaxtyping import Float64
from pydantic import Field

from lossgeo.analyses.base import SHARED_COST, Analysis, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline
from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.geometry.simplex import barycentric_coordinates
from lossgeo.landscape.landscape import Evaluation
from lossgeo.lazy import torch
from lossgeo.measures.quantity import Quantity, QuantityName, shown, values
from lossgeo.measures.record import Record, Row, Values
from lossgeo.statistics import Interval, over_seeds


@dataclass(frozen=True)
class ChordRecord(Record):
    """Evaluations of the subspace and of its chord at the same positions.

    Args:
        split: the examples.
        t: uniform draws from the domain, `[n k]`.
        subspace: loss and accuracy at θ(t), `[n]`.
        chord: the same at Σᵢ aᵢ(t) θ(cᵢ), `[n]`.
        corners: the same at the corners, the ends of a curve, `[m]`.
        distance: between the two points of each t, weight distance, `[n]`; a curve that is straight but uneven in speed
            is apart from its chord too.
    """

    split: str
    t: Float64[np.ndarray, "n k"]
    subspace: Evaluation
    chord: Evaluation
    corners: Evaluation
    distance: Float64[np.ndarray, " n"]

    columns: ClassVar[tuple[str, ...]] = (
        "split",
        *(f"{what}_{which}" for what in ("loss", "accuracy") for which in ("subspace", "chord", "difference")),
        "distance_weight_distance",
    )

    @property
    def is_straight(self) -> bool:
        """Whether the chord is the subspace itself, point by point."""
        return not self.distance.any()

    def difference(self, name: QuantityName) -> Float64[np.ndarray, " n"]:
        """The difference of a quantity, subspace minus chord, draw by draw."""
        found: np.ndarray = values(self.subspace, name) - values(self.chord, name)
        return found

    def paired(self, name: QuantityName) -> Interval:
        """The mean difference, subspace minus chord, with its 95 % interval over the draws (Student's t, paired).

        It says how well the draws know the mean over *this* subspace on *these* examples. Draws of one subspace are
        not networks trained independently, so an interval over seeds is the one to trust.
        """
        return over_seeds(self.difference(name))

    def table(self) -> list[Row]:
        """A row for every draw."""
        names = _coordinates(self.t.shape[1])
        accuracy, loss = self.difference("accuracy"), self.difference("loss")
        return [
            {
                "split": self.split,
                **dict(zip(names, self.t[i], strict=True)),
                "loss_subspace": self.subspace.loss[i],
                "loss_chord": self.chord.loss[i],
                "loss_difference": loss[i],
                "accuracy_subspace": self.subspace.accuracy[i],
                "accuracy_chord": self.chord.accuracy[i],
                "accuracy_difference": accuracy[i],
                "distance_weight_distance": self.distance[i],
            }
            for i in range(len(self.t))
        ]


class Chord(Analysis, kind="chord"):
    """Loss and accuracy at random points of the subspace, paired with the same points of the chord between its corners.

    The chord is Σᵢ aᵢ(t) θ(cᵢ), where cᵢ are the corners of the domain and a = (1 − Σⱼ tⱼ, t₁, …, t_k) the barycentric
    coordinates of t: (1 − t) θ(0) + t θ(1) for a curve. For a simplex it is the same point. Chen and Saidi, 2023,
    section 3.2: is the bend of a curve needed?
    """

    record: ClassVar[type[Record]] = ChordRecord

    samples: int = Field(default=200, ge=2, le=100_000, description="number of points drawn uniformly from the domain")
    split: Split = Field(default="test", description="examples to evaluate on")

    def columns(self, family: Family) -> Mapping[str, Values]:
        coordinates = dict.fromkeys(_coordinates(family.dimension))
        return {**super().columns(family), "split": (self.split,), **coordinates}

    def compute(self, subject: Subject) -> ChordRecord:
        # The subspace, its chord and the corners are combinations of one basis, so one evaluation is enough.
        family = subject.family
        t = family.sample(self.samples, subject.stream("samples"))
        every = family.features(family.corners, subject.fitted.own)
        corners = every[[0, -1]] if family.dimension == 1 else every  # a chain has corners between its ends
        bent = family.features(t, subject.fitted.own)
        straight = barycentric_coordinates(t) @ corners
        points = subject.subspace.points(torch.cat([bent, straight, corners]))
        found = subject.landscape(self.split).evaluate(points, subject.progress)
        n = self.samples
        subspace, chord, ends = (
            Evaluation(found.loss[rows], found.accuracy[rows])
            for rows in (slice(n), slice(n, 2 * n), slice(2 * n, None))
        )
        apart = ((bent - straight) @ subject.subspace.coordinates_of_basis).norm(dim=1)
        (split,) = subject.task.splits(self.split)
        return ChordRecord(split, t.numpy(), subspace, chord, ends, apart.numpy())

    @classmethod
    def headline(cls, results: Sequence[Result[ChordRecord]]) -> Headline | None:
        """Accuracies, or losses, of subspace and chord and their difference, over seeds; None if none is bent."""
        numbers: dict[str, tuple[Interval, str]] = {}
        more: dict[str, tuple[Interval, str]] = {}
        parts = []
        task = results[0].task
        first, *others = shown(task, "accuracy", "loss")
        subjects = "networks reach" if task.has_examples else "weights have"
        spec, signed = first.digits(4), first.differences.spec
        called, unit = (first.name, " percentage points") if first.is_share else (first.label, "")
        for name, found in by_subspace(results).items():
            records, split = [result.record for result in found], found[0].record.split
            if all(record.is_straight for record in records):
                continue
            bent = over_seeds((float(first.of(record.subspace).mean()) for record in records), first.within)
            straight = over_seeds((float(first.of(record.chord).mean()) for record in records), first.within)
            difference = _over_seeds(records, first)
            parts.append(
                f"On {name}, {subjects} a {task.on(split, called)} of {bent.mean:{spec}}, on the chord between its "
                f"ends {straight.mean:{spec}}: a difference of {difference.text(signed)}{unit}."
            )
            measured = f"{first.name} in{unit}" if first.is_share else first.label
            numbers[f"{task.on(split, measured)}, {name} minus its chord"] = (difference, signed)
            for other in others:
                label = f"{other.on(split)}, {name} minus its chord"
                more[label] = (_over_seeds(records, other), other.differences.spec)
            more[f"{first.on(split)}, {name}"] = (bent, spec)
            more[f"{first.on(split)}, chord of {name}"] = (straight, spec)
        return Headline(" ".join(parts), numbers, more) if parts else None

    def evaluations(self, family: Family) -> float:
        # The basis vectors, then two points a draw with a shared first layer.
        return family.anchors + 2 * self.samples * SHARED_COST

    def smoke(self) -> Self:
        return self.model_copy(update={"samples": 5})


def _coordinates(dimension: int) -> list[str]:
    """The names of the coordinates of a domain."""
    return ["t"] if dimension == 1 else [f"t{i + 1}" for i in range(dimension)]


def _over_seeds(records: Sequence[ChordRecord], quantity: Quantity) -> Interval:
    """The difference of subspace and chord over seeds, each the mean over its draws."""
    told = quantity.differences
    return over_seeds((told.factor * record.paired(quantity.name).mean for record in records), told.within)
