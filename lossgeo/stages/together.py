"""Analyses of several subspaces and networks together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from lossgeo.analyses.joint import JointAnalysis, Subjects
from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.landscape.normalization import BatchNorm
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.measures.record import Record
from lossgeo.stages.analyse import Analyse, AnalysePart, version_with
from lossgeo.stages.recipe import cost_of_evaluations
from lossgeo.stages.weights import Weights
from lossgeo.training.options import Training
from lossgeo.training.record import Which


@dataclass(frozen=True)
class Named:
    """A subspace or a network under its name, which the record of an analysis of several has in its rows.

    Args:
        name: in the spec.
        weights: at the seed.
        origins: networks that its corners were trained from, by what they are called.
    """

    name: str
    weights: Weights
    origins: Mapping[str, Weights] = field(default_factory=dict)


@dataclass(frozen=True)
class AnalyseTogether(Job[Record]):
    """An analysis of several subspaces and networks of one seed, in one record.

    Args:
        analysis: with its options.
        subjects: what it is of, in the order of the spec.
        training: of the study, where the analysis makes steps of it.
        which: weights of the trainings, after their last or their best epoch.
        batch_norm: what BatchNorm layers normalise with.
    """

    analysis: JointAnalysis
    subjects: tuple[Named, ...]
    training: Training | None
    which: Which
    batch_norm: BatchNorm
    is_of_several: ClassVar[bool] = True

    @property
    def version(self) -> int:  # type: ignore[override]  # of some of these jobs alone
        """The version of what this analysis computes."""
        return version_with(self.batch_norm, self.subjects[0].weights.problem)

    @property
    def has_seed(self) -> bool:
        """Whether a seed changes anything."""
        return self.seed is not None

    @property
    def seed(self) -> int | None:
        """The seed of the subjects; None if no seed changes them."""
        return next((one.weights.seed for one in self.subjects if one.weights.seed is not None), None)

    @property
    def division(self) -> tuple[AnalysePart, ...]:
        """None: it is computed in one part."""
        return ()

    def compute(self, context: Context) -> Record:
        """Hand the subjects over to the analysis."""
        lineages = [one.weights.lineage for one in self.subjects]
        draws = partial(stream, self.seed, self.analysis.kind, *lineages)
        with pinned(self.subjects[0].weights.problem.numerics):
            named = {one.name: self._alone(one).subject(context) for one in self.subjects}
            return self.analysis.compare(Subjects(named, draws, context.progress))

    def _alone(self, one: Named) -> Analyse:
        """The analysis of one of the subjects, which knows how to load it."""
        return Analyse(self.analysis, one.weights, None, self.training, self.which, self.batch_norm, one.origins)

    @property
    def result_type(self) -> type[Record]:
        """The record of the analysis."""
        return self.analysis.record

    @property
    def label(self) -> str:
        """The analysis, how many subjects it is of, and the seed."""
        return f"{self.analysis.kind} of {len(self.subjects)} · seed {self.seed}"

    @property
    def cost(self) -> float:
        evaluations = self.analysis.evaluations_of_all([one.weights.family for one in self.subjects])
        return cost_of_evaluations(evaluations, self.subjects[0].weights.problem)
