"""The workshop: makes the weights of one seed of a study from the sources that networks and families name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lossgeo.families.base import Family
from lossgeo.families.point import Point
from lossgeo.networks.base import Network, Source
from lossgeo.networks.made_of import MadeOf
from lossgeo.problems.base import Problem
from lossgeo.stages.fit import Fit
from lossgeo.stages.joint import Combined, Through
from lossgeo.stages.recipe import Recipe
from lossgeo.stages.trunk import Trunk
from lossgeo.stages.weights import Weights
from lossgeo.training.options import Training
from lossgeo.training.record import Which


@dataclass(frozen=True)
class Workshop:
    """Makes the weights of one seed; no named network or subspace may be made of itself.

    Args:
        problem: what the loss is.
        options: of all trainings, where an entry has no changes against them.
        which: weights of a training that others are made of, after its last or its best epoch.
        networks, families: the named ones.
        seed: of the study.
    """

    problem: Problem
    options: Training
    which: Which
    networks: Mapping[str, Network]
    families: Mapping[str, Family]
    seed: int
    _made: dict[str, Weights] = field(default_factory=dict)
    _trunks: list[Trunk] = field(default_factory=list)

    def weights(self, source: Source) -> Weights:
        """The weights of a network that is given by its name or in full; each is made once."""
        name = source if isinstance(source, str) else source.model_dump_json()
        if name not in self._made:
            network = self.networks[source] if isinstance(source, str) else source
            self._made[name] = network.weights(self)
        return self._made[name]

    def subspace(self, name: str) -> Weights:
        """The weights of a subspace that is given by its name."""
        if name not in self._made:
            self._made[name] = self._subspace(self.families[name])
        return self._made[name]

    def _subspace(self, family: Family) -> Weights:
        sources = tuple(self.weights(source) for source in family.sources)
        if family.objective is None:
            return Through(sources, family)
        return Fit(self._recipe(family, ("subspace", *(source.lineage for source in sources)), sources, family.changes))

    def origins(self, name: str) -> dict[str, Weights]:
        """The networks that a network, or the sources of a subspace, were trained from, by name."""
        entry: MadeOf = self.networks[name] if name in self.networks else self.families[name]
        return {what: self.weights(source) for what, source in entry.origins.items()}

    def trained(
        self,
        name: tuple[str, ...],
        changes: Mapping[str, Any],
        start: Weights | None = None,
        *,
        takes_moments: bool = False,
    ) -> Weights:
        """A network trained from a random initialisation, or from other weights."""
        recipe = self._recipe(Point(), name, () if start is None else (start,), changes)
        return Fit(replace(recipe, takes_moments=takes_moments))

    def _recipe(
        self, family: Family, name: tuple[str, ...], sources: tuple[Weights, ...], changes: Mapping[str, Any]
    ) -> Recipe:
        training = self.options.changed(changes)
        which = self.which if any(source.has_best for source in sources) else "last"
        return Recipe(self.problem, training, self.seed, family, name, sources, which=which)

    def shared_trajectory(self, epoch: int) -> Trunk:
        """The shared trajectory, which branches split off from, after a number of epochs."""
        if not self._trunks:
            self._trunks.append(Trunk.start(self.problem, self.options, self.seed))
        while len(self._trunks) <= epoch:
            self._trunks[-1].key  # noqa: B018 -- kept, or taking the last one would recurse through all epochs
            self._trunks.append(self._trunks[-1].next)
        return self._trunks[epoch]

    def kept(self, source: Source, *, epoch: int | None = None, step: int | None = None) -> Weights:
        """The weights of a training after one of its epochs or steps."""
        return self.weights(source).kept_at(epoch=epoch, step=step)

    def combined(self, network: Network) -> Weights:
        """The network that `combined` makes of its sources and subspaces."""
        sources = [self.weights(source) for source in network.sources]
        return Combined(network, (*sources, *map(self.subspace, network.subspaces)), self.problem)
