"""What a training is: its options, where it takes place, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from pydantic import Field

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.forward import Network
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.optimizer import AdamW, Optimizer, Schedule
from lossgeo.landscape.weights import NOTHING, Layout
from lossgeo.variant import Model, merged

R = TypeVar("R")

SMOKE_EPOCHS = 2


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

    def changed(self, changes: Mapping[str, Any]) -> Training:
        """The training with some of its options changed, those of its optimizer by `optimizer: {…}`.

        Raises:
            pydantic.ValidationError: if they are no options, or not valid beside the others.
        """
        return Training.model_validate(merged(self.model_dump(), changes)) if changes else self

    def smoke(self) -> Training:
        """Two short epochs."""
        return self.model_copy(update={"epochs": min(self.epochs, SMOKE_EPOCHS)})


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


Which = Literal["last", "best"]
"""Weights of a training: after its last epoch, or after that of the lowest validation loss."""


@dataclass(frozen=True)
class Learned:
    """What a training has found, as it is stored: of a network, of any subspace, at any of its steps.

    Args:
        basis: B, rows that were held among its own, `[K D]`; that of a network is its weights, `[1 D]`.
        own: the parameters of Φ, by name.
        statistics: means and variances at BatchNorm layers: running averages of the training, `[1 S]`, or, beside rows
            that were held, for each row of B `[K S]`; S is 0 where there are no such layers.
    """

    basis: np.ndarray
    own: Mapping[str, np.ndarray]
    statistics: np.ndarray

    @property
    def fitted(self) -> Fitted:
        """The same as tensors."""
        own = {name: torch.from_numpy(value) for name, value in self.own.items()}
        statistics = torch.from_numpy(self.statistics) if self.statistics.size else None
        return Fitted(torch.from_numpy(self.basis), own, statistics)


@dataclass(frozen=True)
class Trained:
    """What a training leaves behind.

    Args:
        last, best: what it had found after the last epoch, and after that of the lowest validation loss.
        history: a row an epoch.
    """

    last: Learned
    best: Learned
    history: History

    def learned(self, which: Which) -> Learned:
        """What it had found after that epoch."""
        return self.best if which == "best" else self.last


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
