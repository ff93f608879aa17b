"""Trainings that branch: an epoch of the shared trajectory, and a branch, are jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from torch import Tensor

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.train import Course, TrainingState, train
from lossgeo.landscape.training import Single, Training
from lossgeo.stages.problem import TrainedOn
from lossgeo.stages.record import Epoch, Fit
from lossgeo.stages.train import cost_of_epochs


@dataclass(frozen=True)
class Trunk(Job[TrainingState]):
    """The shared trajectory after one more epoch; its weights and its optimizer's state are what branches take over.

    Its bits are those of one undisturbed training, so another split epoch trains no epoch again.

    Args:
        problem: what the loss is.
        training: how it is trained; the number of epochs and early stopping mean nothing here.
        seed: of the initialisation and of the data order z₀.
        previous: the trajectory an epoch earlier; None is the initialisation.
    """

    problem: TrainedOn
    training: Training
    seed: int
    previous: Trunk | None
    version: ClassVar[int] = 1

    @classmethod
    def start(cls, problem: TrainedOn, training: Training, seed: int) -> Trunk:
        """The initialisation."""
        return cls(problem, training.model_copy(update={"epochs": 1, "early_stopping": None}), seed, None)

    @property
    def next(self) -> Trunk:
        """One epoch later."""
        return replace(self, previous=self)

    @property
    def epoch(self) -> int:
        """Epochs so far."""
        trunk, count = self, 0
        while trunk.previous is not None:
            trunk, count = trunk.previous, count + 1
        return count

    @pinned()
    def compute(self, context: Context) -> TrainingState:
        """Initialise, or train for an epoch."""
        streams = partial(stream, self.seed, "trunk")
        initial = {"basis": self.problem.initialise(1, streams("init"))}
        options = self.training.model_copy(update={"epochs": max(1, self.epoch)})
        course = Course(Single(), initial, self.problem.setting(context), options, streams)
        if self.previous is not None:
            course.restore(context.load(self.previous))
            course.epoch(context.progress)
        return course.state()

    def load(self, context: Context, epoch: Epoch) -> dict[str, Tensor]:  # noqa: ARG002 -- there is no best one here
        """The stored weights, and BatchNorm statistics."""
        return context.load(self).weights

    @property
    def result_type(self) -> type[TrainingState]:
        """The state of a training."""
        return TrainingState

    @property
    def label(self) -> str:
        """The epoch, and the seed."""
        return f"shared trajectory of {self.problem.architecture.kind}, epoch {self.epoch} · seed {self.seed}"

    @property
    def cost(self) -> float:
        """Of an epoch."""
        return cost_of_epochs(1, self.problem, self.training)


@dataclass(frozen=True)
class TrainBranch(Job[Fit]):
    """A branch of a shared trajectory, with streams of its own; the same branch of every split epoch has the same.

    Args:
        trunk: the trajectory up to the split.
        training: how the branch is trained, and for how many epochs.
        branch: its number, from 0.
    """

    trunk: Trunk
    training: Training
    branch: int
    version: ClassVar[int] = 1

    @property
    def problem(self) -> TrainedOn:
        """What the loss is."""
        return self.trunk.problem

    @property
    def seed(self) -> int:
        """That of the trajectory."""
        return self.trunk.seed

    @pinned()
    def compute(self, context: Context) -> Fit:
        """Train on from the split."""
        streams = partial(stream, self.seed, "branch", str(self.branch))
        start, setting = context.load(self.trunk), self.problem.setting(context)
        return Fit.of(train(Single(), start, setting, self.training, streams, context))

    def load(self, context: Context, epoch: Epoch) -> dict[str, Tensor]:
        """The stored parameters after that epoch of the branch."""
        return context.load(self).parameters(epoch)

    @property
    def result_type(self) -> type[Fit]:
        """A fit."""
        return Fit

    @property
    def label(self) -> str:
        """The branch, its split epoch, and the seed."""
        return f"branch {self.branch} after epoch {self.trunk.epoch} · seed {self.seed}"

    @property
    def cost(self) -> float:
        """Of its epochs."""
        return cost_of_epochs(self.training.epochs, self.problem, self.training)
