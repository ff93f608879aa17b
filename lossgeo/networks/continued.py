"""Networks that were trained further."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from lossgeo.landscape.training import SMOKE_EPOCHS
from lossgeo.networks.base import Network, Source, W, Workshop, of_kind, smaller
from lossgeo.networks.made_of import Changes, OfNetworks, shorter


class Continued(Network, kind="continued"):
    """A network trained on from another, with a fresh optimizer and an order of the examples of its own.

    The weights, and the running averages of BatchNorm layers, are those that the study selects of the other network.
    """

    network: Annotated[Source, OfNetworks()] = Field(
        default_factory=lambda: of_kind("trained"), description="where it starts: a name, or a network"
    )
    number: int = Field(default=0, ge=0, le=100_000, description="tells continuations of the same network apart")
    training: Changes = Field(default={})

    @property
    def changes(self) -> Changes:
        """Those of its option `training`."""
        return self.training

    @property
    def has_epochs(self) -> bool:
        """It has."""
        return True

    def weights(self, made: Workshop[W]) -> W:
        """The result of the training."""
        start = made.weights(self.network)
        return made.trained(("continued", str(self.number), start.lineage), self.training, start)

    def smoke(self) -> Self:
        """At most two epochs."""
        changes = {"network": smaller(self.network), "training": shorter(self.training, SMOKE_EPOCHS)}
        return self.model_copy(update=changes)
