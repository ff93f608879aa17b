"""The jobs of a study, by what they are called in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lossgeo.analyses.base import Analysis
from lossgeo.engine.job import Job
from lossgeo.families.base import Family, TrainedFamily
from lossgeo.spec.study import Study
from lossgeo.spec.sweep import Values, described
from lossgeo.stages import Analyse, FitSubspace, JoinNetworks, Train, TrainedOn, TrainNetwork


@dataclass(frozen=True)
class Question:
    """An analysis of a named subspace at a seed, and the job that answers it."""

    analysis: str
    subspace: str
    seed: int
    job: Analyse


@dataclass(frozen=True)
class Jobs:
    """All jobs of a study, by what they are called in it."""

    study: Study

    @cached_property
    def problem(self) -> TrainedOn:
        """What the loss is."""
        return TrainedOn(architecture=self.study.architecture, dataset=self.study.dataset)

    @cached_property
    def networks(self) -> dict[tuple[int, int], TrainNetwork]:
        """Seed and member → an independent network; more than one of a seed where a family joins so many."""
        joined = [family.anchors for family in self.study.subspaces.values() if not isinstance(family, TrainedFamily)]
        return {
            (seed, member): self._network(seed, member)
            for seed in self.study.seeds
            for member in range(max([1, *joined]))
        }

    def _network(self, seed: int, member: int) -> TrainNetwork:
        return TrainNetwork(self.problem, self.study.training, seed, member)

    @cached_property
    def fits(self) -> dict[tuple[str, int], FitSubspace | JoinNetworks]:
        """Subspace and seed → its fit."""
        return {
            (name, seed): self._fit(family, seed)
            for name, family in self.study.subspaces.items()
            for seed in self.study.seeds
        }

    def _fit(self, family: Family, seed: int) -> FitSubspace | JoinNetworks:
        if isinstance(family, TrainedFamily):
            return FitSubspace(self.problem, self.study.training, seed, family)
        return JoinNetworks(tuple(self._network(seed, member) for member in range(family.anchors)), family)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """In the order of the spec: analysis, subspace, seed."""
        return tuple(
            Question(analysis.called, name, seed, self._analyse(analysis, name, seed))
            for analysis in self.study.analyses
            for name in self.study.targets(analysis)
            for seed in self.study.seeds
        )

    def _analyse(self, analysis: Analysis, name: str, seed: int) -> Analyse:
        network = self.networks[seed, 0] if analysis.needs_network else None
        return Analyse(analysis.everywhere(), self.fits[name, seed], network, self.study.select)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Key → what the job is called in this study; the first name of those that share a job."""
        named = list(self.named())
        for values, jobs in self.settings:
            named += jobs.named(f" ({described(values)})")
        return {job.key: label for job, label in reversed(named)}

    def named(self, note: str = "") -> Iterator[tuple[Job[Any], str]]:
        """The jobs of `own`, and what each is called, with a note on the setting that it belongs to."""
        for (seed, member), job in self.networks.items():
            yield job, f"train {_network_name(member)}{note} · seed {seed}"
        for (name, seed), fit in self.fits.items():
            yield fit, f"fit {name}{note} · seed {seed}"
        for asked in self.questions:
            yield asked.job, f"{asked.analysis} of {asked.subspace}{note} · seed {asked.seed}"

    @cached_property
    def settings(self) -> tuple[tuple[Values, Jobs], ...]:
        """The values of each setting of the spec's sweep, and the jobs there; many are jobs of the spec itself."""
        return tuple((values, Jobs(study)) for values, study in self.study.swept_studies())

    @property
    def trainings(self) -> list[Train]:
        """The networks and the fits."""
        return [*self.networks.values(), *(job for job in self.fits.values() if isinstance(job, FitSubspace))]

    @property
    def targets(self) -> list[Job[Any]]:
        """Everything that the report shows, each job once."""
        return list(dict.fromkeys([*self.own, *(job for _, jobs in self.settings for job in jobs.own)]))

    @property
    def own(self) -> list[Job[Any]]:
        """What is asked with the spec's own values, not those of its sweep."""
        return [*self.networks.values(), *self.fits.values(), *(question.job for question in self.questions)]


def _network_name(member: int) -> str:
    return f"network {member}" if member else "network"
