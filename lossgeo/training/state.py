"""The state of a training between two of its epochs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lossgeo.lazy import torch
from lossgeo.training.record import History, Snapshot

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class TrainingState:
    """All that decides how a training goes on after an epoch.

    Args:
        rows: of the history, a row an epoch, `[epochs 5]`, in the order of `History`.
        grams: of the corners, at the start and after each epoch, `[epochs + 1, m m]`.
        now, best: what it has found by now and after the best epoch.
        best_epoch: of the lowest validation loss.
        optimizer: tensors of its state by "<parameter's place>.<name>".
        streams: states of the generators by name.
    """

    rows: np.ndarray
    grams: np.ndarray
    now: Snapshot
    best: Snapshot
    best_epoch: int
    optimizer: Mapping[str, np.ndarray]
    streams: Mapping[str, np.ndarray]

    @property
    def moments(self) -> dict[int, dict[str, Tensor]]:
        """The optimizer's state, by the place of the parameter and the name of the tensor."""
        moments: dict[int, dict[str, Tensor]] = {}
        for key, moment in self.optimizer.items():
            place, _, name = key.partition(".")
            moments.setdefault(int(place), {})[name] = torch.tensor(moment)
        return moments

    @property
    def history(self) -> History:
        """The history of the epochs so far."""
        train_loss, train_accuracy, penalty, validation_loss, validation_accuracy = self.rows.reshape(-1, 5).T.copy()
        return History(
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            penalty=penalty,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            best_epoch=self.best_epoch,
            corner_gram=self.grams,
        )
