"""An analysis of somebody's own: the trace of the Hessian along a subspace, by Hutchinson's estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Self

import numpy as np
import torch
from pydantic import Field
from torch import Generator, Tensor

from lossgeo.analyses.base import Analysis, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline
from lossgeo.families.base import Family
from lossgeo.landscape.hessian import hessian
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.weights import Points
from lossgeo.measures.record import Record, Row
from lossgeo.statistics import over_seeds


@dataclass(frozen=True)
class HessianTraceRecord(Record):
    """Estimates of tr ∇²L(θ), with their standard errors over the probes.

    Args:
        examples: that the loss is the mean over.
        s: places of the points along the route, `[n]`; NaN at corners, which come first.
        trace: `[n]`.
        standard_error: `[n]`.
    """

    examples: int
    s: np.ndarray
    trace: np.ndarray
    standard_error: np.ndarray

    def table(self) -> list[Row]:
        """A row for every point."""
        columns = (self.s, self.trace, self.standard_error)
        return [
            {
                "point": i,
                "s": None if np.isnan(s) else float(s),
                "trace": float(trace),
                "trace_standard_error": float(error),
            }
            for i, (s, trace, error) in enumerate(zip(*columns, strict=True))
        ]


class HessianTrace(Analysis, kind="hessian_trace"):
    """Trace of the Hessian of the mean training loss at the corners of a subspace and along it.

    The mean of zᵀHz over random sign vectors z (Hutchinson, *A Stochastic Estimator of the Trace of the Influence
    Matrix*, 1989), of all weights, with its standard error over the vectors.
    """

    record: ClassVar[type[Record]] = HessianTraceRecord

    along: int = Field(default=9, ge=2, le=1000, description="number of equally spaced points along the subspace")
    probes: int = Field(default=16, ge=2, le=10_000, description="number of random vectors of an estimate")
    examples: int = Field(default=1000, ge=1, description="use only the first N training examples")

    def compute(self, subject: Subject) -> HessianTraceRecord:
        """Point by point, with vectors of its own for each."""
        landscape = subject.landscape("train").first(self.examples)
        route = torch.linspace(0, 1, self.along, dtype=torch.float64)
        points = subject.corners.beside(subject.subspace.at(subject.family.route(route)))
        found = []
        for i in range(len(points)):
            found.append(self._trace(landscape, points.rows(slice(i, i + 1)), subject.stream(f"probes/{i}")))
            subject.progress((i + 1) / len(points), f"point {i + 1}/{len(points)}")
        trace, error = np.array(found).T
        s = np.concatenate([np.full(len(subject.corners), np.nan), route.numpy()])
        return HessianTraceRecord(landscape.size, s, trace, error)

    def _trace(self, landscape: Landscape, point: Points, generator: Generator) -> tuple[float, float]:
        """The estimate at one point, and its standard error."""
        product = hessian(landscape, point)
        forms = []
        for _ in range(self.probes):
            z: Tensor = 2 * torch.randint(0, 2, (landscape.dimension,), generator=generator).to(point.basis) - 1
            forms.append(float(z.double() @ product(z).double()))
        return float(np.mean(forms)), float(np.std(forms, ddof=1)) / sqrt(self.probes)

    def evaluations(self, family: Family) -> float:
        """Six passes a product."""
        return 6.0 * self.probes * (self.along + family.corner_count)

    @classmethod
    def headline(cls, results: Sequence[Result[HessianTraceRecord]]) -> Headline | None:
        """The largest trace on every subspace."""
        numbers = {
            f"largest trace, {name}": (over_seeds(float(result.record.trace.max()) for result in found), ".3g")
            for name, found in by_subspace(results).items()
        }
        return Headline("The trace of the Hessian was estimated along every subspace.", numbers)

    def smoke(self) -> Self:
        """Few points, vectors and examples."""
        return self.model_copy(
            update={
                "along": min(self.along, 3),
                "probes": min(self.probes, 4),
                "examples": min(self.examples, 50),
            }
        )
