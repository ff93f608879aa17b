"""Analyses of subspaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from torch import Generator, Tensor

from lossgeo.analyses.base import Analysis, Record, Subject
from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.landscape.normalization import BatchNorm
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.training import Training
from lossgeo.landscape.update import updated
from lossgeo.stages.joined import Joined
from lossgeo.stages.record import Epoch
from lossgeo.stages.train import FLOPS_PER_WEIGHT_AND_EXAMPLE, FitSubspace, TrainNetwork
from lossgeo.stages.trunk import Trunk


@dataclass(frozen=True)
class Analyse(Job[Record]):
    """An analysis of a subspace.

    Args:
        analysis: with its options.
        fit: the subspace.
        network: of the same seed, trained on its own, where the analysis needs one.
        training: how the networks are trained, where the analysis makes steps of it.
        epoch: of the trainings, whose weights are looked at.
        batch_norm: what BatchNorm layers normalise with.
    """

    analysis: Analysis
    fit: FitSubspace | Joined
    network: TrainNetwork | None
    training: Training | None
    epoch: Epoch
    batch_norm: BatchNorm
    version: ClassVar[int] = 1

    @pinned()
    def compute(self, context: Context) -> Record:
        """Hand the subject over to the analysis."""
        return self.analysis.compute(self.subject(context))

    def subject(self, context: Context) -> Subject:
        """What the analysis is asked about, from stored results."""
        fit, parameters = self.fit, self.fit.load(context, self.epoch)
        return Subject(
            family=fit.family,
            parameters=parameters,
            independent=None if self.network is None else self.network.load(context, self.epoch),
            landscape=partial(fit.problem.landscape, context, batch_norm=self.batch_norm),
            stream=partial(stream, fit.seed, self.analysis.kind, fit.key),
            progress=context.progress,
            origins={name: trunk.load(context, self.epoch)["basis"][0] for name, trunk in self._origins.items()},
            update=partial(self._updated, context, parameters),
        )

    @property
    def _origins(self) -> Mapping[str, Trunk]:
        return self.fit.origins if isinstance(self.fit, Joined) else {}

    def _updated(self, context: Context, parameters: Mapping[str, Tensor], corner: int, generator: Generator) -> Tensor:
        if self.training is None:
            raise ValueError("there is no training to make a step of; set `needs_training = True` on the analysis")
        fit = self.fit
        corners = fit.family.subspace(parameters).at(fit.family.corners)
        moments = fit.moments(context, corner) if isinstance(fit, Joined) else {}
        theta = corners.dense(slice(corner, corner + 1))[0]
        return updated(theta, moments, fit.problem.setting(context), self.training, generator)

    @property
    def result_type(self) -> type[Record]:
        """The record of the analysis."""
        return self.analysis.record

    @property
    def label(self) -> str:
        """The analysis, the family, and the seed."""
        family = self.fit.family
        return f"{self.analysis.kind} of {family.kind} with {family.anchors} anchors · seed {self.fit.seed}"

    @property
    def cost(self) -> float:
        """Of the weight vectors that it evaluates, on the test set."""
        problem = self.fit.problem
        passes = self.analysis.evaluations(self.fit.family) * problem.dataset.sizes["test"]
        return FLOPS_PER_WEIGHT_AND_EXAMPLE / 3 * problem.layout.dimension * passes
