"""The jobs of a study, by their names in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from lossgeo.analyses.base import Analysis
from lossgeo.analyses.joint import JointAnalysis
from lossgeo.engine.job import Job, in_order
from lossgeo.families.base import Family
from lossgeo.networks.base import Listing, Network, Source
from lossgeo.networks.made_of import MadeOf
from lossgeo.problems.base import Problem
from lossgeo.questions import Question
from lossgeo.spec.study import Study
from lossgeo.spec.sweep import Values, described
from lossgeo.stages import Analyse, AnalyseTogether, Named, Weights, Workshop


@dataclass(frozen=True)
class NamedTraining:
    """A training with its name in a study.

    Args:
        name: of the network or subspace; of those that have none, what stands for all of their kind.
        seed: of the study.
        member: which of those of a name and seed, from 0; of the shared trajectory, the epoch.
        label: what it does, without its seed.
        weights: what was trained.
    """

    name: str
    seed: int | None
    member: int
    label: str
    weights: Weights

    @property
    def job(self) -> Job[Any]:
        """The job whose record has the history of the training."""
        if self.weights.training is None:
            raise TypeError(f"{self.label}: expected weights that were trained, got {self.weights.lineage}")
        return self.weights.training


@dataclass(frozen=True)
class Jobs:
    """All jobs of a study, by their names in it."""

    study: Study

    @property
    def problem(self) -> Problem:
        """The problem of the study."""
        return self.study.resolved_problem

    @cached_property
    def _workshops(self) -> dict[int, Workshop]:
        study = self.study
        return {
            seed: Workshop(self.problem, study.training, study.select, study.networks, self.families, seed)
            for seed in study.seeds
        }

    @cached_property
    def families(self) -> dict[str, Family]:
        """The subspaces of the study by their names."""
        return self.study.families

    @cached_property
    def comparisons(self) -> dict[str, Source | None]:
        """Subspace or network → the network that it is compared with; None if no named one is independent of it."""
        return {name: self.study.comparison(name) for name in self.study.subjects}

    def comparison_name(self, name: str) -> str | None:
        """The name of the network that a subspace is compared with; None if there is none."""
        network = self.comparisons[name]
        return network if network is None or isinstance(network, str) else network.listing(name, 0).title

    def compared(self, analysis: Analysis, name: str) -> Source | None:
        """The network that an analysis compares a subspace with; None if there is none."""
        return None if analysis.comparison(self.study.subjects[name]) == "none" else self.comparisons[name]

    @cached_property
    def subspaces(self) -> dict[tuple[str, int], Weights]:
        """Subspace and seed → its weights."""
        return {
            (name, seed): workshop.subspace(name)
            for name in self.families
            for seed, workshop in self._workshops.items()
        }

    @cached_property
    def networks(self) -> dict[tuple[str, int], Weights]:
        """Network of the spec, by its name, and seed → its weights."""
        return {
            (name, seed): workshop.weights(name)
            for name in self.study.networks
            for seed, workshop in self._workshops.items()
        }

    @cached_property
    def subjects(self) -> dict[tuple[str, int], Weights]:
        """Subspace or network and seed → its weights."""
        return {**self.subspaces, **self.networks}

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Analyses at a seed, in the order of the spec; only one where no seed changes anything."""
        asked: dict[tuple[str, tuple[str, ...], str], Question] = {}
        for analysis in self.study.analyses:
            names = tuple(self.study.targets(analysis))
            for subjects in analysis.grouped(names):
                for seed in self.study.seeds:
                    job = self._job(analysis, subjects, seed)
                    question = Question(analysis.called, subjects, seed if job.has_seed else None, job)
                    asked.setdefault((analysis.called, subjects, job.key), question)
        return tuple(asked.values())

    def _job(self, analysis: Analysis, subjects: tuple[str, ...], seed: int) -> Analyse | AnalyseTogether:
        keyed = self._analyses[analysis.called]
        if not isinstance(keyed, JointAnalysis):
            return self._analyse(analysis, subjects[0], seed)
        origins = self._workshops[seed].origins
        return AnalyseTogether(
            analysis=keyed,
            subjects=tuple(Named(name, self.subjects[name, seed], origins(name)) for name in subjects),
            training=self.study.training if analysis.needs_training else None,
            which=self.study.select,
            batch_norm=self.study.batch_norm,
        )

    @cached_property
    def _analyses(self) -> dict[str, Analysis]:
        """Name of an analysis → the part of it that is in keys."""
        return {analysis.called: analysis.everywhere() for analysis in self.study.analyses}

    def _analyse(self, analysis: Analysis, name: str, seed: int) -> Analyse:
        workshop = self._workshops[seed]
        network = self.compared(analysis, name)
        return Analyse(
            analysis=self._analyses[analysis.called],
            subspace=self.subjects[name, seed],
            network=None if network is None else workshop.weights(network),
            training=self.study.training if analysis.needs_training else None,
            which=self.study.select,
            batch_norm=self.study.batch_norm,
            origins=workshop.origins(name),
        )

    @cached_property
    def labels(self) -> dict[str, str]:
        """Key → the name of the job in this study; the first one for a job with several."""
        named = list(self.named())
        for values, jobs in self.settings:
            named += jobs.named(f" ({described(values)})")
        others = {job.key: job.label for job in in_order(self.targets)}
        return {**others, **{job.key: label for job, label in reversed(named)}}

    def named(self, note: str = "") -> Iterator[tuple[Job[Any], str]]:
        """The jobs of `own` with their names, and a note on the setting that they belong to."""
        for called in self.named_trainings:
            yield called.job, f"{called.label}{note}{_at(called.seed)}"
        for (name, _), weights in self.networks.items():
            yield from ((job, f"{name}{note}{_at(weights.seed)}") for job in weights.jobs)
        for asked in self.questions:
            label = f"{asked.label}{note}{_at(asked.seed)}"
            yield asked.job, label
            yield from ((part, f"{label}, {part.part}") for part in asked.job.division)

    @cached_property
    def settings(self) -> tuple[tuple[Values, Jobs], ...]:
        """The values of each setting of the spec's sweep, and the jobs there; many are jobs of the spec itself."""
        return tuple((values, Jobs(study)) for values, study in self.study.swept_studies())

    @cached_property
    def named_trainings(self) -> tuple[NamedTraining, ...]:
        """Networks, trained subspaces, networks of subspaces, then the shared trajectories."""
        needed = set(in_order(self._asked))
        found: dict[tuple[str, str, int], NamedTraining] = {}
        for called in self._trained():
            if called.weights.training is not None and called.job in needed:
                found.setdefault((called.weights.key, called.name, called.member), called)
        named = {weights.key for weights in self.networks.values() if not weights.is_underway}
        return tuple(
            called
            for (key, name, _), called in sorted(found.items(), key=lambda item: self._rank(item[1]))
            if key not in named or name in self.study.networks
        )

    def _trained(self) -> Iterator[NamedTraining]:
        """Weights that may have been trained: named in the spec, compared with, and sources of others."""
        for seed, workshop in self._workshops.items():
            for name, network in self.study.networks.items():
                weights = self.networks[name, seed]
                called = network.listing(name, 0) if weights.is_underway else Listing(name, 0, f"train {name}")
                yield NamedTraining(called.name, weights.seed, called.number, called.label, weights)
                yield from _unnamed(network, name, workshop)
            for compared in self._compared:
                if not isinstance(compared, str):
                    yield _listed(compared, "the comparison", 0, workshop)
            for name, family in self.families.items():
                weights = self.subspaces[name, seed]
                yield NamedTraining(name, weights.seed, 0, f"fit {name}", weights)
                yield from _unnamed(family, name, workshop)

    @cached_property
    def _compared(self) -> list[Source]:
        """The networks beside the subspaces: those that analyses compare with, and one where any is from scratch."""
        study = self.study
        found = [self.compared(analysis, name) for analysis in study.analyses for name in study.targets(analysis)]
        if not study.networks:
            trained = (name for name, family in self.families.items() if family.objective and not family.sources)
            found += [self.comparisons[name] for name in trained]
        return [network for network in found if network is not None]

    def _rank(self, called: NamedTraining) -> tuple[int, ...]:
        """The place of a training among those of a report."""
        seeds, families = self.study.seeds, list(self.families)
        seed = -1 if called.seed is None else seeds.index(called.seed)
        if called.weights.is_underway:
            return (3, seed, called.member)
        if called.name in families:
            is_fit = called.weights.family.dimension > 0
            return (1 if is_fit else 2, families.index(called.name), seed, called.member)
        named = [*self.study.networks, called.name]
        return (0, seed, named.index(called.name), called.member)

    @cached_property
    def targets(self) -> list[Job[Any]]:
        """Everything that the report shows, each job once."""
        return list(dict.fromkeys([*self.own, *(job for _, jobs in self.settings for job in jobs.own)]))

    @cached_property
    def own(self) -> list[Job[Any]]:
        """The jobs for the spec's own values, without those of its sweep."""
        return list(dict.fromkeys([*(called.job for called in self.named_trainings), *self._asked]))

    @cached_property
    def _asked(self) -> list[Job[Any]]:
        """The jobs of all networks and subspaces, and the analyses."""
        compared = [workshop.weights(network) for workshop in self._workshops.values() for network in self._compared]
        made = [*self.networks.values(), *compared, *self.subspaces.values()]
        return [*(job for weights in made for job in weights.jobs), *(question.job for question in self.questions)]


def _unnamed(entry: MadeOf, owner: str, workshop: Workshop) -> Iterator[NamedTraining]:
    """The networks behind an entry, however far down, that have no name of their own, numbered."""
    numbers, name = count(), owner if entry.lies_through_sources else f"network of {owner}"
    level: Sequence[Network] = entry.unnamed_sources
    while level:
        yield from (_listed(network, name, next(numbers), workshop) for network in level)
        level, name = [inner for network in level for inner in network.unnamed_sources], f"network of {owner}"


def _listed(network: Network, owner: str, place: int, workshop: Workshop) -> NamedTraining:
    weights, listing = workshop.weights(network), network.listing(owner, place)
    return NamedTraining(listing.name, weights.seed, listing.number, listing.label, weights)


def _at(seed: int | None) -> str:
    return "" if seed is None else f" · seed {seed}"
