"""Weights: what analyses are of, and what networks and subspaces are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Points
from lossgeo.problems.base import Problem
from lossgeo.training.options import Training
from lossgeo.training.record import Which


class Weights(ABC):
    """The weights of a network or a subspace at one seed: the result of a job, or a value that follows from results.

    A value that is no job is a frozen dataclass, so that the jobs among its fields are dependencies of what has it as a
    field.
    """

    @property
    @abstractmethod
    def problem(self) -> Problem:
        """What the loss is."""

    @property
    @abstractmethod
    def seed(self) -> int | None:
        """That of the study; None if no seed changes anything."""

    @property
    @abstractmethod
    def family(self) -> Family:
        """What kind of subspace they are; a point for a network."""

    @property
    @abstractmethod
    def key(self) -> str:
        """Sets them apart from all others."""

    @property
    @abstractmethod
    def lineage(self) -> str:
        """What they were made of, in words without versions and most options: streams are named after it."""

    @abstractmethod
    def load(self, context: Context, which: Which) -> Fitted:
        """The parameters, from stored results; of a training those after the chosen epoch."""

    @property
    @abstractmethod
    def jobs(self) -> tuple[Job[Any], ...]:
        """The jobs whose results `load` reads."""

    def moments(self, context: Context, corner: int) -> Mapping[str, Tensor]:  # noqa: ARG002  # most keep none
        """The state of the optimizer at a corner, by name, as for one parameter `[1 D]`; empty where none was kept."""
        return {}

    def options_at(self, corner: int) -> Training | None:  # noqa: ARG002  # most are not trained
        """How the weights at a corner were trained; None where they were not."""
        return None

    def kept_at(self, *, epoch: int | None = None, step: int | None = None) -> Weights:
        """The training at one of its epochs or steps.

        Raises:
            ValueError: if this is no training.
        """
        del epoch, step
        raise ValueError(f"{self.lineage}: expected a training, whose epochs can be kept; got weights without any")

    @property
    def has_best(self) -> bool:
        """Whether the weights after the last and after the best epoch may differ."""
        return False

    @property
    def training(self) -> Job[Any] | None:
        """The job whose record has the `history` of their training; None where they were not trained as a whole."""
        return None

    @property
    def is_underway(self) -> bool:
        """Whether the training goes on, as epochs of the shared trajectory do: the furthest one stands for all."""
        return False

    @property
    def epochs_before(self) -> int:
        """Epochs behind the weights that the training started from."""
        return 0

    @property
    def epochs(self) -> int:
        """Epochs behind the weights, those before included."""
        return 0

    def corners(self, context: Context, which: Which) -> Points:
        """The weight vectors at the corners."""
        return self.family.subspace(self.load(context, which)).at(self.family.corners)
