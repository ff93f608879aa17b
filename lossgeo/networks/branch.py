"""Branches of the shared trajectory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from lossgeo.documents.faults import Fault
from lossgeo.networks.base import Listing, Maker, Source, W, of_kind
from lossgeo.networks.made_of import Surroundings
from lossgeo.networks.trainable import TrainableNetwork


class BranchNetwork(TrainableNetwork, kind="branch"):
    """A network that goes on from an epoch of the shared trajectory with an order of the examples of its own.

    It takes over the weights and the state of the optimizer: Frankle et al. 2020 (arXiv:1912.05671). The same branch of
    every split epoch sees the examples in the same order.
    """

    split_epoch: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="k, epochs of the shared trajectory that come before; 0 is the initialisation",
    )
    number: int = Field(default=0, ge=0, le=100_000, description="number of the branch: each has its own data order")

    @property
    def sources(self) -> tuple[Source, ...]:
        """The shared trajectory at the split epoch."""
        return (of_kind("epoch", epoch=self.split_epoch),)

    @property
    def origins(self) -> Mapping[str, Source]:
        """The shared trajectory at its initialisation and at the split."""
        at = {"initialisation": 0, "split": self.split_epoch}
        return {name: of_kind("epoch", epoch=epoch) for name, epoch in at.items()}

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        own, shared = study.training_of(self).optimizer, study.training.optimizer
        if type(own) is not type(shared):
            expected = f"{shared.kind}, whose state it takes over"
            yield Fault(("training", "optimizer"), f"the optimizer {own.kind}", expected)

    def weights(self, made: Maker[W]) -> W:
        split = made.shared_trajectory(self.split_epoch)
        return made.trained(("branch", str(self.number)), self.training, split, takes_moments=True)

    def listing(self, owner: str, place: int) -> Listing:
        return Listing(owner, place, f"branch {place} of {owner}")
