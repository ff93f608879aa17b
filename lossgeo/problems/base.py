"""The role of a problem: a loss as a function of the weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.normalization import BatchNorm
from lossgeo.landscape.numerics import CPU, Numerics
from lossgeo.landscape.task import Task
from lossgeo.landscape.weights import NO_WEIGHTS, Layout
from lossgeo.training.setting import Setting
from lossgeo.variant import Variant

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Problem(Variant):
    """A loss L(θ) of weight vectors θ ∈ ℝᴰ, with a law for random initialisations and a way to descend on it.

    A network on a data set is one kind. A formula of the weights derives from
    :class:`lossgeo.problems.analytic.AnalyticProblem`: it has no examples, no splits and no accuracy.

    Laws (checked for every problem by ``lossgeo.contracts``):
        the landscape has `weight_count` weights, and as many examples as `sizes` says;
        an initialisation has `weight_count` finite weights, the same for the same generator;
        the gradient of ``setting.measure`` is that of the landscape, where nothing of a step is drawn.
    """

    @property
    @abstractmethod
    def weight_count(self) -> int:
        """D, the number of weights."""

    @property
    @abstractmethod
    def task(self) -> Task:
        """The task: how the loss is measured, and whether there are examples and right answers."""

    @property
    @abstractmethod
    def sizes(self) -> Mapping[str, int]:
        """Number of examples in every split, by its name; empty for a loss without examples."""

    @property
    def statistics(self) -> Layout:
        """Names and shapes of the BatchNorm statistics; empty for a problem without such layers."""
        return NO_WEIGHTS

    @property
    def numerics(self) -> Numerics:
        """The device that the loss is computed on, and the precision; of a formula, processors and float64."""
        return CPU

    @property
    @abstractmethod
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Names and values for the top of a report."""

    def size(self, split: str) -> int:
        """N, the number of examples in a split; 1 for a loss without examples."""
        return self.sizes.get(split, 1)

    @abstractmethod
    def initialise(self, count: int, generator: Generator) -> Float[Tensor, "{count} D"]:
        """Independent initialisations in float32."""

    @abstractmethod
    def landscape(self, folders: Sequence[Path], split: str, batch_norm: BatchNorm = "recalibrate") -> Landscape:
        """The loss on a split, with what BatchNorm layers normalise with there; the one landscape without examples.

        Raises:
            DataError: if the examples are in none of the folders, or are not those that the options name.
        """

    @abstractmethod
    def setting(self, folders: Sequence[Path]) -> Setting:
        """The loss that a training minimises step by step, and the landscape that it monitors."""

    def look_for(self, folders: Sequence[Path]) -> str | None:  # noqa: ARG002  # most have nothing to read
        """The way in which a run will get data that are in no folder, in words; None if it need not.

        Raises:
            DataError: if a run would not find it.
        """
        return None

    def prepare(self, folders: Sequence[Path]) -> None:  # most have nothing to read
        """Make sure, before any job starts, that all data are there and verified."""
