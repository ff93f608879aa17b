"""Networks that were trained on their own."""

from __future__ import annotations

from pydantic import Field

from lossgeo.networks.base import Listing, W, Workshop
from lossgeo.networks.trainable import TrainableNetwork

NAME = "independent network"


class Trained(TrainableNetwork, kind="trained"):
    """A network trained from a random initialisation of its own.

    Members of one seed are independent of one another; the same member has the same initialisation and order of the
    examples whatever its training is.
    """

    member: int = Field(default=0, ge=0, le=100_000, description="number among the independent networks of a seed")

    @property
    def trainings(self) -> frozenset[str]:
        """Its own."""
        return frozenset({f"network/{self.member}"})

    def weights(self, made: Workshop[W]) -> W:
        """The result of the training."""
        return made.trained(("network", str(self.member)), self.training)

    def listing(self, owner: str, place: int) -> Listing:
        """One of the independent networks, unless it is trained in another way than they are."""
        if self.training:
            return super().listing(owner, place)
        return Listing(NAME, self.member, f"train {NAME}" + (f" {self.member}" if self.member else ""))
