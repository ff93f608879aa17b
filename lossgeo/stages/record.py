"""What trainings leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from lossgeo.landscape.training import History, Trained

Epoch = Literal["last", "best"]
"""Of a training: its last, or that of the lowest validation loss."""


@dataclass(frozen=True)
class Fit:
    """What a training leaves behind.

    Args:
        last, best: its parameters by name, after the last and after the best epoch.
        history: a row an epoch.
    """

    last: Mapping[str, np.ndarray]
    best: Mapping[str, np.ndarray]
    history: History

    @classmethod
    def of(cls, trained: Trained) -> Fit:
        """The record of a training."""
        last, best = ({name: value.numpy() for name, value in part.items()} for part in (trained.last, trained.best))
        return cls(last=last, best=best, history=trained.history)

    def parameters(self, epoch: Epoch) -> dict[str, Tensor]:
        """The parameters after that epoch."""
        chosen = self.best if epoch == "best" else self.last
        return {name: torch.from_numpy(value) for name, value in chosen.items()}
