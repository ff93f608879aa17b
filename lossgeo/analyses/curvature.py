"""The curvature of a subspace along its route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import degrees, inf
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from jaxtyping import Float, Float64
from pydantic import Field

from lossgeo.analyses.base import Analysis, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.geometry.curvature import CurvatureProfile, end_to_middle, profile
from lossgeo.geometry.finite_difference import VECTORS_AT_ONCE, DiscreteCurvature, discrete_curvature, rounding_level
from lossgeo.lazy import torch
from lossgeo.measures.record import Record, Row
from lossgeo.statistics import Interval, over_seeds

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class CurvatureRecord(Record):
    """The exact shape of the route, and the size of the weights for comparison.

    Args:
        profile: curvature and arc length along the route, the kinks, and their sums.
        weight_norm: mean ‖θ(s)‖ over the points.
        end_to_middle: mean curvature of the first and the last tenth over that of the rest; None where the rest does
            not turn, and for the boundary of a simplex, which has no ends.
        discrete: curvature by finite differences, as published; empty for the boundary of a simplex.
    """

    profile: CurvatureProfile
    weight_norm: float
    end_to_middle: float | None
    discrete: DiscreteCurvature

    columns: ClassVar[tuple[str, ...]] = (
        *("length_weight_distance", "chord_weight_distance", "length_over_chord"),
        *("mean_curvature_per_weight_distance", "largest_curvature_per_weight_distance"),
        *("curvature_times_length", "largest_curvature_times_length"),
        *("kinks", "largest_kink_radians", "total_turning_radians"),
        *("end_to_middle_curvature", "end_to_middle_curvature_finite_difference", "weight_norm"),
    )

    @property
    def spikes(self) -> Float64[np.ndarray, " m"]:
        """The most that finite differences give at each kink of angle φ: φ / Δs, which grows with the points."""
        shape, half = self.profile, self.discrete.spacing / 2
        before, after = (np.interp(shape.kinks + side, shape.s, shape.arc_length) for side in (-half, half))
        spikes: np.ndarray = shape.turning_angles / (after - before)
        return spikes

    @property
    def rounding(self) -> float:
        """About the curvature that finite differences find on a straight piece, in 1 / weight distance."""
        return rounding_level(self.weight_norm, self.discrete.spacing * self.profile.length)

    def table(self) -> list[Row]:
        """One row with the numbers of the whole route."""
        shape = self.profile
        return [
            {
                "length_weight_distance": shape.length,
                "chord_weight_distance": shape.chord,
                "length_over_chord": shape.length / shape.chord if shape.chord > 0 else None,
                "mean_curvature_per_weight_distance": shape.smooth_turning / shape.length,
                "largest_curvature_per_weight_distance": float(shape.curvature.max()),
                "curvature_times_length": shape.smooth_turning,
                "largest_curvature_times_length": float(shape.curvature.max()) * shape.length,
                "kinks": len(shape.kinks),
                "largest_kink_radians": float(shape.turning_angles.max()) if len(shape.kinks) else 0.0,
                "total_turning_radians": shape.total_turning,
                "end_to_middle_curvature": self.end_to_middle,
                "end_to_middle_curvature_finite_difference": self.discrete.end_to_middle,
                "weight_norm": self.weight_norm,
            }
        ]


class Curvature(Analysis, kind="curvature"):
    """Exact curvature κ = ‖γ″ − (γ″·T)T‖ / ‖γ′‖² along the subspace, from derivatives of Φ and the Gram matrix of B.

    κ has the unit 1 / weight distance; κ L and the total turning ∫ κ ds have none. Where a route is piecewise straight
    (a ReLU curve, the edges of a simplex), κ is 0 between the kinks, and the angles at the kinks are its turning.
    Beside it stand the finite differences of Chen and Saidi (2023), whose spikes are kinks and whose floor is rounding.
    """

    record: ClassVar[type[Record]] = CurvatureRecord

    points: int = Field(default=201, ge=2, description="number of equally spaced points along the route")
    finite_differences: int = Field(
        default=1000,
        ge=0,
        le=100_000,
        description="number of equally spaced weight vectors for finite differences along a curve; 0: none",
    )

    def compute(self, subject: Subject) -> CurvatureRecord:
        curve, kinks = subject.subspace.curve(subject.family.route), subject.family.kinks(subject.fitted.own)
        s = torch.linspace(0, 1, self.points, dtype=torch.float64)
        is_open = subject.family.dimension == 1
        n = self.finite_differences if is_open else 0
        return CurvatureRecord(
            profile=profile(curve, s, kinks),
            weight_norm=float(curve(s).norm(dim=1).mean()),
            end_to_middle=end_to_middle(curve, kinks) if is_open else None,
            discrete=discrete_curvature(_weights(subject, n), n),
        )

    @classmethod
    def headline(cls, results: Sequence[Result[CurvatureRecord]]) -> Headline | None:
        """The turning of the curves from end to end; None if there is no curve among the subspaces."""
        numbers: dict[str, tuple[Interval, str]] = {}
        more: dict[str, tuple[Interval, str]] = {}
        parts = []
        for name, found in by_subspace(results).items():
            profiles = [result.record.profile for result in found if result.family.dimension == 1]
            if profiles:
                turning = over_seeds((degrees(shape.total_turning) for shape in profiles), (0, inf))
                stretch = over_seeds((shape.length / shape.chord for shape in profiles), (1, inf))
                parts.append(f"{turning.mean:.1f}° ({name}, {stretch.mean:.4f} times as long as its chord)")
                is_straight = all(shape.total_turning == 0 for shape in profiles)
                (more if is_straight else numbers)[f"total turning in degrees, {name}"] = (turning, ".1f")
                more.update(_ends(name, [result.record for result in found]))
        if not parts:
            return None
        return Headline(f"The total turning from end to end is {spoken(parts)}.", numbers, more)

    def smoke(self) -> Self:
        return self.model_copy(update={"points": 11, "finite_differences": min(self.finite_differences, 24)})


def _weights(subject: Subject, n: int) -> Iterator[Float[Tensor, "c D"]]:
    """The weight vectors at n equally spaced points of a curve, a few at a time."""
    points = subject.subspace.at(subject.family.route(torch.linspace(0, 1, n, dtype=torch.float64)))
    for first in range(0, n, VECTORS_AT_ONCE):
        yield points.dense(slice(first, first + VECTORS_AT_ONCE))
        subject.progress(first / n, f"finite differences {first}/{n}")


def _ends(name: str, records: Sequence[CurvatureRecord]) -> dict[str, tuple[Interval, str]]:
    """Curvature of the ends over that of the middle, exact and by finite differences, where a curve turns."""
    turning = [record for record in records if record.end_to_middle is not None]
    ways = {
        "end-to-middle curvature": [record.end_to_middle for record in turning],
        "end-to-middle curvature by finite differences": [record.discrete.end_to_middle for record in turning],
    }
    ratios = {way: [ratio for ratio in found if ratio is not None] for way, found in ways.items()}
    return {f"{way}, {name}": (over_seeds(found, (0, inf)), ".2f") for way, found in ratios.items() if found}
