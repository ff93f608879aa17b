"""The shared trajectory: a training whose every epoch is a job, so that any epoch can be continued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.families.base import Family
from lossgeo.families.point import Point
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.networks.made_of import SHARED_TRAJECTORY
from lossgeo.problems.base import Problem
from lossgeo.stages.recipe import cost_of_epochs
from lossgeo.stages.weights import Weights
from lossgeo.training.loop import Start, TrainingRun
from lossgeo.training.options import Training
from lossgeo.training.record import Which
from lossgeo.training.state import TrainingState

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Trunk(Job[TrainingState], Weights):
    """The shared trajectory after one more epoch, with the weights and the optimizer's state that branches take over.

    Its bits are those of one undisturbed training, so another split epoch trains no epoch again.

    Args:
        on: what the loss is.
        options: how it is trained; the number of epochs and early stopping mean nothing here.
        at_seed: of the initialisation and of the data order z₀.
        previous: the trajectory an epoch earlier; None is the initialisation.
    """

    on: Problem
    options: Training
    at_seed: int
    previous: Trunk | None
    version: ClassVar[int] = 1

    @classmethod
    def start(cls, on: Problem, options: Training, seed: int) -> Trunk:
        """The shared trajectory at its initialisation."""
        return cls(on, options.model_copy(update={"epochs": 1, "early_stopping": None}), seed, None)

    @property
    def next(self) -> Trunk:
        """The shared trajectory one epoch later."""
        return replace(self, previous=self)

    @property
    def epochs(self) -> int:
        trunk, count = self, 0
        while trunk.previous is not None:
            trunk, count = trunk.previous, count + 1
        return count

    def compute(self, context: Context) -> TrainingState:
        # The first job of the trajectory initialises it, every other one trains for an epoch.
        with pinned(self.on.numerics):
            return self._trained(context)

    def _trained(self, context: Context) -> TrainingState:
        streams = partial(stream, self.at_seed, "trunk")
        start = Start(Fitted(self.on.initialise(1, streams("init"))))
        options = self.options.model_copy(update={"epochs": max(1, self.epochs)})
        training = TrainingRun(Point().objective, start, self.on.setting(context.folders), options, streams)
        if self.previous is not None:
            training.restore(context.load(self.previous))
            for _ in training.epoch(context.progress):
                pass
        return training.state()

    def load(self, context: Context, which: Which) -> Fitted:  # noqa: ARG002 -- there is no best one here
        return context.load(self).now.fitted

    def moments(self, context: Context, corner: int) -> Mapping[str, Tensor]:  # noqa: ARG002 -- there is one only
        return context.load(self).moments.get(0, {})

    @property
    def jobs(self) -> tuple[Job[Any], ...]:
        return (self,)

    def options_at(self, corner: int) -> Training:  # noqa: ARG002 -- there is one only
        return self.options

    @property
    def problem(self) -> Problem:
        return self.on

    @property
    def seed(self) -> int:
        return self.at_seed

    @property
    def family(self) -> Family:
        return Point()

    @property
    def lineage(self) -> str:
        return f"trunk/{self.epochs}"

    @property
    def training(self) -> Trunk:
        return self

    @property
    def is_underway(self) -> bool:
        return True

    @property
    def result_type(self) -> type[TrainingState]:
        return TrainingState

    @property
    def label(self) -> str:
        """The epoch of the shared trajectory, and the seed."""
        return f"{SHARED_TRAJECTORY}, epoch {self.epochs} · seed {self.seed}"

    @property
    def cost(self) -> float:
        """Floating-point operations of an epoch, roughly."""
        return cost_of_epochs(1, self.on, self.options)
