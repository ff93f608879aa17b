"""Kinds of networks of somebody's own: each is one class, in a file that the package knows nothing of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import Field

from lossgeo.landscape.weights import Points
from lossgeo.networks.base import Network, Source, of_kind
from lossgeo.networks.made_of import OfNetworks


class Mean(Network, kind="toy_mean"):
    """The mean of the weights of other networks, with the mean of their BatchNorm statistics."""

    of: Annotated[tuple[Source, ...], OfNetworks()] = Field(
        default_factory=lambda: (of_kind("trained"), of_kind("trained", member=1)), min_length=1, description="them"
    )

    def combined(self, sources: Sequence[Points]) -> Points:
        """Their mean."""
        weights = torch.cat([source.dense() for source in sources])
        kept = [source.statistics for source in sources if source.statistics is not None]
        return Points.of(weights.mean(0, keepdim=True), torch.cat(kept).mean(0, keepdim=True) if kept else None)


class Constant(Network, kind="toy_constant"):
    """The same number everywhere, whatever the seed is."""

    value: float = Field(default=0.1, description="of every weight")
    weights_count: int = Field(default=1, ge=1, description="how many there are")

    def combined(self, sources: Sequence[Points]) -> Points:
        """Without sources."""
        assert not sources
        return Points.of(torch.full((1, self.weights_count), self.value))
