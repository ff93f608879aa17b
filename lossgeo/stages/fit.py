"""Trainings of a network or a subspace, from initialisations or from other weights: one kind of job for all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.engine.key import canonical, digest, fields_of
from lossgeo.errors import LossgeoError
from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.numerics import pinned
from lossgeo.problems.base import Problem
from lossgeo.stages.recipe import Recipe
from lossgeo.stages.weights import Weights
from lossgeo.training.loop import TrainingRun
from lossgeo.training.options import Training
from lossgeo.training.record import Snapshot, TrainingRecord, Which

R = TypeVar("R")


class TrainingJob(Job[R], Weights):
    """A result of one training, at its end or at a step; all missing ones are computed together."""

    recipe: Recipe
    version: ClassVar[int] = 1

    @property
    @abstractmethod
    def stop(self) -> int | None:
        """The step after which there is a result; None for the end."""

    @abstractmethod
    def result(self, training: TrainingRun) -> R:
        """The result, once the training has come to the stop."""

    def compute(self, context: Context) -> R:
        ((_, found),) = self.together([self], context)
        if isinstance(found, Exception):
            raise found
        result: R = found
        return result

    def together(self, jobs: Sequence[Job[Any]], context: Context) -> Iterator[tuple[Job[Any], Any]]:
        # The training is run once, as far as the last of the jobs needs it.
        with pinned(self.problem.numerics):
            yield from self._together(jobs, context)

    def _together(self, jobs: Sequence[Any], context: Context) -> Iterator[tuple[Job[Any], Any]]:
        training = self.recipe.begun(context)
        waiting = {job.stop: job for job in jobs if job.stop is not None}
        last = [job for job in jobs if job.stop is None]
        for step in training.run(context, waiting.keys()):
            job = waiting.pop(step)
            yield job, job.result(training)
            if not waiting and not last:
                return
        for job in last:
            yield job, job.result(training)
        for step, job in waiting.items():
            yield job, _never_reached(job, step, training)

    @property
    def group(self) -> str:
        # The version is part of it: what an older one has left half done is not continued.
        return digest(canonical("Recipe", self.version, fields_of(self.recipe)))

    @property
    def jobs(self) -> tuple[Job[Any], ...]:
        return (self,)

    @property
    def problem(self) -> Problem:
        return self.recipe.problem

    @property
    def seed(self) -> int:
        return self.recipe.seed

    @property
    def family(self) -> Family:
        return self.recipe.family

    def options_at(self, corner: int) -> Training:  # noqa: ARG002  # all corners together
        return self.recipe.training

    def kept_at(self, *, epoch: int | None = None, step: int | None = None) -> Weights:
        return Kept(self.recipe, (epoch or 0) * self.recipe.steps_of_epoch if step is None else step)


def _never_reached(job: Job[Any], step: int, training: TrainingRun) -> LossgeoError:
    epochs, steps = len(training.rows), training.steps_of_epoch
    return LossgeoError(
        f"{job.label}: expected at least {step:,} steps, but the training stopped early after {epochs} epochs, of "
        f"{steps:,} steps each; keep an earlier one, or raise `early_stopping`"
    )


@dataclass(frozen=True)
class Fit(TrainingJob[TrainingRecord]):
    """A network or a subspace of low loss, trained to the end."""

    recipe: Recipe

    @property
    def stop(self) -> None:
        return

    def result(self, training: TrainingRun) -> TrainingRecord:
        return training.trained()

    def load(self, context: Context, which: Which) -> Fitted:
        return context.load(self).learned(which).fitted

    @property
    def lineage(self) -> str:
        return self.recipe.lineage

    @property
    def has_best(self) -> bool:
        return True

    @property
    def training(self) -> Fit:
        return self

    @property
    def epochs_before(self) -> int:
        return self.recipe.epochs_before

    @property
    def epochs(self) -> int:
        return self.epochs_before + self.recipe.training.epochs

    @property
    def result_type(self) -> type[TrainingRecord]:
        return TrainingRecord

    @property
    def label(self) -> str:
        """The subspace or network that is trained, and the seed."""
        return f"fit {self.recipe.lineage} · seed {self.seed}"

    @property
    def cost(self) -> float:
        """Floating-point operations of all epochs, roughly."""
        return self.recipe.cost(self.recipe.training.epochs)


@dataclass(frozen=True)
class Kept(TrainingJob[Snapshot]):
    """A training at one of its steps: the weights alone, without the state that would continue it."""

    recipe: Recipe
    step: int

    @property
    def stop(self) -> int:
        return self.step

    def result(self, training: TrainingRun) -> Snapshot:
        return training.learned()

    def load(self, context: Context, which: Which) -> Fitted:  # noqa: ARG002  # there is one only
        return context.load(self).fitted

    @property
    def lineage(self) -> str:
        return f"{self.recipe.lineage} at step {self.step}"

    @property
    def epochs(self) -> int:
        """Whole epochs behind the step."""
        return self.recipe.epochs_before + self.step // self.recipe.steps_of_epoch

    @property
    def result_type(self) -> type[Snapshot]:
        return Snapshot

    @property
    def label(self) -> str:
        """The subspace or network that is trained, the step and the seed."""
        return f"{self.lineage} · seed {self.seed}"

    @property
    def cost(self) -> float:
        """Floating-point operations of the epochs up to the step, roughly."""
        return self.recipe.cost(self.step / self.recipe.steps_of_epoch)
