"""Networks that were trained on their own."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from lossgeo.landscape.training import SMOKE_EPOCHS
from lossgeo.networks.base import Listing, Network, W, Workshop
from lossgeo.networks.made_of import Changes, shorter

NAME = "independent network"


class Trained(Network, kind="trained"):
    """A network trained from a random initialisation of its own.

    Members of one seed are independent of one another; the same member has the same initialisation and order of the
    examples whatever its training is.
    """

    member: int = Field(default=0, ge=0, le=100_000, description="number among the independent networks of a seed")
    training: Changes = Field(default={})

    @property
    def changes(self) -> Changes:
        """Those of its option `training`."""
        return self.training

    @property
    def trainings(self) -> frozenset[str]:
        """Its own."""
        return frozenset({f"network/{self.member}"})

    @property
    def has_epochs(self) -> bool:
        """It has."""
        return True

    def weights(self, made: Workshop[W]) -> W:
        """The result of the training."""
        return made.trained(("network", str(self.member)), self.training)

    def listing(self, owner: str, place: int) -> Listing:
        """One of the independent networks, unless it is trained in another way than they are."""
        if self.training:
            return super().listing(owner, place)
        return Listing(NAME, self.member, f"train {NAME}" + (f" {self.member}" if self.member else ""))

    def smoke(self) -> Self:
        """At most two epochs."""
        return self.model_copy(update={"training": shorter(self.training, SMOKE_EPOCHS)})
