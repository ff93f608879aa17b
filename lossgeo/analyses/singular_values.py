"""Singular values of the stacked corners of a subspace, with those of random walks for comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from jaxtyping import Float64
from pydantic import Field

from lossgeo.analyses.base import Analysis, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.families.base import Family
from lossgeo.geometry.singular_values import effective_rank, random_walks, singular_values
from lossgeo.lazy import torch
from lossgeo.measures.record import Record, Row, Values
from lossgeo.statistics import POSITIVE, SHARE, Interval, over_seeds

if TYPE_CHECKING:
    from torch import Generator, Tensor

Origin = Literal["zero", "mean", "split"]
SHARE_VANISHING = 0.01
"""Share of the first singular value below which one counts as vanishing."""


@dataclass(frozen=True)
class Spectrum:
    """The singular values of the corners as rows of a matrix, less an origin, and those of random walks.

    Args:
        rank: how many there can be: P, or P − 1 where the mean was subtracted.
        sigma: the values, descending, weight distance, `[rank]`.
        walks: the same of every draw of P random walks from a common start, `[draws rank]`.
    """

    rank: int
    sigma: Float64[np.ndarray, " rank"]
    walks: Float64[np.ndarray, "draws rank"]

    @property
    def relative(self) -> Float64[np.ndarray, " rank"]:
        """The singular values over the first one; NaN if all corners are at the origin."""
        return _relative(self.sigma)

    @property
    def relative_walks(self) -> Float64[np.ndarray, "draws rank"]:
        """The singular values of every draw of random walks, over their first one."""
        return _relative(self.walks)

    @property
    def effective_rank(self) -> float:
        """The participation ratio (Σσ²)² / Σσ⁴ of the singular values."""
        return float(effective_rank(self.sigma))

    @property
    def large(self) -> int:
        """The number of values above 1 % of the first."""
        return int((self.relative > SHARE_VANISHING).sum())


@dataclass(frozen=True)
class SingularValueRecord(Record):
    """Singular values of P corners, for each origin that is subtracted from them.

    Args:
        weights: D, the dimension of weight space.
        start: where the random walks start: "split" point or "mean" of the corners.
        lengths: distance of every corner to that start, weight distance, `[P]`; the walks have the same.
        spectra: "zero" (nothing is subtracted, as published), "mean", and "split" where the corners have such a point.
    """

    weights: int
    start: str
    lengths: Float64[np.ndarray, " P"]
    spectra: Mapping[str, Spectrum]

    columns: ClassVar[tuple[str, ...]] = (
        *("origin", "component", "singular_value_weight_distance", "relative", "relative_of_walks", "rank_bound"),
        *("effective_rank", "effective_rank_of_walks", "values_above_one_percent"),
    )

    def table(self) -> list[Row]:
        """A row for every origin and singular value."""
        return [
            {
                "origin": origin,
                "component": i + 1,
                "singular_value_weight_distance": spectrum.sigma[i],
                "relative": spectrum.relative[i],
                "relative_of_walks": spectrum.relative_walks[:, i].mean(),
                "rank_bound": spectrum.rank,
                "effective_rank": spectrum.effective_rank,
                "effective_rank_of_walks": effective_rank(spectrum.walks).mean(),
                "values_above_one_percent": spectrum.large,
            }
            for origin, spectrum in self.spectra.items()
            for i in range(spectrum.rank)
        ]


class SingularValues(Analysis, kind="singular_values"):
    """Singular values of the corners as rows of a matrix: unchanged, centred, and relative to the split point.

    Yunis et al., *On Convexity and Linear Mode Connectivity in Neural Networks*, 2022, figure 3, stack the corners as
    they are; the first value is then that of their common part, and there are P. A hull of P corners has at most P − 1
    dimensions, which the values less the mean show. The control are P random walks of independent isotropic steps from
    the split point (from the mean where there is none) that end as far from it as the corners do.
    """

    record: ClassVar[type[Record]] = SingularValueRecord

    draws: int = Field(default=100, ge=1, le=100_000, description="number of draws of random walks to compare with")

    def columns(self, family: Family) -> Mapping[str, Values]:
        origins = ("zero", "mean", *(("split",) if "split" in family.origins else ()))
        return {**super().columns(family), "origin": origins, "component": range(1, family.corner_count + 1)}

    def compute(self, subject: Subject) -> SingularValueRecord:
        # The draws are the same walks for each origin.
        corners = subject.corners.dense()
        subject.progress(0.0, f"{len(corners)} corners")
        origins: dict[Origin, Tensor] = {
            "zero": corners.new_zeros(corners.shape[1]),
            "mean": corners.mean(0, dtype=torch.float64),
            **({"split": subject.origins["split"]} if "split" in subject.origins else {}),
        }
        start: Origin = "split" if "split" in origins else "mean"
        lengths = torch.stack([(corner.double() - origins[start].double()).norm() for corner in corners])
        far = float(origins[start].double().norm())
        generator = subject.stream("walks")
        drawn = [_walks(lengths, far, corners.shape[1], generator) for _ in range(self.draws)]
        return SingularValueRecord(
            weights=corners.shape[1],
            start=start,
            lengths=lengths.numpy(),
            spectra={origin: _spectrum(origin, corners, at, drawn) for origin, at in origins.items()},
        )

    @classmethod
    def headline(cls, results: Sequence[Result[SingularValueRecord]]) -> Headline:
        """The effective rank of every centred hull, and the size of its last singular value."""
        more: dict[str, tuple[Interval, str]] = {}
        ranks, lasts = [], []
        for name, found in by_subspace(results).items():
            spectra = [result.record.spectra["mean"] for result in found]
            rank = over_seeds((one.effective_rank for one in spectra), POSITIVE)
            last = over_seeds((float(one.relative[-1]) for one in spectra), SHARE)
            more[f"effective rank less the mean, {name}"] = (rank, ".2f")
            more[f"last singular value over the first, less the mean, {name}"] = (last, ".3f")
            ranks.append(f"{rank.mean:.1f} of at most {spectra[0].rank} ({name})")
            lasts.append(f"{last.mean:.2g}")
        sentence = (
            f"Seen from their mean the corners have an effective rank of {spoken(ranks)}; the last singular value is "
            f"{spoken(lasts)} of the first."
        )
        return Headline(sentence, {}, more)

    def smoke(self) -> Self:
        return self.model_copy(update={"draws": 5})


def _walks(lengths: Float64[Tensor, " P"], far: float, dimension: int, generator: Generator) -> Float64[Tensor, "P r"]:
    """The ends of random walks in coordinates whose first axis points from zero to their start, `far` away."""
    ends = random_walks(lengths, dimension, generator)
    ends[:, 0] += far
    return ends


def _spectrum(origin: Origin, corners: Tensor, at: Tensor, drawn: Sequence[Tensor]) -> Spectrum:
    """The spectra relative to the origin; for the draws it is their own mean, or the start."""
    rank = len(corners) - (origin == "mean")
    return Spectrum(
        rank=rank,
        sigma=singular_values(corners, at)[:rank].numpy(),
        walks=np.stack([singular_values(ends, _seen(origin, ends, at))[:rank].numpy() for ends in drawn]),
    )


def _seen(origin: Origin, ends: Float64[Tensor, "P r"], at: Tensor) -> Float64[Tensor, " r"]:
    if origin == "mean":
        return ends.mean(0)
    place = ends.new_zeros(ends.shape[1])
    place[0] = at.double().norm()  # of the start, for its distance from zero is that; zero for zero
    return place


def _relative(values: Float64[np.ndarray, "*batch rank"]) -> Float64[np.ndarray, "*batch rank"]:
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = values / values[..., :1]
    return shares
