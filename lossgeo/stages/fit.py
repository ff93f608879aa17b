"""Trainings: of a network, of a subspace, from initialisations or from other weights; one kind of job for all."""

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
from lossgeo.training.loop import Course
from lossgeo.training.options import Training
from lossgeo.training.record import Learned, Trained, Which

R = TypeVar("R")


class OfRecipe(Job[R], Weights):
    """What one training publishes: its result, or its weights at a step; computed together where both are missing."""

    recipe: Recipe
    version: ClassVar[int] = 1

    @property
    @abstractmethod
    def stop(self) -> int | None:
        """The step after which there is a result; None is the end."""

    @abstractmethod
    def of(self, course: Course) -> R:
        """The result, once the course has come to the stop."""

    @pinned()
    def compute(self, context: Context) -> R:
        """Train, alone."""
        ((_, found),) = self.together([self], context)
        if isinstance(found, Exception):
            raise found
        result: R = found
        return result

    def together(self, jobs: Sequence[Job[Any]], context: Context) -> Iterator[tuple[Job[Any], Any]]:
        """Train once for all of them, as far as the last of them needs it."""
        with pinned():
            yield from self._together(jobs, context)

    def _together(self, jobs: Sequence[Any], context: Context) -> Iterator[tuple[Job[Any], Any]]:
        course = self.recipe.course(context)
        waiting = {job.stop: job for job in jobs if job.stop is not None}
        last = [job for job in jobs if job.stop is None]
        for step in course.run(context, waiting.keys()):
            job = waiting.pop(step)
            yield job, job.of(course)
            if not waiting and not last:
                return
        for job in last:
            yield job, job.of(course)
        for step, job in waiting.items():
            yield job, _never_reached(job, step, course)

    @property
    def group(self) -> str:
        """That of the recipe, and of the version: what an older one has left half done is not gone on with."""
        return digest(canonical("Recipe", self.version, fields_of(self.recipe)))

    @property
    def jobs(self) -> tuple[Job[Any], ...]:
        """Itself."""
        return (self,)

    @property
    def problem(self) -> Problem:
        """What the loss is."""
        return self.recipe.problem

    @property
    def seed(self) -> int:
        """That of the recipe."""
        return self.recipe.seed

    @property
    def family(self) -> Family:
        """What is trained."""
        return self.recipe.family

    def options_at(self, corner: int) -> Training:  # noqa: ARG002  # all corners together
        """Those of the recipe."""
        return self.recipe.training

    def kept_at(self, *, epoch: int | None = None, step: int | None = None) -> Weights:
        """The same training after an epoch, or after a step."""
        return Kept(self.recipe, (epoch or 0) * self.recipe.steps_of_epoch if step is None else step)


def _never_reached(job: Job[Any], step: int, course: Course) -> LossgeoError:
    epochs, steps = len(course.rows), course.steps_of_epoch
    return LossgeoError(
        f"{job.label}: expected at least {step:,} steps, but the training stopped early after {epochs} epochs, of "
        f"{steps:,} steps each; keep an earlier one, or raise `early_stopping`"
    )


@dataclass(frozen=True)
class Fit(OfRecipe[Trained]):
    """A network or a subspace of low loss, trained to the end."""

    recipe: Recipe

    @property
    def stop(self) -> None:
        """The end."""
        return

    def of(self, course: Course) -> Trained:
        """What has come of it."""
        return course.trained()

    def load(self, context: Context, which: Which) -> Fitted:
        """The stored parameters after that epoch."""
        return context.load(self).learned(which).fitted

    @property
    def lineage(self) -> str:
        """That of the recipe."""
        return self.recipe.lineage

    @property
    def has_best(self) -> bool:
        """It has."""
        return True

    @property
    def training(self) -> Fit:
        """Itself."""
        return self

    @property
    def epochs_before(self) -> int:
        """Those of the recipe."""
        return self.recipe.epochs_before

    @property
    def epochs(self) -> int:
        """Those before, and its own."""
        return self.epochs_before + self.recipe.training.epochs

    @property
    def result_type(self) -> type[Trained]:
        """What a training leaves behind."""
        return Trained

    @property
    def label(self) -> str:
        """What is trained, and the seed."""
        return f"fit {self.recipe.lineage} · seed {self.seed}"

    @property
    def cost(self) -> float:
        """Of all its epochs."""
        return self.recipe.cost(self.recipe.training.epochs)


@dataclass(frozen=True)
class Kept(OfRecipe[Learned]):
    """A training at one of its steps: the weights alone, not what it would take to go on from there."""

    recipe: Recipe
    step: int

    @property
    def stop(self) -> int:
        """The step."""
        return self.step

    def of(self, course: Course) -> Learned:
        """What it has found by then."""
        return course.learned()

    def load(self, context: Context, which: Which) -> Fitted:  # noqa: ARG002  # there is one only
        """The stored parameters."""
        return context.load(self).fitted

    @property
    def lineage(self) -> str:
        """That of the recipe, and the step."""
        return f"{self.recipe.lineage} at step {self.step}"

    @property
    def epochs(self) -> int:
        """Whole epochs up to the step."""
        return self.recipe.epochs_before + self.step // self.recipe.steps_of_epoch

    @property
    def result_type(self) -> type[Learned]:
        """What a training has found."""
        return Learned

    @property
    def label(self) -> str:
        """What is trained, the step and the seed."""
        return f"{self.lineage} · seed {self.seed}"

    @property
    def cost(self) -> float:
        """Of the epochs up to the step."""
        return self.recipe.cost(self.step / self.recipe.steps_of_epoch)
