"""Whether the loss inside the convex hull of a subspace's corners is lower than at the corners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from jaxtyping import Float, Float64, Int64
from pydantic import Field, model_validator

from lossgeo.analyses.base import Analysis, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.analyses.shared import few, too_many_examples
from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.geometry.hull import Hull, barycentric
from lossgeo.landscape.landscape import Evaluation, Landscape, Progress
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.hull_record import PLACES, SPLITS, HullDraws, HullRecord, Sampled, joined
from lossgeo.measures.progress import part
from lossgeo.measures.record import Record, Values
from lossgeo.networks.made_of import Surroundings
from lossgeo.statistics import SHARE, Interval, over_seeds

if TYPE_CHECKING:
    from torch import Tensor

CONTROLS_AT_ONCE = 64
"""Number of random controls whose noise is in memory at the same time."""


class ConvexHull(Analysis, kind="convex_hull"):
    """Loss at random convex combinations of the corners, beside the nearest corner and beside random perturbations.

    For every draw a the point is Σᵢ aᵢ Wᵢ, its nearest corner the one at the least Euclidean distance r, and its
    control that corner with r ε/‖ε‖ added, ε ~ N(0, I). P_conv and P_rand are the shares of points and of controls
    with a lower training loss than that corner: Yunis et al., *On Convexity and Linear Mode Connectivity in Neural
    Networks*, 2022, algorithm 1. Uniform weights of many corners lie near the centroid, so that small faces are drawn
    from as well.
    """

    record: ClassVar[type[Record]] = HullRecord

    samples: int = Field(
        default=64, ge=1, le=1_000_000, description="number of points drawn from the hull, and from the faces"
    )
    faces: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        default=(2,), description="number of corners of the random faces to draw from, beside the whole hull; 2: edges"
    )
    examples: int | None = Field(default=None, ge=1, description="use only the first N training examples; null: all")

    @model_validator(mode="after")
    def _has_different_faces(self) -> Self:
        if len(set(self.faces)) < len(self.faces):
            raise ValueError("faces of different numbers of corners; the same one again gives the same draws")
        return self

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        yield from super().faults(study)
        yield from too_many_examples(self, study, "train")

    def columns(self, family: Family) -> Mapping[str, Values]:
        corners = family.corner_count
        return {
            **super().columns(family),
            "mixed_corners": (corners, *(face for face in self.faces if face < corners)),
            "split": SPLITS,
            "draw": range(self.samples),
            "nearest_corner": range(1, corners + 1),
        }

    def compute(self, subject: Subject) -> HullRecord:
        corners = subject.corners
        hull = Hull(corners.dense())
        first, *others = subject.task.splits(*SPLITS)
        train = subject.landscape(first)
        landscapes = {
            first: train if self.examples is None else train.first(self.examples),
            **{split: subject.landscape(split) for split in others},
        }
        faces = (len(corners), *(face for face in self.faces if face < len(corners)))
        parts = 1 + len(faces)
        return HullRecord(
            examples=landscapes[first].size,
            corners=_evaluate(corners, landscapes, part(subject.progress, 0, parts, "corners")),
            between=hull.between().numpy(),
            origins={name: hull.to(origin).numpy() for name, origin in subject.origins.items()},
            samplings=tuple(
                self._sampling(face, hull, subject, landscapes, part(subject.progress, i, parts, f"{face} corners"))
                for i, face in enumerate(faces, 1)
            ),
        )

    def _sampling(
        self, face: int, hull: Hull, subject: Subject, landscapes: Mapping[str, Landscape], progress: Progress
    ) -> HullDraws:
        weights = barycentric(self.samples, len(hull.corners), face, subject.stream(f"inside/{face}"))
        nearest, distance = hull.nearest(weights)
        own = subject.part.of(self.samples, CONTROLS_AT_ONCE)
        inside = _evaluate(subject.corners.combined(weights).block(own), landscapes, part(progress, 0, 2, "inside"))
        noise = subject.stream(f"random/{face}")
        blocks = []
        for start in range(0, own.stop, CONTROLS_AT_ONCE):
            rows = slice(start, start + CONTROLS_AT_ONCE)
            directions = torch.stack(
                [torch.randn(hull.corners.shape[1], generator=noise) for _ in nearest[rows]]
            )  # one at a time, so that no draw depends on how many there are
            if start >= own.start:  # or they are drawn for those after them alone
                controls = shifted(subject.corners, nearest[rows], distance[rows], directions)
                done = (start + len(directions) - own.start) / (own.stop - own.start)
                blocks.append(_evaluate(controls, landscapes, part(progress, 1, 2, f"random, {done:.0%}")))
        random = joined(blocks)
        return HullDraws(face, weights[own].numpy(), nearest[own].numpy(), distance[own].numpy(), inside, random)

    def parts(self, family: Family) -> int:
        """Blocks of draws, from the whole hull and from faces alike."""
        del family
        return ceil(self.samples / CONTROLS_AT_ONCE)

    def joined(self, parts: Sequence[HullRecord]) -> HullRecord:
        """The draws of each sampling one after the other."""
        return replace(
            parts[0], samplings=tuple(map(HullDraws.joined, zip(*(part.samplings for part in parts), strict=True)))
        )

    @classmethod
    def headline(cls, results: Sequence[Result[HullRecord]]) -> Headline:
        """P_conv and P_rand of every subspace, for draws from the whole hull."""
        numbers: dict[str, tuple[Interval, str]] = {}
        said: dict[Sampled, list[str]] = {place: [] for place in PLACES}
        for name, found in by_subspace(results).items():
            for place, symbol in zip(PLACES, ("P_conv", "P_rand"), strict=True):
                shares = (result.record.compare(result.record.whole, place).lower.mean for result in found)
                interval = over_seeds(shares, SHARE)
                said[place].append(f"{interval.mean:.2f}")
                numbers[f"{symbol}, {name}"] = (interval, ".3f")
        named = [
            f"{share} ({_described(found[0])})"
            for share, found in zip(said["inside"], by_subspace(results).values(), strict=True)
        ]
        lower = results[0].task.on("training", "loss")
        sentence = (
            f"A random point of the convex hull has a lower {lower} than its nearest corner with probability "
            f"{spoken(named)}, a random point as far from that corner with probability {spoken(said['random'])}."
        )
        return Headline(sentence, {}, numbers)

    def evaluations(self, family: Family) -> float:
        # Training and test examples are about seven test sets; a draw is a point and its control.
        samplings = 1 + sum(face < family.corner_count for face in self.faces)
        return 7.0 * (family.corner_count + 2 * samplings * self.samples)

    def smoke(self) -> Self:
        return self.model_copy(update={"samples": 4, "examples": few(self.examples)})


def shifted(
    corners: Points, chosen: Int64[Tensor, " b"], distance: Float64[Tensor, " b"], directions: Float[Tensor, "b D"]
) -> Points:
    """Random controls W_c + r ε/‖ε‖, each from a chosen corner, a distance and a direction.

    BatchNorm statistics that were kept at a corner go with it.

    Args:
        corners: W, `P` points.
        chosen: c, `[b]`.
        distance: r, `[b]`.
        directions: ε, `[b D]`.
    """
    lengths = distance / directions.double().norm(dim=1)
    coefficients = torch.cat([corners.coefficients[chosen], lengths.diag()], dim=1)
    kept = None if corners.statistics is None else corners.statistics[chosen]
    return Points(coefficients, torch.cat([corners.basis, directions.to(corners.basis)]), kept)


def _evaluate(points: Points, landscapes: Mapping[str, Landscape], progress: Progress) -> dict[str, Evaluation]:
    return {
        split: landscape.evaluate(points, part(progress, i, len(landscapes), split))
        for i, (split, landscape) in enumerate(landscapes.items())
    }


def _described(result: Result[HullRecord]) -> str:
    return result.subspace if result.split_epoch is None else f"{result.group} split at epoch {result.split_epoch}"
