"""The job of an analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property, partial
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

from lossgeo.analyses.base import Analysis, Subject
from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.landscape.normalization import BatchNorm
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.measures.part import UNDIVIDED, Part
from lossgeo.measures.record import Record
from lossgeo.problems.base import Problem
from lossgeo.stages.recipe import cost_of_evaluations
from lossgeo.stages.weights import Weights
from lossgeo.training.options import Training
from lossgeo.training.record import Which
from lossgeo.training.setting import Setting
from lossgeo.training.update import updated

if TYPE_CHECKING:
    from torch import Generator, Tensor

COST_OF_A_PART = 2e10
"""Floating-point operations that are worth a job: a hundred times what it costs to start one and load what it needs."""


def version_with(batch_norm: BatchNorm, problem: Problem) -> int:
    """The version of an analysis: 2 with kept statistics, which in 1 all but the first of many points had wrong."""
    return 2 if batch_norm == "checkpoint" and problem.statistics.dimension > 0 else 1


@dataclass(frozen=True)
class Analyse(Job[Record]):
    """An analysis of one subspace at one seed; of a costly one that can be divided, the parts joined.

    Key and bits are those of the analysis undivided. A part is needed until the whole is stored.

    Args:
        analysis: with its options.
        subspace: what it is of.
        network: of the same seed, which the subspace is not made of, where the analysis compares it with one.
        training: of the study, where the analysis makes steps of it; weights that were trained otherwise say how.
        which: weights of the trainings, after their last or their best epoch.
        batch_norm: what BatchNorm layers normalise with.
        origins: networks that the subspace's were trained from, by what they are called.
    """

    analysis: Analysis
    subspace: Weights
    network: Weights | None
    training: Training | None
    which: Which
    batch_norm: BatchNorm
    origins: Mapping[str, Weights] = field(default_factory=dict)
    is_of_several: ClassVar[bool] = False

    @property
    def version(self) -> int:  # type: ignore[override]  # of some of these jobs alone
        """The version of what this analysis computes."""
        return version_with(self.batch_norm, self.subspace.problem)

    @property
    def has_seed(self) -> bool:
        """Whether the result depends on a seed."""
        return any(weights is not None and weights.seed is not None for weights in (self.subspace, self.network))

    @cached_property
    def division(self) -> tuple[AnalysePart, ...]:
        """The parts that it is computed in: as many as its cost is worth and it can have; empty where that is one."""
        most = self.analysis.parts(self.subspace.family)
        count = min(most, ceil(self._whole_cost / COST_OF_A_PART)) if most > 1 else 1
        own = {field.name: getattr(self, field.name) for field in fields(Analyse)}
        return tuple(AnalysePart(**own, part=Part(i, count)) for i in range(count)) if count > 1 else ()

    @cached_property
    def needed(self) -> tuple[Job[Any], ...]:
        """The parts that are computed first, where there are any."""
        return self.division or super().needed

    def compute(self, context: Context) -> Record:
        with pinned(self.subspace.problem.numerics):
            if self.division:
                return self.analysis.joined([context.load(part) for part in self.division])
            return self.analysis.compute(self.subject(context))

    def subject(self, context: Context) -> Subject:
        """The subject of the analysis, from stored results."""
        subspace, fitted = self.subspace, self.subspace.load(context, self.which)
        corners = subspace.family.subspace(fitted).at(subspace.family.corners)
        return Subject(
            family=subspace.family,
            fitted=fitted,
            independent=None if self.network is None else self.network.corners(context, self.which),
            landscape=partial(subspace.problem.landscape, context.folders, batch_norm=self.batch_norm),
            stream=partial(stream, subspace.seed, self.analysis.kind, subspace.lineage),
            progress=context.progress,
            task=subspace.problem.task,
            origins={name: self._point(origin, context) for name, origin in self.origins.items()},
            update=partial(self._updated, context, corners, cache(partial(subspace.problem.setting, context.folders))),
        )

    def _point(self, network: Weights, context: Context) -> Tensor:
        return network.corners(context, self.which).dense()[0]

    def _updated(
        self, context: Context, corners: Points, setting: Callable[[], Setting], corner: int, generator: Generator
    ) -> Tensor:
        if self.training is None:
            raise ValueError("there is no training to make a step of; set `needs_training = True` on the analysis")
        theta = corners.dense(slice(corner, corner + 1))[0]
        moments, options = self.subspace.moments(context, corner), self.subspace.options_at(corner) or self.training
        return updated(theta, moments, setting(), options, generator)

    @property
    def result_type(self) -> type[Record]:
        return self.analysis.record

    @property
    def label(self) -> str:
        """The analysis, its subspace, and the seed."""
        return f"{self.analysis.kind} of {self.subspace.lineage} · seed {self.subspace.seed}"

    @property
    def cost(self) -> float:
        return super().cost if self.division else self._whole_cost

    @property
    def _whole_cost(self) -> float:
        return cost_of_evaluations(self.analysis.evaluations(self.subspace.family), self.subspace.problem)


@dataclass(frozen=True)
class AnalysePart(Analyse):
    """A part of an analysis of a subspace.

    Args:
        part: which.
    """

    part: Part = UNDIVIDED

    @property
    def division(self) -> tuple[AnalysePart, ...]:
        """None: a part is not divided further."""
        return ()

    def subject(self, context: Context) -> Subject:
        """What the analysis is asked about, and for which part."""
        return replace(super().subject(context), part=self.part)

    @property
    def label(self) -> str:
        """The analysis, what it is of, the seed and the part."""
        return f"{super().label}, {self.part}"

    @property
    def cost(self) -> float:
        """An equal share of the whole."""
        return self._whole_cost / self.part.count
