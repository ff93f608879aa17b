"""Intrinsic dimension as Chen and Saidi published it, with the result of the same computation without training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from lossgeo.analyses.base import Analysis, Subject
from lossgeo.families.base import Family
from lossgeo.geometry.published_dimension import (
    MLE_NEIGHBOURS,
    bow_tie_grid,
    line_grid,
    published_mle,
    singular_value_tolerance,
    uncentred_rank,
)
from lossgeo.lazy import torch
from lossgeo.measures.record import Record, Row, Values


@dataclass(frozen=True)
class PublishedRank:
    """The uncentred tangent rank with k neighbours, on the subspace and on the control.

    Args:
        neighbours: k.
        tolerance: share of the largest singular value that one has to exceed.
        rank: mean over the grid.
        control_rank: the same on a regular simplex with orthogonal vertices.
    """

    neighbours: int
    tolerance: float
    rank: float
    control_rank: float


@dataclass(frozen=True)
class PublishedDimensionRecord(Record):
    """Both published estimates on a grid of the subspace, and on the same grid of an untrained simplex.

    Args:
        dimension: of the domain, and of the control.
        samples: N, points of the grid.
        weights: D, which decides the tolerance of the rank.
        mle: with 20 neighbours.
        control_mle: the same on a regular simplex with orthogonal vertices.
        ranks: one for each number of neighbours.
    """

    dimension: int
    samples: int
    weights: int
    mle: float
    control_mle: float
    ranks: tuple[PublishedRank, ...]

    columns: ClassVar[tuple[str, ...]] = (
        *("true_dimension", "samples", "weights", "neighbours", "singular_value_tolerance", "tangent_rank"),
        *("control_tangent_rank", "mle_neighbours", "mle", "control_mle"),
    )

    def table(self) -> list[Row]:
        """A row for every number of neighbours of the rank; the MLE has one value in all rows."""
        return [
            {
                "true_dimension": self.dimension,
                "samples": self.samples,
                "weights": self.weights,
                "neighbours": found.neighbours,
                "singular_value_tolerance": found.tolerance,
                "tangent_rank": found.rank,
                "control_tangent_rank": found.control_rank,
                "mle_neighbours": MLE_NEIGHBOURS,
                "mle": self.mle,
                "control_mle": self.control_mle,
            }
            for found in self.ranks
        ]


class ChenSaidiDimension(Analysis, kind="chen_saidi_dimension"):
    """Intrinsic dimension exactly as in table 1 of Chen and Saidi (2023); `intrinsic_dimension` corrects its errors.

    A curve is seen at equally spaced α of its own parameter, a triangle on their bow-tie grid. The control is the same
    grid on orthogonal vertices of equal norm: what it shows owes nothing to a training.
    """

    record: ClassVar[type[Record]] = PublishedDimensionRecord

    points: int = Field(
        default=200, gt=MLE_NEIGHBOURS, le=5000, description="number of equally spaced points on a curve"
    )
    side: int = Field(
        default=20,
        ge=6,
        le=70,
        multiple_of=2,
        description="points along a side of the bow-tie grid over a triangle; even: an odd one puts a row on one point",
    )
    neighbours: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(3, 5, 8, 13),
        min_length=1,
        description="k, numbers of neighbours of the tangent rank, each in turn; the MLE has 20",
    )

    @model_validator(mode="after")
    def _has_enough_points(self) -> Self:
        fewest = min(self.points, self.side**2)
        if max(self.neighbours) >= fewest:
            raise ValueError(f"fewer neighbours than points (at most {fewest - 1} here)")
        return self

    def needs(self, family: Family) -> str | None:
        if family.dimension > 2:
            return "a curve or a triangle, the subspaces that grids were published for"
        return super().needs(family)

    def columns(self, family: Family) -> Mapping[str, Values]:
        return {**super().columns(family), "true_dimension": (family.dimension,), "neighbours": self.neighbours}

    def compute(self, subject: Subject) -> PublishedDimensionRecord:
        """Both estimates on the grid of the subspace, and on that of the control.

        Raises:
            ValueError: if the subspace has more than two dimensions.
        """
        t, control = self._grids(subject.family.dimension)
        points = subject.subspace.coordinates(subject.family.route(t[:, 0]) if t.shape[1] == 1 else t).numpy()
        weights = subject.subspace.basis.shape[1]
        return PublishedDimensionRecord(
            dimension=subject.family.dimension,
            samples=len(points),
            weights=weights,
            mle=published_mle(points),
            control_mle=published_mle(control),
            ranks=tuple(_rank(points, control, k, weights) for k in self.neighbours),
        )

    def _grids(self, dimension: int) -> tuple[torch.Tensor, np.ndarray]:
        """The grid in the domain, `[n dimension]`, and on the simplex of the unit vectors, `[n dimension + 1]`."""
        if dimension > 2:
            raise ValueError(
                f"chen_saidi_dimension: grids were published for curves and triangles, got a subspace of dimension "
                f"{dimension}; name others in `of`, or ask for intrinsic_dimension"
            )
        t = line_grid(self.points) if dimension == 1 else bow_tie_grid(self.side)
        return torch.from_numpy(t), np.concatenate([1 - t.sum(1, keepdims=True), t], axis=1)

    def smoke(self) -> Self:
        # No fewer points: the MLE has 20 neighbours.
        return self.model_copy(update={"points": 30, "side": 6, "neighbours": (3, 8)})


def _rank(points: np.ndarray, control: np.ndarray, k: int, weights: int) -> PublishedRank:
    tolerance = singular_value_tolerance(weights, k)
    return PublishedRank(k, tolerance, uncentred_rank(points, k, tolerance), uncentred_rank(control, k, tolerance))
