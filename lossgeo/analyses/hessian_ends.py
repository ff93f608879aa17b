"""The smallest and the largest eigenvalue of the Hessian at the corners of a subspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from lossgeo.analyses.base import Analysis, Result, Subject
from lossgeo.analyses.headline import Headline
from lossgeo.analyses.shared import by_group, few, of_corners, too_many_examples
from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.geometry.lanczos import Ends, lanczos
from lossgeo.landscape.hessian import hessian
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.hessian_record import ROWS, HessianRecord
from lossgeo.measures.part import rows_joined
from lossgeo.measures.record import Record, Values
from lossgeo.networks.made_of import Surroundings
from lossgeo.statistics import Interval, over_seeds

ROUNDING_OF_PRODUCTS = 128
"""Units of rounding; ‖Hv − λv‖ / |λ| of networks of some 10⁵ weights stops at about 50 of them in float32."""

TYPICAL_STEPS = 60
"""Typical number of products until both ends of the spectrum are found."""

COST_OF_PRODUCT = 6
"""The time of a Hessian product, in forward passes."""


class HessianEnds(Analysis, kind="hessian_ends"):
    """Smallest and largest eigenvalue of the Hessian of the mean training loss, at every corner of a subspace.

    Of all weights, without dropout and augmentation, on fixed examples, by Lanczos' method. Yunis et al., *On Convexity
    and Linear Mode Connectivity in Neural Networks*, 2022, figure 4, look at λ_min/λ_max after Li et al. 2018
    (arXiv:1712.09913): how much of the curvature is negative. It is that of the loss on the examples, without ½ λ ‖θ‖².
    """

    least_dimension: ClassVar[int] = 0
    record: ClassVar[type[Record]] = HessianRecord

    examples: int = Field(default=1000, ge=1, description="use only the first N training examples")
    steps: int = Field(
        default=200, ge=2, le=10_000, description="at most N products with the Hessian, each of which keeps a vector"
    )
    tolerance: float = Field(
        default=1e-3,
        gt=0,
        lt=1,
        description="stop when the residual of each eigenvalue is below this share of its size",
    )
    precision: Literal["float32", "float64"] = Field(
        default="float32",
        description="precision of the products; float32: eigenvalues to 10⁻⁵ of the largest, in a fraction of the time",
    )

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        yield from super().faults(study)
        yield from too_many_examples(self, study, "train")

    def columns(self, family: Family) -> Mapping[str, Values]:
        return {**super().columns(family), **of_corners(family)}

    def compute(self, subject: Subject) -> HessianRecord:
        # Every corner has a random start of its own.
        corners = subject.corners if self.precision == "float32" else subject.corners.double()
        landscape = subject.landscape("train").first(self.examples)
        rows, epochs = subject.part.of(len(corners)), subject.family.corner_epochs
        found = []
        for i in range(rows.start, rows.stop):
            found.append(self._ends(landscape, corners.rows(slice(i, i + 1)), subject, i))
            done = (i + 1 - rows.start) / (rows.stop - rows.start)
            subject.progress(done, f"corner {i + 1}/{len(corners)}, {found[-1].steps} products")
        return HessianRecord(
            examples=landscape.size,
            rounding=ROUNDING_OF_PRODUCTS * torch.finfo(corners.basis.dtype).eps,
            epochs=None if epochs is None else epochs[rows],
            smallest=np.array([ends.smallest.value for ends in found]),
            largest=np.array([ends.largest.value for ends in found]),
            smallest_residual=np.array([ends.smallest.residual for ends in found]),
            largest_residual=np.array([ends.largest.residual for ends in found]),
            steps=np.array([ends.steps for ends in found], dtype=np.int64),
        )

    def parts(self, family: Family) -> int:
        return family.corner_count

    def joined(self, parts: Sequence[HessianRecord]) -> HessianRecord:
        """The corners of the parts one after the other."""
        return rows_joined(parts, "epochs", *ROWS)

    def _ends(self, landscape: Landscape, corner: Points, subject: Subject, i: int) -> Ends:
        start = torch.randn(corner.basis.shape[1], generator=subject.stream(f"start/{i}")).to(corner.basis)
        return lanczos(hessian(landscape, corner), start, steps=self.steps, tolerance=self.tolerance)

    @classmethod
    def headline(cls, results: Sequence[Result[HessianRecord]]) -> Headline | None:
        """The range of λ_min/λ_max of every entry of the spec, and where λ_min is negative; None without a ratio."""
        numbers: dict[str, tuple[Interval, str]] = {}
        parts = []
        for name, found in by_group(results).items():
            ratios = _ratios(found)
            if not ratios:
                continue
            every = np.concatenate(list(ratios.values()))
            negative = np.concatenate([result.record.is_negative for result in found])
            parts.append(
                f"between {every.min():.2g} and {every.max():.2g} ({name}), negative at {negative.sum()} of "
                f"{len(negative)} points"
            )
            numbers[f"median λ_min/λ_max, {name}"] = (over_seeds(float(np.median(r)) for r in ratios.values()), ".3g")
        if not parts:
            return None
        return Headline(f"λ_min/λ_max of the Hessian is {'; '.join(parts)}.", numbers)

    def evaluations(self, family: Family) -> float:
        # Products on a part of a test set of ten thousand.
        products = min(self.steps, TYPICAL_STEPS) + 2
        return family.corner_count * products * COST_OF_PRODUCT * self.examples / 10_000

    def smoke(self) -> Self:
        return self.model_copy(update={"examples": few(self.examples), "steps": min(self.steps, 20)})


def _ratios(found: Sequence[Result[HessianRecord]]) -> dict[int | None, np.ndarray]:
    """Seed → the ratios λ_min/λ_max at all corners that have one, for the seeds with any."""
    by_seed: dict[int | None, list[np.ndarray]] = {}
    for result in found:
        by_seed.setdefault(result.seed, []).append(result.record.ratio[np.isfinite(result.record.ratio)])
    joined = {seed: np.concatenate(ratios) for seed, ratios in by_seed.items()}
    return {seed: ratios for seed, ratios in joined.items() if len(ratios) > 0}
