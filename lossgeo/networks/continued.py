"""Networks that were trained further."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from lossgeo.networks.base import Source, W, Workshop, of_kind, smaller
from lossgeo.networks.made_of import OfNetworks
from lossgeo.networks.trainable import TrainableNetwork


class Continued(TrainableNetwork, kind="continued"):
    """A network trained on from another, with a fresh optimizer and an order of the examples of its own.

    The weights, and the running averages of BatchNorm layers, are those that the study selects of the other network.
    """

    network: Annotated[Source, OfNetworks()] = Field(
        default_factory=lambda: of_kind("trained"), description="network that it starts from, by name or itself"
    )
    number: int = Field(default=0, ge=0, le=100_000, description="tells continuations of the same network apart")

    def weights(self, made: Workshop[W]) -> W:
        """The result of the training."""
        start = made.weights(self.network)
        return made.trained(("continued", str(self.number), start.lineage), self.training, start)

    def smoke(self) -> Self:
        """At most two epochs."""
        return super().smoke().model_copy(update={"network": smaller(self.network)})
