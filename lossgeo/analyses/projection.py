"""Coordinates of a subspace along its principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from jaxtyping import Float64
from pydantic import Field

from lossgeo.analyses.base import Analysis, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.geometry.principal import principal
from lossgeo.lazy import torch
from lossgeo.measures.record import Record, Row
from lossgeo.statistics import Interval, over_seeds

if TYPE_CHECKING:
    from torch import Tensor

SHOWN = 3
"""Number of components that are drawn."""


@dataclass(frozen=True)
class ProjectionRecord(Record):
    """Coordinates along the first three principal components of a sample, and what they leave out.

    A component beyond the rank of the sample has no variance, and coordinates of 0.

    Args:
        explained: share of the sample's variance along each component, `[m]`; m is at least 3.
        deviations: standard deviation of the sample along each, weight distance, `[m]`.
        route_off: largest distance of the route off the first 1, 2, … components, weight distance, `[m]`.
        s: positions on the route, `[p]`.
        route: coordinates at s, weight distance, `[p 3]`.
        corners: those of the corners, `[c 3]`.
        sample: those of the sample, `[n 3]`.
    """

    explained: Float64[np.ndarray, " m"]
    deviations: Float64[np.ndarray, " m"]
    route_off: Float64[np.ndarray, " m"]
    s: Float64[np.ndarray, " p"]
    route: Float64[np.ndarray, "p 3"]
    corners: Float64[np.ndarray, "c 3"]
    sample: Float64[np.ndarray, "n 3"]

    columns: ClassVar[tuple[str, ...]] = (
        *("component", "explained_variance", "explained_variance_so_far"),
        *("deviation_weight_distance", "route_off_so_far_weight_distance"),
    )

    @property
    def rank(self) -> int:
        """The number of components of the sample."""
        return int(np.count_nonzero(self.deviations))

    @property
    def explained_by_shown(self) -> float:
        """Share of the variance along the first three components."""
        return float(self.explained[:SHOWN].sum())

    def table(self) -> list[Row]:
        """A row for every component."""
        return [
            {
                "component": i + 1,
                "explained_variance": self.explained[i],
                "explained_variance_so_far": min(float(self.explained[: i + 1].sum()), 1.0),
                "deviation_weight_distance": self.deviations[i],
                "route_off_so_far_weight_distance": self.route_off[i],
            }
            for i in range(len(self.explained))
        ]


class Projection(Analysis, kind="projection"):
    """The subspace on the principal components of a uniform sample of it, centred at the sample's mean.

    By singular value decomposition in coordinates of the span of the basis, where the components are exactly those of
    the weight vectors. The sample of a curve is uniform in t, which is not arc length: where a curve is slow, it weighs
    more. Chen and Saidi, 2023, figure 5.
    """

    record: ClassVar[type[Record]] = ProjectionRecord

    samples: int = Field(
        default=1000, ge=10, le=100_000, description="number of points drawn uniformly from the domain"
    )
    points: int = Field(default=201, ge=2, description="number of equally spaced points along the route")

    def compute(self, subject: Subject) -> ProjectionRecord:
        family, subspace = subject.family, subject.subspace
        s = torch.linspace(0, 1, self.points, dtype=torch.float64)
        t = family.sample(self.samples, subject.stream("samples"))
        found = principal(family.features(t, subject.fitted.own), subspace.coordinates_of_basis)
        route = subspace.coordinates(family.route(s))
        count = max(SHOWN, subspace.coordinates_of_basis.shape[1])
        off = [float(found.project(route, i + 1)[1].max()) for i in range(count)]
        shown = (
            found.project(part, SHOWN)[0].numpy() for part in (route, *map(subspace.coordinates, (family.corners, t)))
        )
        along, corners, sample = shown
        return ProjectionRecord(
            explained=_padded(found.explained, count),
            deviations=_padded(found.deviations, count),
            route_off=np.array(off),
            s=s.numpy(),
            route=along,
            corners=corners,
            sample=sample,
        )

    @classmethod
    def headline(cls, results: Sequence[Result[ProjectionRecord]]) -> Headline | None:
        """The variance that three components of each curve explain; None if no curve bends."""
        numbers: dict[str, tuple[Interval, str]] = {}
        more: dict[str, tuple[Interval, str]] = {}
        parts = []
        curves = [result for result in results if result.family.dimension == 1]
        for name, found in by_subspace(curves).items():
            if all(result.record.rank == 1 for result in found):
                continue
            first, second, third = (
                over_seeds((float(100 * result.record.explained[i]) for result in found), (0, 100))
                for i in range(SHOWN)
            )
            parts.append(f"{first.mean:.2f} %, {second.mean:.2f} % and {third.mean:.2f} % of the variance of {name}")
            numbers[f"variance on the first component in %, {name}"] = (first, ".2f")
            more[f"variance on the second component in %, {name}"] = (second, ".2f")
            more[f"variance on the third component in %, {name}"] = (third, ".2f")
        if not parts:
            return None
        return Headline(f"The first three principal components explain {spoken(parts)}.", numbers, more)

    def smoke(self) -> Self:
        return self.model_copy(update={"samples": 20, "points": 11})


def _padded(values: Tensor, count: int) -> np.ndarray:
    padded = np.zeros(count)
    padded[: len(values)] = values.numpy()
    return padded
