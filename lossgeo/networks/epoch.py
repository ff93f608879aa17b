"""The weights of trainings after one of their epochs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field

from lossgeo.documents.faults import Fault
from lossgeo.networks.base import Listing, Maker, Network, Source, W, smaller, without_epochs
from lossgeo.networks.made_of import SHARED_TRAJECTORY, OfNetworks, Surroundings
from lossgeo.training.options import SMOKE_EPOCHS


class EpochNetwork(Network, kind="epoch"):
    """The weights after an epoch of a training: of the shared trajectory, or of any network that is trained.

    The shared trajectory is one training a seed without a last epoch, which keeps the state of the optimizer after
    every epoch; of other trainings the weights alone are kept.
    """

    network: Annotated[Source | None, OfNetworks()] = Field(
        default=None,
        description="a trained network: a name, or a network written in place; null: the shared trajectory",
    )
    epoch: int = Field(default=0, ge=0, le=100_000, description="epochs trained so far; 0 is the initialisation")

    @property
    def trainings(self) -> frozenset[str]:
        return frozenset({SHARED_TRAJECTORY} if self.network is None else ())

    @property
    def needs_constant_rate(self) -> bool:
        return self.network is None

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        if self.network is not None and not study.entry(self.network).has_epochs:
            yield without_epochs(self.network)
        elif self.network is not None and self.epoch > (last := study.training_of(self.network).epochs):
            yield Fault(("epoch",), str(self.epoch), f"an epoch of that training, which has {last}")

    def weights(self, made: Maker[W]) -> W:
        if self.network is None:
            return made.shared_trajectory(self.epoch)
        return made.kept(self.network, epoch=self.epoch)

    def listing(self, owner: str, place: int) -> Listing:  # noqa: ARG002  # no matter whose source it is
        # Other trainings appear under their own names.
        return Listing(SHARED_TRAJECTORY, self.epoch, f"{SHARED_TRAJECTORY}, epoch {self.epoch}")

    def smoke(self) -> Self:
        if self.network is None:
            return self
        return self.model_copy(update={"network": smaller(self.network), "epoch": min(self.epoch, SMOKE_EPOCHS)})
