"""Networks trained further from the weights of other networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field

from lossgeo.networks.base import Maker, Source, W, of_kind, smaller
from lossgeo.networks.made_of import OfNetworks
from lossgeo.networks.trainable import TrainableNetwork


class ContinuedNetwork(TrainableNetwork, kind="continued"):
    """A network trained further from the weights of another, with a fresh optimizer and a data order of its own.

    The weights, and the running averages of BatchNorm layers, are those that the study selects of the other network.
    """

    network: Annotated[Source, OfNetworks()] = Field(
        default_factory=lambda: of_kind("trained"),
        description="network to start from: a name, or a network written in place",
    )
    number: int = Field(default=0, ge=0, le=100_000, description="number among continuations of the same network")

    @property
    def origins(self) -> Mapping[str, Source]:
        """The network that it starts from."""
        return {"split": self.network}

    def weights(self, made: Maker[W]) -> W:
        start = made.weights(self.network)
        return made.trained(("continued", str(self.number), start.lineage), self.training, start)

    def smoke(self) -> Self:
        return super().smoke().model_copy(update={"network": smaller(self.network)})
