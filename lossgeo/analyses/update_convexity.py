"""Whether the loss is convex between two stochastic updates of the same weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from jaxtyping import Float, Float64
from pydantic import Field

from lossgeo.analyses.base import Analysis, Result, Subject
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.analyses.shared import by_group, few, of_corners, too_many_examples
from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.part import rows_joined
from lossgeo.measures.record import Record, Values
from lossgeo.measures.update_record import UpdateRecord
from lossgeo.networks.made_of import Surroundings
from lossgeo.statistics import SHARE, Interval, over_seeds

if TYPE_CHECKING:
    from torch import Tensor

MIDDLE = ((1.0, 0.0), (0.0, 1.0), (0.5, 0.5))
"""Two points and the one halfway between them, as combinations of the two."""

COST_OF_PAIR = 3 * (1 + 2)
"""Forward passes: three points, in float32 and, in twice the time, in float64."""

COST_OF_UPDATES = 0.15
"""Test sets of ten thousand that two steps with a batch of 128 take the time of, in float64."""


@dataclass(frozen=True)
class _Pair:
    """The numbers of one pair of updates; see `UpdateRecord`."""

    gap: float
    gap_single: float
    loss: float
    distance: float


class UpdateConvexity(Analysis, kind="update_convexity"):
    """The probability that the training loss halfway between two stochastic updates is below the mean of their losses.

    At every corner θ, pairs θ₁ and θ₂ are made by one step of the training each, with random batches of their own, and
    g = L((θ₁ + θ₂)/2) − (L(θ₁) + L(θ₂))/2 is negative where L is convex between them: Yunis et al., *On Convexity and
    Linear Mode Connectivity in Neural Networks*, 2022, appendix B. On a quadratic g = −⅛ δᵀHδ with δ = θ₁ − θ₂, far
    below what float32 can tell at small learning rates; so it is evaluated in float64, and in float32 for comparison.
    Where units have kinks (ReLU), pairs on both sides of one add to g what no second derivative has: as much, with many
    examples, as the Hessian does.
    """

    least_dimension: ClassVar[int] = 0
    record: ClassVar[type[Record]] = UpdateRecord
    needs_training: ClassVar[bool] = True
    needs_examples: ClassVar[bool] = True

    pairs: int = Field(
        default=32, ge=1, le=100_000, description="number of pairs of stochastic updates, at every corner"
    )
    examples: int = Field(default=1000, ge=1, description="use only the first N training examples for the losses")

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        yield from super().faults(study)
        yield from too_many_examples(self, study, "train")

    def columns(self, family: Family) -> Mapping[str, Values]:
        return {**super().columns(family), **of_corners(family)}

    def compute(self, subject: Subject) -> UpdateRecord:
        # Every corner has a random stream of its own.
        landscape = subject.landscape("train").first(self.examples)
        rows, epochs = subject.part.of(len(subject.corners)), subject.family.corner_epochs
        found = [self._at(i, landscape, subject) for i in range(rows.start, rows.stop)]

        def every(name: str) -> Float64[np.ndarray, "m p"]:
            return np.array([[getattr(pair, name) for pair in pairs] for pairs in found], dtype=np.float64)

        return UpdateRecord(
            examples=landscape.size,
            epochs=None if epochs is None else epochs[rows],
            gap=every("gap"),
            gap_single=every("gap_single"),
            loss=every("loss"),
            distance=every("distance"),
        )

    def parts(self, family: Family) -> int:
        return family.corner_count

    def joined(self, parts: Sequence[UpdateRecord]) -> UpdateRecord:
        """The corners of the parts one after the other."""
        return rows_joined(parts, "epochs", "gap", "gap_single", "loss", "distance")

    def _at(self, corner: int, landscape: Landscape, subject: Subject) -> list[_Pair]:
        corners, generator = subject.corners, subject.stream(f"updates/{corner}")
        pairs = []
        for i in range(self.pairs):
            ends = torch.stack([subject.updated(corner, generator) for _ in range(2)])
            pairs.append(_pair(ends, corners.rows(slice(corner, corner + 1)).statistics, landscape))
            rows = subject.part.of(len(corners))
            done = (corner - rows.start + (i + 1) / self.pairs) / (rows.stop - rows.start)
            subject.progress(done, f"corner {corner + 1}/{len(corners)}, pair {i + 1}/{self.pairs}")
        return pairs

    @classmethod
    def headline(cls, results: Sequence[Result[UpdateRecord]]) -> Headline:
        """The mean of P[g < 0] over the corners of every entry of the spec, and its range."""
        numbers: dict[str, tuple[Interval, str]] = {}
        parts = []
        for name, found in by_group(results).items():
            shares = [[share.mean for share in result.record.negative] for result in found]
            by_seed: dict[int | None, list[float]] = {}
            for result, values in zip(found, shares, strict=True):
                by_seed.setdefault(result.seed, []).extend(values)
            interval = over_seeds((float(np.mean(values)) for values in by_seed.values()), SHARE)
            least, most = min(map(min, shares)), max(map(max, shares))
            parts.append(f"{interval.mean:.3f} ({name}; from {least:.2f} to {most:.2f})")
            numbers[f"P[g < 0] between updates, {name}"] = (interval, ".3f")
        sentence = f"Between two stochastic updates the training loss is convex with probability {spoken(parts)}."
        return Headline(sentence, numbers)

    def evaluations(self, family: Family) -> float:
        # Three points a pair, in float64 and in float32, on a part of a test set of ten thousand, and the steps.
        return family.corner_count * self.pairs * (COST_OF_PAIR * self.examples / 10_000 + COST_OF_UPDATES)

    def smoke(self) -> Self:
        return self.model_copy(update={"pairs": min(self.pairs, 2), "examples": few(self.examples)})


def _pair(ends: Float64[Tensor, "2 D"], statistics: Float[Tensor, "1 S"] | None, landscape: Landscape) -> _Pair:
    """The gap between two updates of a corner; kept BatchNorm statistics of the corner hold for both."""
    kept = None if statistics is None else statistics.expand(len(MIDDLE), -1)
    middle = torch.tensor(MIDDLE, dtype=torch.float64)
    exact, single = Points(middle, ends, kept).double(), Points(middle, ends.float(), kept)
    (gap, loss), (gap_single, _) = (_gap(landscape.evaluate(points).loss.tolist()) for points in (exact, single))
    return _Pair(gap, gap_single, loss, float((ends[0] - ends[1]).norm()))


def _gap(losses: Sequence[float]) -> tuple[float, float]:
    """The gap of the losses at two ends and halfway, and the mean of the ends."""
    first, second, middle = losses
    mean = (first + second) / 2
    return middle - mean, mean
