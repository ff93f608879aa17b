"""Trainings from random initialisations: of networks, and of subspaces."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from torch import Generator, Tensor

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.families.base import TrainedFamily
from lossgeo.families.fitting import Fitting
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.train import train
from lossgeo.landscape.training import Single, Trainable, Training
from lossgeo.stages.problem import TrainedOn
from lossgeo.stages.record import Epoch, Fit

FLOPS_PER_WEIGHT_AND_EXAMPLE = 6.0
"""Forward and backward, one multiplication and one addition each in three products."""

FLOPS_PER_PARAMETER_AND_STEP = 100.0
"""An optimizer's step in the time that it takes: it is bound by memory, not arithmetic."""


def cost_of_epochs(epochs: int, problem: TrainedOn, training: Training, vectors: int = 1) -> float:
    """Floating-point operations of so many epochs, roughly."""
    passes = FLOPS_PER_WEIGHT_AND_EXAMPLE * problem.dataset.train
    steps = FLOPS_PER_PARAMETER_AND_STEP * vectors * problem.dataset.train / training.batch_size
    return epochs * problem.layout.dimension * (passes + steps)


@dataclass(frozen=True)
class Train(Job[Fit]):
    """A training from random initialisations; kinds of it say what is trained, and have random streams of their own."""

    problem: TrainedOn
    training: Training
    seed: int

    @property
    @abstractmethod
    def stream_names(self) -> tuple[str, ...]:
        """Of the random streams that belong to this training."""

    @property
    @abstractmethod
    def trainable(self) -> Trainable:
        """What is trained."""

    @property
    @abstractmethod
    def vectors(self) -> int:
        """How many weight vectors are trained together."""

    @abstractmethod
    def initial(self, anchors: Tensor, generator: Generator) -> dict[str, Tensor]:
        """The parameters to start from, given as many initialisations of the network, `[vectors D]`."""

    @pinned()
    def compute(self, context: Context) -> Fit:
        """Train."""
        streams = partial(stream, self.seed, *self.stream_names)
        anchors = self.problem.initialise(self.vectors, streams("init"))
        initial = self.initial(anchors, streams("features"))
        setting = self.problem.setting(context)
        return Fit.of(train(self.trainable, initial, setting, self.training, streams, context))

    def load(self, context: Context, epoch: Epoch) -> dict[str, Tensor]:
        """The stored parameters after that epoch."""
        return context.load(self).parameters(epoch)

    @property
    def result_type(self) -> type[Fit]:
        """A fit."""
        return Fit

    @property
    def cost(self) -> float:
        """Of the passes through the network and the steps of the optimizer."""
        return cost_of_epochs(self.training.epochs, self.problem, self.training, self.vectors)


@dataclass(frozen=True)
class TrainNetwork(Train):
    """A network trained on its own; its parameter is `basis`, `[1 D]`. Members of one seed are independent."""

    member: int = 0
    version: ClassVar[int] = 1

    @property
    def stream_names(self) -> tuple[str, ...]:
        """One name a member."""
        return ("network", str(self.member))

    @property
    def trainable(self) -> Trainable:
        """The weights themselves."""
        return Single()

    @property
    def vectors(self) -> int:
        """One."""
        return 1

    def initial(self, anchors: Tensor, generator: Generator) -> dict[str, Tensor]:  # noqa: ARG002
        """The initialisation."""
        return {"basis": anchors}

    @property
    def label(self) -> str:
        """What is trained, and its seed."""
        return f"train {self.problem.architecture.kind} {self.member} · seed {self.seed}"


@dataclass(frozen=True)
class FitSubspace(Train):
    """A subspace of low loss, trained from scratch: the parameters of its family."""

    family: TrainedFamily
    version: ClassVar[int] = 1

    @property
    def stream_names(self) -> tuple[str, ...]:
        """The same for all families, so that they start and see their batches alike."""
        return ("subspace",)

    @property
    def trainable(self) -> Trainable:
        """Networks at random points of the family."""
        return Fitting(self.family)

    @property
    def vectors(self) -> int:
        """The anchors of the family."""
        return self.family.anchors

    def initial(self, anchors: Tensor, generator: Generator) -> dict[str, Tensor]:
        """The family laid through the initialisations."""
        return self.family.initial(anchors, generator)

    @property
    def label(self) -> str:
        """The family, and the seed."""
        return f"fit {self.family.kind} of {self.family.anchors} anchors · seed {self.seed}"
