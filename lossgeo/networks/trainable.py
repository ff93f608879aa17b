"""The base of kinds of networks that have a training of their own."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from lossgeo.networks.base import Network
from lossgeo.networks.made_of import Changes
from lossgeo.training.options import smaller_training


class TrainableNetwork(Network):
    """A network with a training of its own, which may differ from the study's."""

    training: Changes = Field(default={})

    @property
    def changes(self) -> Changes:
        return self.training

    @property
    def has_epochs(self) -> bool:
        return True

    def smoke(self) -> Self:
        return self.model_copy(update={"training": smaller_training(self.training)})
