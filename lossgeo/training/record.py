"""The stored record of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lossgeo.landscape.fitted import Fitted
from lossgeo.lazy import torch


@dataclass(frozen=True)
class History:
    """The epochs of a training, a row each: means over its steps (with dropout), and the validation after it (without).

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
"""The choice of weights of a training: after its last epoch, or after the epoch of the lowest validation loss."""


@dataclass(frozen=True)
class Snapshot:
    """The parameters that a training has found, as they are stored: of a network or any subspace, at any step.

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
        """The stored parameters as tensors."""
        own = {name: torch.from_numpy(value) for name, value in self.own.items()}
        statistics = torch.from_numpy(self.statistics) if self.statistics.size else None
        return Fitted(torch.from_numpy(self.basis), own, statistics)


@dataclass(frozen=True)
class TrainingRecord:
    """The stored result of a training: its last and best parameters, and its history.

    Args:
        last, best: what it had found after the last epoch, and after that of the lowest validation loss.
        history: a row an epoch.
    """

    last: Snapshot
    best: Snapshot
    history: History

    def learned(self, which: Which) -> Snapshot:
        """The parameters after the last or the best epoch."""
        return self.best if which == "best" else self.last
