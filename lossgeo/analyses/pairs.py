"""How far apart and how different networks are, two by two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from jaxtyping import Float, Float64, Int64
from pydantic import Field

from lossgeo.analyses.base import SHARED_COST
from lossgeo.analyses.headline import Headline
from lossgeo.analyses.joint import JointAnalysis, Subjects
from lossgeo.analyses.shared import few, too_many_examples
from lossgeo.datasets.base import Split
from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.landscape.landscape import Landscape, Progress
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.pairs_record import PairsRecord
from lossgeo.measures.progress import part
from lossgeo.measures.quantity import chosen
from lossgeo.measures.record import Record
from lossgeo.measures.way import LossProfile, Ways
from lossgeo.networks.made_of import Surroundings
from lossgeo.statistics import POSITIVE, SHARE, Interval, over_seeds

if TYPE_CHECKING:
    from torch import Tensor

Pair = tuple[int, int]
ORIGINS = ("split", "initialisation")
"""Weights that networks may both have been trained from, the latest first."""


class Pairs(JointAnalysis, kind="pairs"):
    """Distance, angle, disagreement and linear barrier between every two networks, corners of subspaces among them.

    The disagreement is the share of examples that two networks answer differently: Fort, Hu and Lakshminarayanan 2019
    (arXiv:1912.02757). The barrier is the highest rise of the loss on the straight line above the line between the
    losses of its ends, as that of the analysis `barrier`. Displacements are seen from the weights that both were
    trained from.
    """

    record: ClassVar[type[Record]] = PairsRecord

    points: int = Field(
        default=25,
        ge=3,
        le=10_000,
        description="number of points on the straight line of each pair, both ends included",
    )
    split: Split = Field(default="test", description="examples to evaluate on")
    examples: int | None = Field(
        default=None, ge=1, description="use only the first N examples of the split; null: all"
    )

    def needs_of_all(self, families: Sequence[Family]) -> str | None:
        """Two networks at least."""
        corners = sum(family.corner_count for family in families)
        return None if corners > 1 else "two networks or corners at least, to be compared with one another"

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        yield from super().faults(study)
        yield from too_many_examples(self, study, self.split)

    def compare(self, subjects: Subjects) -> PairsRecord:
        """The networks, then the straight lines between them, all on the same examples."""
        landscape = subjects.landscape(self.split)
        if self.examples is not None:
            landscape = landscape.first(self.examples)
        corners, progress = subjects.corners, subjects.progress
        alone = landscape.evaluate(corners, part(progress, 0, 3, "networks"))
        profiles = self._profiles(corners, landscape, part(progress, 2, 3, "straight lines"))
        (split,) = subjects.task.splits(self.split)
        weights, m = corners.dense(), len(corners)
        return PairsRecord(
            split=split,
            names=subjects.corner_names,
            loss=alone.loss,
            accuracy=alone.accuracy,
            distance=_matrix(m, {(i, j): float(_from(weights[j], weights[i]).norm()) for i, j in _pairs(m)}, 0.0),
            cosine=_matrix(m, {(i, j): _cosine(weights[i], weights[j]) for i, j in _pairs(m)}, 1.0),
            cosine_of_displacements=_displacements(weights, subjects),
            disagreement=_disagreement(corners, landscape, part(progress, 1, 3, "answers"))
            if subjects.task.has_accuracy
            else np.full((m, m), np.nan),
            barrier_loss=_matrix(m, {pair: profile.barrier("loss") for pair, profile in profiles.items()}, 0.0),
            barrier_error=_matrix(m, {pair: profile.barrier("error") for pair, profile in profiles.items()}, 0.0),
        )

    def _profiles(self, corners: Points, landscape: Landscape, progress: Progress) -> dict[Pair, LossProfile]:
        pairs = _pairs(len(corners))
        if not pairs:
            return {}
        return dict(zip(pairs, Ways(corners, pairs, landscape).profiles(self.points, 0, progress), strict=True))

    @classmethod
    def headline(cls, results: Sequence[Any]) -> Headline:
        """How far apart two networks are, how often they disagree, and the highest barrier between any two."""
        records: list[PairsRecord] = [result.record for result in results]
        task, split = results[0].task, records[0].split
        quantity = chosen(task)
        apart = over_seeds((float(record.of_pairs("distance").mean()) for record in records), POSITIVE)
        highest = over_seeds((float(record.of_pairs(f"barrier_{quantity.name}").max()) for record in records), POSITIVE)
        numbers: dict[str, tuple[Interval, str]] = {"mean distance of two networks": (apart, ".2f")}
        said = f"Two networks are {apart.mean:.3g} apart on average"
        if task.has_accuracy:
            differ = over_seeds((float(record.of_pairs("disagreement").mean()) for record in records), SHARE)
            numbers[f"{split} answers on which two networks differ"] = (differ, ".3f")
            said += f" and differ in {100 * differ.mean:.1f} % of their {split} answers"
        label = f"highest barrier in {task.on(split, quantity.label)} between two networks"
        numbers[label] = (highest, quantity.digits(4))
        sentence = (
            f"{said}; on the straight line between two the {task.on(split, quantity.label)} rises by at most "
            f"{highest.mean:{quantity.digits(4)}}."
        )
        return Headline(sentence, {}, numbers)

    def evaluations(self, family: Family) -> float:
        return self.evaluations_of_all([family])

    def evaluations_of_all(self, families: Sequence[Family]) -> float:
        """Every network twice, and the straight lines with a shared first layer."""
        corners = sum(family.corner_count for family in families)
        sets = 1.0 if self.examples is None else self.examples / 10_000
        return sets * (2 * corners + corners * (corners - 1) / 2 * self.points * SHARED_COST)

    def smoke(self) -> Self:
        """Five points, and few examples."""
        return self.model_copy(update={"points": 5, "examples": few(self.examples)})


def _pairs(m: int) -> list[Pair]:
    return list(combinations(range(m), 2))


def _matrix(m: int, found: dict[Pair, float | None] | dict[Pair, float], diagonal: float) -> Float64[np.ndarray, "m m"]:
    """The symmetric matrix of what was found for pairs; NaN where there is nothing."""
    matrix = np.full((m, m), np.nan)
    for (i, j), value in found.items():
        matrix[i, j] = matrix[j, i] = np.nan if value is None else value
    np.fill_diagonal(matrix, diagonal)
    return matrix


def _from(theta: Float[Tensor, " D"], origin: Float[Tensor, " D"]) -> Float64[Tensor, " D"]:
    """θ − origin, in float64, so that nothing is lost where they are near."""
    return theta.double() - origin.double()


def _cosine(a: Float[Tensor, " D"], b: Float[Tensor, " D"]) -> float:
    """NaN where a vector is zero, which has no direction."""
    first, second = a.double(), b.double()
    lengths = float(first.norm() * second.norm())
    return max(-1.0, min(1.0, float(first @ second) / lengths)) if lengths > 0 else float("nan")


def _displacements(weights: Float[Tensor, "m D"], subjects: Subjects) -> Float64[np.ndarray, "m m"]:
    """The cosine of the ways from a common origin, for the pairs that have one; a network's own is 1."""
    shared = {pair: _common(*(subjects.owners[i].origins for i in pair)) for pair in _pairs(len(weights))}
    found = {
        (i, j): _cosine(_from(weights[i], origin), _from(weights[j], origin))
        for (i, j), origin in shared.items()
        if origin is not None
    }
    return _matrix(len(weights), found, 1.0)


def _common(one: Any, other: Any) -> Tensor | None:
    """The latest weights that two subjects were both trained from."""
    both = (name for name in ORIGINS if name in one and name in other)
    return next((one[name] for name in both if torch.equal(one[name], other[name])), None)


def _disagreement(corners: Points, landscape: Landscape, progress: Progress) -> Float64[np.ndarray, "m m"]:
    answers: Int64[np.ndarray, "m A"] = landscape.answers(corners, progress)
    differ = {(i, j): float((answers[i] != answers[j]).mean()) for i, j in _pairs(len(answers))}
    return _matrix(len(answers), differ, 0.0)
