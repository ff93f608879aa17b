"""The weights of trainings after one of their steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field

from lossgeo.documents.faults import Fault
from lossgeo.networks.base import Maker, Network, Source, W, of_kind, smaller, without_epochs
from lossgeo.networks.made_of import OfNetworks, Surroundings


class StepNetwork(Network, kind="step"):
    """The weights after a step of a training, where epochs are too coarse: early in training, for example."""

    network: Annotated[Source, OfNetworks()] = Field(
        default_factory=lambda: of_kind("trained"),
        description="a trained network: a name, or a network written in place",
    )
    step: int = Field(default=1, ge=0, le=1_000_000_000, description="steps trained so far; 0 is the initialisation")

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        if not study.entry(self.network).has_epochs:
            yield without_epochs(self.network)
            return
        training = study.training_of(self.network)
        last = training.epochs * study.steps_of_epoch(training)
        if self.step > last:
            yield Fault(("step",), str(self.step), f"a step of that training, which has {last:,}")

    def weights(self, made: Maker[W]) -> W:
        return made.kept(self.network, step=self.step)

    def smoke(self) -> Self:
        return self.model_copy(update={"network": smaller(self.network), "step": min(self.step, 1)})
