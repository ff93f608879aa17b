"""Trainings: of a network, of a subspace, from initialisations or from other weights; one kind of job for all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import ceil
from typing import Any, ClassVar, TypeVar

from torch import Tensor

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.engine.key import canonical, digest, fields_of
from lossgeo.errors import LossgeoError
from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.train import Course, Start
from lossgeo.landscape.training import Learned, Trained, Training, Which
from lossgeo.stages.joint import stacked
from lossgeo.stages.problem import TrainedOn
from lossgeo.stages.weights import Weights

R = TypeVar("R")

FLOPS_PER_WEIGHT_AND_EXAMPLE = 6.0
"""Forward and backward, one multiplication and one addition each in three products."""

FLOPS_PER_PARAMETER_AND_STEP = 100.0
"""An optimizer's step in the time that it takes: it is bound by memory, not arithmetic."""


def cost_of_epochs(epochs: float, problem: TrainedOn, training: Training, vectors: int = 1) -> float:
    """Floating-point operations of so many epochs, roughly."""
    passes = FLOPS_PER_WEIGHT_AND_EXAMPLE * problem.dataset.train
    steps = FLOPS_PER_PARAMETER_AND_STEP * vectors * problem.dataset.train / training.batch_size
    return epochs * problem.layout.dimension * (passes + steps)


@dataclass(frozen=True)
class Recipe:
    """All that decides a training.

    Args:
        problem: what the loss is.
        training: how it is trained.
        seed: of the study.
        family: what is trained; a point for a network.
        name: of its streams of randomness.
        sources: the weights that its anchors are; empty for fresh initialisations.
        which: weights of the sources, after their last or their best epoch, where these may differ.
    """

    problem: TrainedOn
    training: Training
    seed: int
    family: Family
    name: tuple[str, ...]
    sources: tuple[Weights, ...] = ()
    which: Which = "last"

    @cached_property
    def digest(self) -> str:
        """Sets it apart from every other."""
        return digest(canonical("Recipe", 1, fields_of(self)))

    @property
    def lineage(self) -> str:
        """The streams, and the family where it is a subspace."""
        name = "/".join(self.name)
        return name if self.family.dimension == 0 else f"{self.family.kind}/{self.family.rows} from {name}"

    @property
    def steps_of_epoch(self) -> int:
        """How many steps an epoch has."""
        return ceil(self.problem.dataset.train / self.training.batch_size)

    @property
    def epochs_before(self) -> int:
        """Epochs behind the weights of a network that is trained on."""
        return self.sources[0].epochs if self.sources and self.family.dimension == 0 else 0

    def course(self, context: Context) -> Course:
        """The training, about to begin.

        Raises:
            LossgeoError: if the family has nothing to train.
        """
        objective = self.family.objective
        if objective is None:
            raise LossgeoError(f"{self.family.kind}: expected a family with an objective, got one without")
        start = Start(self._start(context), self._moments(context))
        return Course(objective, start, self.problem.setting(context), self.training, self._streams)

    def cost(self, epochs: float) -> float:
        """Floating-point operations of so many of its epochs, roughly."""
        return cost_of_epochs(epochs, self.problem, self.training, self.family.rows)

    def _start(self, context: Context) -> Fitted:
        if self.sources:
            anchors = stacked([source.load(context, self.which) for source in self.sources])
        else:
            anchors = Fitted(self.problem.initialise(self.family.anchors, self._streams("init")))
        return self.family.through(anchors, self._streams("features"))

    def _moments(self, context: Context) -> Mapping[str, Tensor]:
        """Those of the one network that is trained on, where they were kept."""
        is_trained_on = len(self.sources) == 1 and self.family.dimension == 0
        return self.sources[0].moments(context, 0) if is_trained_on else {}

    @property
    def _streams(self) -> Any:
        return partial(stream, self.seed, *self.name)


class OfRecipe(Job[R], Weights):
    """What one training publishes: its result, or its weights at a step; computed together where both are missing."""

    recipe: Recipe

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
        """That of the recipe."""
        return self.recipe.digest

    @property
    def jobs(self) -> tuple[Job[Any], ...]:
        """Itself."""
        return (self,)

    @property
    def problem(self) -> TrainedOn:
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

    def kept_at(self, *, epoch: int | None = None, step: int | None = None) -> Weights:
        """The same training after an epoch, or after a step."""
        return Kept(self.recipe, (epoch or 0) * self.recipe.steps_of_epoch if step is None else step)


def _never_reached(job: Job[Any], step: int, course: Course) -> LossgeoError:
    epochs, steps = len(course.rows), course.steps_of_epoch
    return LossgeoError(
        f"{job.label}: expected at least {step:,} steps, but the training stopped early after {epochs} epochs of "
        f"{steps:,}; keep an earlier one, or raise `early_stopping`"
    )


@dataclass(frozen=True)
class Fit(OfRecipe[Trained]):
    """A network or a subspace of low loss, trained to the end."""

    recipe: Recipe
    version: ClassVar[int] = 1

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
    version: ClassVar[int] = 1

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
