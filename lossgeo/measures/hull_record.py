"""The record of a convex hull: random draws, and their losses beside those of the corners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float64, Int64

from lossgeo.datasets.base import Split
from lossgeo.landscape.landscape import Evaluation
from lossgeo.measures.part import rows_joined
from lossgeo.measures.record import Record, Row
from lossgeo.statistics import Interval, wilson

SPLITS: tuple[Split, ...] = ("train", "test")
Sampled = Literal["inside", "random"]
PLACES: tuple[Sampled, ...] = ("inside", "random")


@dataclass(frozen=True)
class LossComparison:
    """The losses of points beside those of their nearest corners, on the same examples.

    Args:
        difference: loss of the point − loss of its nearest corner, in the unit of the loss, `[J]`.
    """

    difference: Float64[np.ndarray, " J"]

    @property
    def lower(self) -> Interval:
        """The share of points with the lower loss, with its 95 % interval over the draws; a tie is not lower."""
        return wilson(int((self.difference < 0).sum()), len(self.difference))

    @property
    def ties(self) -> int:
        """The number of points with exactly the loss of their corner."""
        return int((self.difference == 0).sum())

    @property
    def text(self) -> str:
        """The median difference with the quantiles of 5 % and 95 %; losses that are not finite count as the largest."""
        ordered = np.sort(np.nan_to_num(self.difference, nan=np.inf, posinf=np.inf, neginf=-np.inf))
        low, middle, high = np.quantile(ordered, (0.05, 0.5, 0.95), method="nearest")
        return f"{middle:+.3g} [{low:+.3g}, {high:+.3g}]"


@dataclass(frozen=True)
class HullDraws:
    """Points of one sampling of the hull, and the random controls beside them.

    Args:
        face: how many corners a point mixes; as many as there are for the whole hull.
        weights: a, `[J P]`.
        nearest: place of the nearest corner, `[J]`.
        distance: to it, of the point inside and of its control alike, weight distance, `[J]`.
        inside: split → loss and accuracy of the points, `[J]`.
        random: split → the same of the controls.
    """

    face: int
    weights: Float64[np.ndarray, "J P"]
    nearest: Int64[np.ndarray, " J"]
    distance: Float64[np.ndarray, " J"]
    inside: Mapping[str, Evaluation]
    random: Mapping[str, Evaluation]

    @classmethod
    def joined(cls, parts: Sequence[HullDraws]) -> HullDraws:
        """One sampling of all the draws, part by part."""
        inside, random = (joined([part.at(place) for part in parts]) for place in PLACES)
        return replace(rows_joined(parts, "weights", "nearest", "distance"), inside=inside, random=random)

    def at(self, place: Sampled) -> Mapping[str, Evaluation]:
        """The evaluations inside the hull, or at the random controls."""
        return self.inside if place == "inside" else self.random


@dataclass(frozen=True)
class HullRecord(Record):
    """The hull of P corners, one sampling after the other; the first is that of the whole hull.

    Args:
        examples: how many training examples the losses are means over.
        corners: split → loss and accuracy of every corner, `[P]`.
        between: distances of all pairs of corners, weight distance, `[P (P − 1) / 2]`.
        origins: what the corners were trained from → the distance of every corner to it, `[P]`.
        samplings: the draws.
    """

    examples: int
    corners: Mapping[str, Evaluation]
    between: Float64[np.ndarray, " pairs"]
    origins: Mapping[str, Float64[np.ndarray, " P"]]
    samplings: tuple[HullDraws, ...]

    columns: ClassVar[tuple[str, ...]] = (
        *("mixed_corners", "split", "draw", "nearest_corner", "distance_weight_distance", "loss_nearest"),
        *(f"loss_{place}" for place in PLACES),
        *(f"is_{place}_lower" for place in PLACES),
        "accuracy_nearest",
        *(f"accuracy_{place}" for place in PLACES),
        "mean_corner_distance_weight_distance",
    )

    @property
    def whole(self) -> HullDraws:
        """The draws from the whole hull, those of the published algorithm."""
        return self.samplings[0]

    def of_face(self, face: int | None) -> HullDraws | None:
        """The draws from faces with that number of corners, or from the whole hull for None; None if there are none."""
        if face is None:
            return self.whole
        return next((draws for draws in self.samplings[1:] if draws.face == face), None)

    def called(self, draws: HullDraws) -> str:
        """The name of a sampling in words."""
        return "the whole hull" if draws is self.whole else f"faces of {draws.face} corners"

    def nearest(self, draws: HullDraws, split: str) -> Evaluation:
        """Loss and accuracy of the nearest corner of every draw, `[J]`."""
        found = self.corners[split]
        return Evaluation(found.loss[draws.nearest], found.accuracy[draws.nearest])

    def compare(self, draws: HullDraws, place: Sampled, split: str | None = None) -> LossComparison:
        """The losses inside, or of the random controls, beside those of the nearest corners; of the first split."""
        split = next(iter(self.corners)) if split is None else split
        with np.errstate(invalid="ignore"):  # two that are infinite differ by NaN, which is not lower
            return LossComparison(draws.at(place)[split].loss - self.nearest(draws, split).loss)

    def table(self) -> list[Row]:
        """A row for every sampling, split and draw."""
        return [
            {
                "mixed_corners": draws.face,
                "split": split,
                "draw": draw,
                **row,
                "mean_corner_distance_weight_distance": self.between.mean(),
            }
            for draws in self.samplings
            for split in self.corners
            for draw, row in enumerate(self._rows(draws, split))
        ]

    def _rows(self, draws: HullDraws, split: str) -> Iterator[Row]:
        nearest = self.nearest(draws, split)
        found = {place: draws.at(place)[split] for place in PLACES}
        columns = {
            "nearest_corner": draws.nearest + 1,
            "distance_weight_distance": draws.distance,
            "loss_nearest": nearest.loss,
            **{f"loss_{place}": found[place].loss for place in PLACES},
            **{f"is_{place}_lower": self.compare(draws, place, split).difference < 0 for place in PLACES},
            "accuracy_nearest": nearest.accuracy,
            **{f"accuracy_{place}": found[place].accuracy for place in PLACES},
        }
        return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def joined(blocks: Sequence[Mapping[str, Evaluation]]) -> dict[str, Evaluation]:
    """Evaluations of blocks of points, split by split, as those of all points."""
    return {split: rows_joined([block[split] for block in blocks], "loss", "accuracy") for split in blocks[0]}
