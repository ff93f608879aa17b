"""The number of dimensions of a subspace, estimated from samples of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

import numpy as np
from jaxtyping import Float64
from pydantic import Field, model_validator

from lossgeo.analyses.base import Analysis, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.families.base import Family
from lossgeo.geometry import simplex
from lossgeo.geometry.arc_length import uniform_in_arc_length
from lossgeo.geometry.dimension import (
    RANK_THRESHOLD,
    Neighbours,
    inverse_local_dimensions,
    maximum_likelihood,
    tangent_rank,
)
from lossgeo.measures.record import Record, Row, Values
from lossgeo.statistics import over_seeds

if TYPE_CHECKING:
    from torch import Generator

RESAMPLES_AT_ONCE = 100
"""Bootstrap resamples that are in memory at the same time."""


@dataclass(frozen=True)
class DimensionEstimate:
    """Both estimates of the dimension with k neighbours.

    Args:
        neighbours: k.
        rank: mean centred tangent rank.
        spectrum: mean share of the neighbours' variance that each local principal component explains, `[m]`.
        mle: Levina-Bickel with MacKay-Ghahramani averaging.
        mle_low, mle_high: 95 % bootstrap interval (BCa) over the sampled points; neighbours overlap, so it is narrow.
        control: mean of the MLE over the control draws.
        control_low, control_high: the least and the largest MLE of the control draws: a simulation envelope, which an
            estimate of the right dimension leaves with probability 2 / (controls + 1) (Besag and Diggle 1977).
    """

    neighbours: int
    rank: float
    spectrum: Float64[np.ndarray, " m"]
    mle: float
    mle_low: float
    mle_high: float
    control: float
    control_low: float
    control_high: float

    @property
    def within_control(self) -> bool:
        """Whether the maximum-likelihood estimate lies in the envelope of the controls."""
        return self.control_low <= self.mle <= self.control_high


@dataclass(frozen=True)
class DimensionRecord(Record):
    """Estimates of the dimension for several numbers of neighbours.

    Args:
        dimension: of the domain, and of the control.
        samples: N, points of the sample and of every control draw.
        controls: number of control draws.
        rank_threshold: share of the variance that the tangent space explains.
        estimates: one for each number of neighbours.
        sample: the points, in coordinates of the span of the basis, for whoever wants a second opinion; `[N r]`.
    """

    dimension: int
    samples: int
    controls: int
    rank_threshold: float
    estimates: tuple[DimensionEstimate, ...]
    sample: Float64[np.ndarray, "N r"]

    columns: ClassVar[tuple[str, ...]] = (
        *("true_dimension", "samples", "controls", "neighbours", "tangent_rank", "span", "rank_threshold"),
        *("mle", "mle_low", "mle_high", "control", "control_low", "control_high", "within_control"),
    )

    @property
    def largest(self) -> DimensionEstimate:
        """The estimate with the most neighbours, which has the least variance."""
        return max(self.estimates, key=lambda estimate: estimate.neighbours)

    def table(self) -> list[Row]:
        """A row for every number of neighbours."""
        return [
            {
                "true_dimension": self.dimension,
                "samples": self.samples,
                "controls": self.controls,
                "neighbours": found.neighbours,
                "tangent_rank": found.rank,
                "span": len(found.spectrum),
                "rank_threshold": self.rank_threshold,
                "mle": found.mle,
                "mle_low": found.mle_low,
                "mle_high": found.mle_high,
                "control": found.control,
                "control_low": found.control_low,
                "control_high": found.control_high,
                "within_control": found.within_control,
            }
            for found in self.estimates
        ]


class IntrinsicDimension(Analysis, kind="intrinsic_dimension"):
    """Intrinsic dimension of independent uniform samples: centred tangent rank and maximum likelihood, with a control.

    Curves are sampled uniformly in arc length, simplexes uniformly in volume. The control draws as many points from a
    regular simplex of the known dimension: it shows what the edges of a bounded set do to the estimate.
    """

    record: ClassVar[type[Record]] = DimensionRecord

    samples: int = Field(default=1000, ge=10, le=100_000, description="N, number of independent points")
    neighbours: tuple[Annotated[int, Field(ge=3)], ...] = Field(
        default=(5, 10, 20), min_length=1, description="k, numbers of neighbours, each in turn"
    )
    rank_threshold: float = Field(
        default=RANK_THRESHOLD,
        gt=0,
        lt=1,
        description="share of the neighbours' variance that the tangent space has to explain",
    )
    controls: int = Field(
        default=999, ge=19, description="number of control samples; their envelope has the level 2 / (controls + 1)"
    )

    @model_validator(mode="after")
    def _has_enough_samples(self) -> Self:
        if max(self.neighbours) >= self.samples:
            raise ValueError(f"more samples than neighbours (at least {max(self.neighbours) + 1} here)")
        return self

    def columns(self, family: Family) -> Mapping[str, Values]:
        return {**super().columns(family), "true_dimension": (family.dimension,), "neighbours": self.neighbours}

    def compute(self, subject: Subject) -> DimensionRecord:
        most = max(self.neighbours)
        sample = _sample(subject, self.samples)
        found = Neighbours.among(sample, most)
        generator = subject.stream("control")
        known = np.empty((self.controls, len(self.neighbours)))
        for i in range(self.controls):
            control = Neighbours.among(_regular_simplex(subject.family.dimension, self.samples, generator), most)
            known[i] = [maximum_likelihood(inverse_local_dimensions(control, k)) for k in self.neighbours]
            subject.progress(i / self.controls, f"control {i + 1}/{self.controls}")
        estimates = tuple(self._estimate(found, known[:, j], k) for j, k in enumerate(self.neighbours))
        return DimensionRecord(
            dimension=subject.family.dimension,
            samples=self.samples,
            controls=self.controls,
            rank_threshold=self.rank_threshold,
            estimates=estimates,
            sample=sample,
        )

    def _estimate(self, found: Neighbours, known: np.ndarray, k: int) -> DimensionEstimate:
        local = inverse_local_dimensions(found, k)
        rank = tangent_rank(found, k, self.rank_threshold)
        low, high = _interval(local)
        return DimensionEstimate(
            neighbours=k,
            rank=rank.rank,
            spectrum=rank.spectrum,
            mle=maximum_likelihood(local),
            mle_low=low,
            mle_high=high,
            control=float(known.mean()),
            control_low=float(known.min()),
            control_high=float(known.max()),
        )

    @classmethod
    def headline(cls, results: Sequence[Result[DimensionRecord]]) -> Headline:
        """The tangent rank of every subspace, and how often the MLE agrees with its control."""
        numbers, parts = {}, []
        for name, found in by_subspace(results).items():
            rank = over_seeds(
                (result.record.largest.rank for result in found), (1, len(found[0].record.largest.spectrum))
            )
            parts.append(f"{rank.mean:.2f} ({name})")
            numbers[f"tangent rank, {name}"] = (rank, ".2f")
        estimates = [estimate for result in results for estimate in result.record.estimates]
        inside = sum(estimate.within_control for estimate in estimates)
        sentence = (
            f"Samples of the subspaces have tangent ranks {spoken(parts)}; {inside} of {len(estimates)} "
            f"maximum-likelihood estimates agree with a control of the known dimension."
        )
        return Headline(sentence, {}, numbers)

    def smoke(self) -> Self:
        return self.model_copy(update={"samples": 30, "neighbours": (5,), "controls": 19})


def _sample(subject: Subject, n: int) -> np.ndarray:
    """Coordinates of N uniform points of a subspace in the span of its basis, `[n r]`."""
    subspace, family, generator = subject.subspace, subject.family, subject.stream("samples")
    if family.dimension > 1:
        return subspace.coordinates(family.sample(n, generator)).numpy()
    curve = subspace.curve(family.route)
    s = uniform_in_arc_length(curve, family.kinks(subject.fitted.own), n, generator)
    return curve(s).numpy()


def _regular_simplex(dimension: int, n: int, generator: Generator) -> np.ndarray:
    """Uniform points of a simplex with equal edges, `[n dimension + 1]`."""
    points: np.ndarray = simplex.barycentric_coordinates(simplex.uniform(n, dimension + 1, generator)).numpy()
    return points


def _interval(inverse_local: np.ndarray) -> tuple[float, float]:
    """The 95 % BCa bootstrap interval of the MLE over the points."""
    from scipy.stats import bootstrap

    drawn = bootstrap(
        (inverse_local,),
        lambda x, axis: 1 / x.mean(axis=axis),
        n_resamples=999,
        batch=RESAMPLES_AT_ONCE,
        vectorized=True,
        rng=np.random.default_rng(0),
    )
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)
