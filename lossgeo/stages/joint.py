"""Weights that follow from others without training: subspaces laid through networks, and combined networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.engine.key import canonical, digest, fields_of
from lossgeo.families.base import Family
from lossgeo.families.point import Point
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.lazy import torch
from lossgeo.networks.base import Network
from lossgeo.problems.base import Problem
from lossgeo.stages.weights import Weights
from lossgeo.training.options import Training
from lossgeo.training.record import Which

if TYPE_CHECKING:
    from torch import Tensor


def stacked(networks: Sequence[Fitted]) -> Fitted:
    """Networks as the rows of one basis, with their BatchNorm statistics."""
    kept = [network.statistics for network in networks if network.statistics is not None]
    statistics = torch.cat(kept) if len(kept) == len(networks) else None
    return Fitted(torch.cat([network.basis for network in networks]), {}, statistics)


class Joint(Weights):
    """Weights that are no job: they follow from those of their sources wherever they are loaded."""

    sources: tuple[Weights, ...]

    @property
    def seed(self) -> int | None:
        """The seed of the sources; None if none of them has one."""
        return next((source.seed for source in self.sources if source.seed is not None), None)

    @property
    def jobs(self) -> tuple[Job[Any], ...]:
        """The jobs of all sources, each once."""
        return tuple(dict.fromkeys(job for source in self.sources for job in source.jobs))

    @property
    def has_best(self) -> bool:
        return any(source.has_best for source in self.sources)

    @cached_property
    def key(self) -> str:
        """The digest of the class and its fields."""
        return digest(canonical(type(self).__name__, 1, fields_of(self)))


@dataclass(frozen=True)
class Through(Joint):
    """A family laid through networks, for which nothing is computed or stored.

    Args:
        sources: the networks that are the anchors.
        shape: the family that is laid through them.
    """

    sources: tuple[Weights, ...]
    shape: Family

    @property
    def family(self) -> Family:
        return self.shape

    @property
    def problem(self) -> Problem:
        return self.sources[0].problem

    @cached_property
    def lineage(self) -> str:
        """The family and the lineages of the sources."""
        return f"{self.family.kind} through {', '.join(source.lineage for source in self.sources)}"

    def load(self, context: Context, which: Which) -> Fitted:
        anchors = stacked([source.load(context, which) for source in self.sources])
        return self.family.through(anchors, stream(self.seed, "through"))

    def options_at(self, corner: int) -> Training | None:
        return self.sources[corner].options_at(0)

    def moments(self, context: Context, corner: int) -> Mapping[str, Tensor]:
        return self.sources[corner].moments(context, 0)


@dataclass(frozen=True)
class Combined(Joint):
    """A network that is computed from the corners of others whenever it is needed.

    Args:
        network: says how.
        sources: the networks and subspaces that it is made of.
        on: what the loss is.
    """

    network: Network
    sources: tuple[Weights, ...]
    on: Problem

    @property
    def problem(self) -> Problem:
        return self.on

    @property
    def family(self) -> Family:
        return Point()

    @cached_property
    def lineage(self) -> str:
        """The network's own lineage, and those of the sources."""
        return f"{self.network.lineage} of {', '.join(source.lineage for source in self.sources)}"

    def load(self, context: Context, which: Which) -> Fitted:
        point = self.network.combined([source.corners(context, which) for source in self.sources])
        return Fitted(point.dense(), {}, point.statistics)
