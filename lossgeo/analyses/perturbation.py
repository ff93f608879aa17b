"""The effect of Gaussian noise on the corners of a subspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

import numpy as np
from jaxtyping import Float, Float64
from pydantic import Field, model_validator

from lossgeo.analyses.base import SHARED_COST, Analysis, ComparisonNeed, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.geometry import simplex
from lossgeo.landscape.landscape import Landscape, Progress
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.part import rows_joined
from lossgeo.measures.progress import part
from lossgeo.measures.quantity import chosen
from lossgeo.measures.record import Record, Row, Values
from lossgeo.measures.surface import Grid, Surface, spanning, surface
from lossgeo.statistics import POSITIVE, Interval, over_seeds

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Level:
    """Evaluations of corners with noise of one size.

    Args:
        std: of the noise on every weight; 0 is the reference, of one draw.
        noise_norm: ‖δ‖ of every draw and corner, weight distance, `[draws m]`.
        loss: along the route, mean over the examples, in the unit of the task, `[draws n]`.
        error: along the route, share of the examples that are misclassified, NaN in a regression, `[draws n]`.
        surface: of the first draw, with the marks "corners" and "route" (perturbed), "network" and, where there is
            noise, "unperturbed" (the route without it).
    """

    std: float
    noise_norm: Float64[np.ndarray, "draws m"]
    loss: Float64[np.ndarray, "draws n"]
    error: Float64[np.ndarray, "draws n"]
    surface: Surface


@dataclass(frozen=True)
class PerturbationRecord(Record):
    """Evaluations at several sizes of the noise, the first of which is none.

    Args:
        split: the examples that everything is evaluated on.
        s: positions on the route around the simplex of the corners, `[n]`.
        weight_norm: ‖ω‖ of every corner, without noise, `[m]`.
        levels: one without noise, then one for each standard deviation.
    """

    split: str
    s: Float64[np.ndarray, " n"]
    weight_norm: Float64[np.ndarray, " m"]
    levels: tuple[Level, ...]

    columns: ClassVar[tuple[str, ...]] = (
        *("std", "draw", "s", "loss", "error"),
        *("noise_norm_weight_distance", "noise_to_weight_ratio"),
    )

    def relative_noise(self, level: Level) -> Float64[np.ndarray, " draws"]:
        """The ratio ‖δ‖ / ‖ω‖ of every draw, mean over the corners."""
        ratio: np.ndarray = (level.noise_norm / self.weight_norm).mean(1)
        return ratio

    def table(self) -> list[Row]:
        """A row for every size of the noise, draw and position."""
        return [
            {
                "std": level.std,
                "draw": draw,
                "s": s,
                "loss": level.loss[draw, i],
                "error": level.error[draw, i],
                "noise_norm_weight_distance": level.noise_norm[draw].mean(),
                "noise_to_weight_ratio": ratio,
            }
            for level in self.levels
            for draw, ratio in enumerate(self.relative_noise(level))
            for i, s in enumerate(self.s)
        ]


class Perturbation(Analysis, kind="perturbation"):
    """Loss and error along the simplex of the corners with Gaussian noise added to them, and on planes through it.

    Every weight of every corner gets independent noise, ωᵢ + δᵢ with δᵢ ~ N(0, std² I), and the simplex of the
    perturbed corners is followed: for a line that is the subspace itself, for a curve its chord, for a triangle its
    edges. The planes are those through three corners, or the two ends and the independent network. Chen and Saidi,
    section 3.2 and figure 2, whose N(0, .01) is a standard deviation in their code.
    """

    record: ClassVar[type[Record]] = PerturbationRecord

    std: tuple[Annotated[float, Field(gt=0, le=100)], ...] = Field(
        default=(0.01, 1.0), min_length=1, description="standard deviations of the noise on every weight, each in turn"
    )
    draws: int = Field(
        default=5, ge=1, le=10_000, description="number of draws of the noise, for each standard deviation"
    )
    points: int = Field(default=21, ge=2, description="number of equally spaced points along the route")
    surface_points: int = Field(
        default=21, ge=2, le=1000, description="number of grid points along each axis of a plane"
    )
    margin: float = Field(
        default=0.25, ge=0, le=100, description="room around the marked points, as a share of their extent"
    )
    split: Split = Field(default="test", description="examples to evaluate on")

    @model_validator(mode="after")
    def _has_different_levels(self) -> Self:
        if len(set(self.std)) < len(self.std):
            raise ValueError("standard deviations that differ; the same one again gives the same noise")
        return self

    def comparison(self, family: Family) -> ComparisonNeed:
        # Two corners span no plane without a third point; in other planes the network is only marked.
        return "required" if family.corner_count < 3 else "optional"

    def columns(self, family: Family) -> Mapping[str, Values]:
        return {**super().columns(family), "std": (0.0, *self.std), "draw": range(self.draws)}

    def compute(self, subject: Subject) -> PerturbationRecord:
        corners = Points.of(subject.corners.dense(), subject.corners.statistics)
        landscape = subject.landscape(self.split)
        stds = self._stds[subject.part.of(len(self._stds))]
        levels = tuple(
            self._level(std, corners, subject, landscape, part(subject.progress, i, len(stds), f"std {std:g}"))
            for i, std in enumerate(stds)
        )
        s = torch.linspace(0, 1, self.points, dtype=torch.float64)
        (split,) = subject.task.splits(self.split)
        return PerturbationRecord(split, s.numpy(), _norms(corners.basis), levels)

    def parts(self, family: Family) -> int:
        del family
        return len(self._stds)

    def joined(self, parts: Sequence[PerturbationRecord]) -> PerturbationRecord:
        """The levels one after the other."""
        return rows_joined(parts, "levels")

    @property
    def _stds(self) -> tuple[float, ...]:
        return (0.0, *self.std)

    def _level(self, std: float, corners: Points, subject: Subject, landscape: Landscape, progress: Progress) -> Level:
        route, generator = _route(len(corners), self.points), subject.stream(f"noise/{std}")
        draws = self.draws if std > 0 else 1
        first, norms, found = torch.zeros_like(corners.basis), [], []
        for i in range(draws):
            noise = std * torch.randn(first.shape, generator=generator).to(first)
            norms.append(_norms(noise))
            points = _moved(corners, noise).combined(route)
            found.append(landscape.evaluate(points, part(progress, i, draws + 1, f"draw {i + 1}")))
            first = noise if i == 0 else first
        return Level(
            std=std,
            noise_norm=np.stack(norms),
            loss=np.stack([evaluation.loss for evaluation in found]),
            error=np.stack([1 - evaluation.accuracy for evaluation in found]),
            surface=self._surface(
                corners, first, subject.independent, landscape, part(progress, draws, draws + 1, "plane")
            ),
        )

    def _surface(
        self,
        corners: Points,
        noise: Float[Tensor, "m D"],
        network: Points | None,
        landscape: Landscape,
        progress: Progress,
    ) -> Surface:
        m, moved = len(corners), _moved(corners, noise)
        ends = moved if network is None else moved.beside(network)
        every = ends.beside(corners) if noise.any() else ends
        unit = every.coefficients
        route = _route(m, m + 1 if m > 2 else m)  # from corner to corner
        marked = {"corners": unit[:m], "route": route @ unit[:m]}
        if network is not None:
            marked["network"] = unit[m : m + 1]
        if noise.any():
            marked["unperturbed"] = route @ unit[len(ends) :]
        spanned = replace(spanning(ends), coefficients=unit[:3], basis=every.basis)
        return surface(spanned, marked, landscape, Grid(self.surface_points, self.margin), progress)

    @classmethod
    def headline(cls, results: Sequence[Result[PerturbationRecord]]) -> Headline:
        """The mean error, or loss, along every subspace, without noise and with the least and the most of it."""
        numbers: dict[str, tuple[Interval, str]] = {}
        more: dict[str, tuple[Interval, str]] = {}
        parts = []
        split, quantity = results[0].record.split, chosen(results[0].task)
        for name, found in by_subspace(results).items():
            order = np.argsort([level.std for level in found[0].record.levels])
            place = name if found[0].family.is_simplex else f"the chord of {name}"
            said = []
            for i in sorted({int(order[0]), int(order[1]), int(order[-1])}, key=order.tolist().index):
                std = found[0].record.levels[i].std
                levels = [getattr(result.record.levels[i], quantity.name) for result in found]
                mean = over_seeds((float(level.mean()) for level in levels), quantity.within)
                ratio = over_seeds(
                    (float(result.record.relative_noise(result.record.levels[i]).mean()) for result in found), POSITIVE
                )
                noise = f"with noise of std {std:g} (‖δ‖/‖ω‖ = {ratio.mean:.2g})" if std > 0 else f"along {place}"
                said.append(f"{mean.mean:{quantity.digits(3)}} {noise}")
                label = f"mean {quantity.on(split)}, {name}, noise of std {std:g}"
                (numbers if i == order[-1] else more)[label] = (mean, quantity.digits(3))
            parts.append(spoken(said))
        return Headline(f"The {quantity.on(split)} is {'; '.join(parts)}.", numbers, more)

    def evaluations(self, family: Family) -> float:
        # Routes and grids have a shared first layer, whose basis vectors are the corners, or three points.
        corners, levels = family.corner_count, len(self.std)
        route = corners + self.points * SHARED_COST
        return (1 + levels * self.draws) * route + (1 + levels) * (3 + self.surface_points**2 * SHARED_COST)

    def smoke(self) -> Self:
        return self.model_copy(update={"draws": 2, "points": 5, "surface_points": 5})


def _route(corners: int, points: int) -> Float64[Tensor, "n m"]:
    """Barycentric coordinates along the segment of two corners, or around the edges of more."""
    return simplex.barycentric_coordinates(simplex.route(torch.linspace(0, 1, points, dtype=torch.float64), corners))


def _moved(points: Points, noise: Float[Tensor, "m D"]) -> Points:
    """Weight vectors with noise added; BatchNorm statistics, which are no weights, get none."""
    return Points.of(points.basis + noise, points.statistics)


def _norms(vectors: Float[Tensor, "m D"]) -> Float64[np.ndarray, " m"]:
    norms: np.ndarray = vectors.double().norm(dim=1).numpy()
    return norms
