"""Recipes, which decide everything about a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from lossgeo.engine.context import Context
from lossgeo.errors import LossgeoError
from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.problems.base import Problem
from lossgeo.stages.joint import stacked
from lossgeo.stages.weights import Weights
from lossgeo.training.loop import Start, TrainingRun
from lossgeo.training.options import Training
from lossgeo.training.record import Which

if TYPE_CHECKING:
    from torch import Generator, Tensor

FLOPS_PER_WEIGHT_AND_EXAMPLE = 6.0
"""Operations of a forward and a backward pass: a multiplication and an addition in each of three products."""

FLOPS_PER_PARAMETER_AND_STEP = 100.0
"""An optimizer's step, as the operations that take as long: it is bound by memory, not by arithmetic."""


def cost_of_epochs(epochs: float, problem: Problem, training: Training, vectors: int = 1) -> float:
    """Floating-point operations of a number of epochs, roughly."""
    passes = FLOPS_PER_WEIGHT_AND_EXAMPLE * problem.size("train")
    steps = FLOPS_PER_PARAMETER_AND_STEP * vectors * problem.size("train") / training.batch_size
    return epochs * problem.weight_count * (passes + steps)


def cost_of_evaluations(count: float, problem: Problem) -> float:
    """Floating-point operations of the losses of so many weight vectors on the test set, roughly."""
    return FLOPS_PER_WEIGHT_AND_EXAMPLE / 3 * problem.size("test") * problem.weight_count * count


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a training.

    Args:
        problem: what the loss is.
        training: how it is trained.
        seed: of the study.
        family: what is trained; a point for a network.
        name: of its streams of randomness.
        sources: the weights that its anchors are; empty for fresh initialisations.
        takes_moments: whether a network that is trained on takes over the state of the optimizer, where it was kept.
        which: weights of the sources, after their last or their best epoch, where these may differ.
    """

    problem: Problem
    training: Training
    seed: int
    family: Family
    name: tuple[str, ...]
    sources: tuple[Weights, ...] = ()
    takes_moments: bool = False
    which: Which = "last"

    @property
    def lineage(self) -> str:
        """The names of the random streams, and the family of a subspace."""
        name = "/".join(self.name)
        return name if self.family.dimension == 0 else f"{self.family.kind}/{self.family.rows} from {name}"

    @property
    def steps_of_epoch(self) -> int:
        """The number of steps in an epoch."""
        return ceil(self.problem.size("train") / self.training.batch_size)

    @property
    def epochs_before(self) -> int:
        """Epochs behind the weights that the training starts from."""
        return self.sources[0].epochs if self.sources and self.family.dimension == 0 else 0

    def begun(self, context: Context) -> TrainingRun:
        """The training, about to begin.

        Raises:
            LossgeoError: if the family has nothing to train.
        """
        objective = self.family.objective
        if objective is None:
            raise LossgeoError(f"{self.family.kind}: expected a family with an objective, got one without")
        start = Start(self._start(context), self._moments(context))
        return TrainingRun(objective, start, self.problem.setting(context.folders), self.training, self._streams)

    def cost(self, epochs: float) -> float:
        """Floating-point operations of a number of epochs of this training, roughly."""
        return cost_of_epochs(epochs, self.problem, self.training, self.family.rows)

    def _start(self, context: Context) -> Fitted:
        if self.sources:
            anchors = stacked([source.load(context, self.which) for source in self.sources])
        else:
            anchors = Fitted(self.problem.initialise(self.family.anchors, self._streams("init")))
        return self.family.through(anchors, self._streams("features"))

    def _moments(self, context: Context) -> Mapping[str, Tensor]:
        return self.sources[0].moments(context, 0) if self.takes_moments else {}

    def _streams(self, what: str) -> Generator:
        return stream(self.seed, *self.name, what)
