"""Networks trained from random initialisations."""

from __future__ import annotations

from pydantic import Field

from lossgeo.networks.base import Listing, Maker, W
from lossgeo.networks.trainable import TrainableNetwork

NAME = "independent network"


class TrainedNetwork(TrainableNetwork, kind="trained"):
    """A network trained from a random initialisation of its own.

    Members of one seed are independent of one another; the same member has the same initialisation and order of the
    examples whatever its training is.
    """

    member: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="number among the independent networks of a seed, which differ in initialisation and data order",
    )

    @property
    def trainings(self) -> frozenset[str]:
        return frozenset({f"network/{self.member}"})

    def weights(self, made: Maker[W]) -> W:
        return made.trained(("network", str(self.member)), self.training)

    def listing(self, owner: str, place: int) -> Listing:
        # Members that are trained as the study says are the independent networks of a report.
        if self.training:
            return super().listing(owner, place)
        return Listing(NAME, self.member, f"train {NAME}" + (f" {self.member}" if self.member else ""))
