"""Corners of subspaces, taken as networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from lossgeo.documents.faults import Fault
from lossgeo.landscape.weights import Points
from lossgeo.networks.base import Network
from lossgeo.networks.made_of import OfSubspace, Surroundings
from lossgeo.variant import Name


class EndNetwork(Network, kind="end"):
    """A corner of a subspace of this study: the start or end of a curve, a vertex of a simplex."""

    subspace: Annotated[Name, OfSubspace()] = Field(default="line", description="name of the subspace")
    corner: int = Field(default=1, ge=1, le=100_000, description="number of the corner, counted from 1")

    @property
    def lineage(self) -> str:
        return f"{self.kind} {self.corner}"

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        corners = study.subspace(self.subspace).corner_count
        if self.corner > corners:
            yield Fault(("corner",), str(self.corner), f"a corner of {self.subspace}, which has {corners}")

    def combined(self, sources: Sequence[Points]) -> Points:
        (corners,) = sources
        return corners.rows(slice(self.corner - 1, self.corner))
