"""How a subspace bends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import degrees, inf
from typing import ClassVar, Self

import torch
from pydantic import Field

from lossgeo.analyses.base import Analysis, Headline, Record, Result, Row, Subject, by_subspace, listed
from lossgeo.geometry.curvature import Profile, profile
from lossgeo.statistics import Interval, over_seeds


@dataclass(frozen=True)
class CurvatureRecord(Record):
    """The exact shape of the route, and the size of the weights for scale.

    Args:
        profile: curvature and arc length along the route, the kinks, and their sums.
        weight_norm: mean ‖θ(s)‖ over the points.
    """

    profile: Profile
    weight_norm: float

    def table(self) -> list[Row]:
        """One row: the numbers of the whole route."""
        shape = self.profile
        return [
            {
                "length_weight_distance": shape.length,
                "gap_weight_distance": shape.gap,
                "length_over_gap": shape.length / shape.gap if shape.gap > 0 else None,
                "mean_curvature_per_weight_distance": shape.smooth_turning / shape.length,
                "largest_curvature_per_weight_distance": float(shape.curvature.max()),
                "curvature_times_length": shape.smooth_turning,
                "largest_curvature_times_length": float(shape.curvature.max()) * shape.length,
                "kinks": len(shape.kinks),
                "largest_kink_radians": float(shape.turning_angles.max()) if len(shape.kinks) else 0.0,
                "total_turning_radians": shape.total_turning,
                "weight_norm": self.weight_norm,
            }
        ]


class Curvature(Analysis, kind="curvature"):
    """Exact curvature κ = ‖γ″ − (γ″·T)T‖ / ‖γ′‖² along the subspace, from derivatives of Φ and the Gram matrix of B.

    κ has the unit 1 / weight distance; κ L and the total turning ∫ κ ds have none. Where a route is piecewise straight
    (a ReLU curve, the edges of a simplex), κ is 0 between the kinks, and the angles at the kinks are its turning.
    """

    record: ClassVar[type[Record]] = CurvatureRecord

    points: int = Field(default=201, ge=2, description="equally spaced along the route")

    def compute(self, subject: Subject) -> CurvatureRecord:
        """The profile of the route."""
        curve = subject.subspace.curve(subject.family.route)
        s = torch.linspace(0, 1, self.points, dtype=torch.float64)
        shape = profile(curve, s, subject.family.kinks(subject.parameters))
        return CurvatureRecord(profile=shape, weight_norm=float(curve(s).norm(dim=1).mean()))

    @classmethod
    def headline(cls, results: Sequence[Result[CurvatureRecord]]) -> Headline | None:
        """How much the curves turn from end to end; None if there is no curve among the subspaces."""
        numbers: dict[str, tuple[Interval, str]] = {}
        more: dict[str, tuple[Interval, str]] = {}
        parts = []
        for name, found in by_subspace(results).items():
            profiles = [result.record.profile for result in found if result.family.dimension == 1]
            if profiles:
                turning = over_seeds((degrees(shape.total_turning) for shape in profiles), (0, inf))
                stretch = over_seeds((shape.length / shape.gap for shape in profiles), (1, inf))
                parts.append(f"{turning.mean:.1f}° ({name}, {stretch.mean:.4f} times as long as its chord)")
                is_straight = all(shape.total_turning == 0 for shape in profiles)
                (more if is_straight else numbers)[f"total turning in degrees, {name}"] = (turning, ".1f")
        if not parts:
            return None
        return Headline(f"The total turning from end to end is {listed(parts)}.", numbers, more)

    def smoke(self) -> Self:
        """Eleven points."""
        return self.model_copy(update={"points": 11})
