"""What a training is: its options, what is trained, where, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Float, Float64
from pydantic import Field
from torch import Generator, Tensor

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.forward import Network
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.optimizer import AdamW, Optimizer, Schedule
from lossgeo.landscape.weights import NOTHING, Layout, Parameters, Points
from lossgeo.variant import Model

R = TypeVar("R")


class Training(Model):
    """How weights are trained."""

    optimizer: Optimizer = Field(default=AdamW(), description="adamw, adam or sgd, with its options")
    schedule: Schedule = Field(default="constant", description="of the learning rate, over all steps")
    batch_size: int = Field(
        default=128, ge=1, description="examples a step; the last step of an epoch takes what is left"
    )
    epochs: int = Field(default=10, ge=1, description="passes through the training examples")
    l2: float = Field(
        default=0.0, ge=0, description="λ of the penalty ½ λ ‖θ‖² on the weights that the loss is taken at"
    )
    early_stopping: int | None = Field(
        default=None, ge=1, description="stop after so many epochs without a lower validation loss"
    )

    def smoke(self) -> Training:
        """Two short epochs."""
        return self.model_copy(update={"epochs": min(self.epochs, 2)})


@runtime_checkable
class Trainable(Protocol):
    """What is trained: parameters that put weights at θ = Φ B, with B the parameter `basis` `[K D]`."""

    def features(self, parameters: Parameters, generator: Generator) -> Float[Tensor, "m K"]:
        """Φ for the weight vectors of a step: first the one that the loss is taken at, then those that are penalised.

        Differentiable in the parameters other than `basis`.
        """
        ...

    def penalty(self, others: Float[Tensor, "r D"]) -> Float[Tensor, ""]:
        """What is added to the mean loss of the batch, from the weight vectors after the first."""
        ...

    def monitored(self, parameters: Parameters) -> Points:
        """The fixed points whose mean validation loss is followed."""
        ...

    def corner_gram(self, parameters: Parameters) -> Float64[Tensor, "m m"]:
        """Inner products of the weight vectors whose lengths and angles are followed."""
        ...


class Single:
    """A network on its own: `basis` holds its one weight vector, and Φ = 1."""

    def features(self, parameters: Parameters, generator: Generator) -> Float[Tensor, "m K"]:  # noqa: ARG002
        """One."""
        return parameters["basis"].new_ones(1, 1)

    def penalty(self, others: Float[Tensor, "r D"]) -> Float[Tensor, ""]:
        """None."""
        return others.new_zeros(())

    def monitored(self, parameters: Parameters) -> Points:
        """The weights."""
        return Points.of(parameters["basis"].detach())

    def corner_gram(self, parameters: Parameters) -> Float64[Tensor, "1 1"]:
        """‖θ‖²."""
        return parameters["basis"].detach().double().square().sum().view(1, 1)


@dataclass(frozen=True)
class Setting:
    """Where a training takes place.

    Args:
        network, layout: the network, and where its parameters lie in the weight vector.
        examples: to train on.
        validation: the landscape that is followed; the statistics of BatchNorm layers are estimated anew there.
        statistics: names and shapes of the BatchNorm statistics that the training keeps.
    """

    network: Network
    layout: Layout
    examples: Examples
    validation: Landscape
    statistics: Layout = NOTHING


@dataclass(frozen=True)
class History:
    """A row per epoch: means over the steps of it (with dropout), and the validation after it (without).

    Losses are means over examples in the unit of the task; accuracies are shares, NaN in a regression. Validation is
    the mean over the monitored points.

    Args:
        train_loss, train_accuracy, penalty, validation_loss, validation_accuracy: `[epochs]`.
        best_epoch: of the lowest validation loss, from 0.
        corner_gram: inner products of the m corners before the first epoch and after each, `[epochs + 1, m m]`.
    """

    train_loss: np.ndarray
    train_accuracy: np.ndarray
    penalty: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    best_epoch: int
    corner_gram: np.ndarray

    @property
    def corner_distances(self) -> np.ndarray:
        """Distance of every pair of corners, `[epochs + 1, pairs]`; no pairs for a network on its own."""
        squares = np.diagonal(self.corner_gram, axis1=1, axis2=2)
        i, j = np.triu_indices(squares.shape[1], 1)
        between = squares[:, i] + squares[:, j] - 2 * self.corner_gram[:, i, j]
        distances: np.ndarray = np.sqrt(np.maximum(between, 0))
        return distances

    @property
    def corner_cosines(self) -> np.ndarray:
        """Cosine of every pair of corners, `[epochs + 1, pairs]`."""
        lengths = np.sqrt(np.diagonal(self.corner_gram, axis1=1, axis2=2))
        i, j = np.triu_indices(lengths.shape[1], 1)
        cosines: np.ndarray = self.corner_gram[:, i, j] / (lengths[:, i] * lengths[:, j])
        return cosines


@dataclass(frozen=True)
class Trained:
    """Parameters after the last epoch and after the epoch of the lowest validation loss, and how they came about.

    With BatchNorm layers, `statistics` `[1 S]` is among the parameters: the running averages of the training.
    """

    last: dict[str, Tensor]
    best: dict[str, Tensor]
    history: History


@runtime_checkable
class Supervisor(Protocol):
    """Watches over a training: hears how far it is, and keeps its state, so that it goes on there after a kill."""

    def progress(self, fraction: float, text: str) -> None:
        """The training says how far it is, and what it does."""
        ...

    def kept(self, record_type: type[R]) -> R | None:
        """The state that an earlier attempt at the same training had reached; None if there is none."""
        ...

    def keep(self, state: Callable[[], R], record_type: type[R]) -> None:
        """Keep the state that `state` makes, or not, as the supervisor sees fit."""
        ...


class Unwatched:
    """Nobody watches: nothing is told and nothing kept."""

    def progress(self, fraction: float, text: str) -> None:
        """Not told."""

    def kept(self, record_type: type[R]) -> R | None:
        """Nothing."""

    def keep(self, state: Callable[[], R], record_type: type[R]) -> None:
        """Not kept."""
