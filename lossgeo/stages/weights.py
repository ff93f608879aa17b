"""The role of weights: the subject of analyses, and the sources of networks and subspaces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Points
from lossgeo.problems.base import Problem
from lossgeo.training.options import Training
from lossgeo.training.record import Which

if TYPE_CHECKING:
    from torch import Tensor


class Weights(ABC):
    """The weights of a network or a subspace at one seed: the result of a job, or a value that follows from results.

    A value that is no job is a frozen dataclass, so that the jobs among its fields are dependencies of what has it as a
    field.
    """

    @property
    @abstractmethod
    def problem(self) -> Problem:
        """The problem whose loss the weights are for."""

    @property
    @abstractmethod
    def seed(self) -> int | None:
        """The seed of the study; None for weights that no seed changes."""

    @property
    @abstractmethod
    def family(self) -> Family:
        """The family of the subspace; a point for a network."""

    @property
    @abstractmethod
    def key(self) -> str:
        """A text that differs from that of all other weights."""

    @property
    @abstractmethod
    def lineage(self) -> str:
        """A description of the weights' sources, without versions and most options; it names random streams."""

    @abstractmethod
    def load(self, context: Context, which: Which) -> Fitted:
        """The parameters, from stored results; those of a training after the chosen epoch."""

    @property
    @abstractmethod
    def jobs(self) -> tuple[Job[Any], ...]:
        """The jobs whose results `load` reads."""

    def moments(self, context: Context, corner: int) -> Mapping[str, Tensor]:  # noqa: ARG002  # most keep none
        """The state of the optimizer at a corner, by name, as for one parameter `[1 D]`; empty if none was kept."""
        return {}

    def options_at(self, corner: int) -> Training | None:  # noqa: ARG002  # most are not trained
        """The options with which the weights at a corner were trained; None for untrained weights."""
        return None

    def kept_at(self, *, epoch: int | None = None, step: int | None = None) -> Weights:
        """The weights of the same training after one of its epochs or steps.

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
        """The job whose record has the `history` of the training; None for weights that were not trained as a whole."""
        return None

    @property
    def is_underway(self) -> bool:
        """Whether the training goes on, as that of the shared trajectory: its furthest epoch stands for all."""
        return False

    @property
    def epochs_before(self) -> int:
        """Epochs behind the weights that the training started from."""
        return 0

    @property
    def epochs(self) -> int:
        """Epochs behind the weights, with those before the start of the training."""
        return 0

    def corners(self, context: Context, which: Which) -> Points:
        """The weight vectors at the corners."""
        return self.family.subspace(self.load(context, which)).at(self.family.corners)
