"""Trainings at one of their steps."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Annotated, Self

from pydantic import Field

from lossgeo.networks.base import Network, Source, W, Workshop, of_kind, smaller
from lossgeo.networks.made_of import OfNetworks, Refusal, Surroundings, not_trained


class Step(Network, kind="step"):
    """The weights of a training after one of its steps, where epochs are too coarse: early in training, say."""

    network: Annotated[Source, OfNetworks()] = Field(
        default_factory=lambda: of_kind("trained"), description="a trained network, by name or itself"
    )
    step: int = Field(default=1, ge=0, le=1_000_000_000, description="batches so far; 0 is the initialisation")

    def refusals(self, study: Surroundings) -> Iterator[Refusal]:
        """A network that is not trained, and a step after its last."""
        if not study.entry(self.network).has_epochs:
            yield not_trained(self.network)
            return
        training = study.training_of(self.network)
        last = training.epochs * ceil(study.examples / training.batch_size)
        if self.step > last:
            yield Refusal(("step",), str(self.step), f"a step of that training, which has {last:,}")

    def weights(self, made: Workshop[W]) -> W:
        """What was kept."""
        return made.kept(self.network, step=self.step)

    def smoke(self) -> Self:
        """At most the first step."""
        return self.model_copy(update={"network": smaller(self.network), "step": min(self.step, 1)})
