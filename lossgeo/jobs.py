"""The jobs of a study, by what they are called in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lossgeo.analyses.base import Analysis
from lossgeo.engine.job import Job
from lossgeo.families.base import Family, TrainedFamily
from lossgeo.families.branches import Branches
from lossgeo.families.simplex import Independent
from lossgeo.families.trajectory import Trajectory
from lossgeo.landscape.training import Training
from lossgeo.spec.study import Study
from lossgeo.spec.sweep import Values, described
from lossgeo.stages import Analyse, FitSubspace, Joined, Train, TrainBranch, TrainedOn, TrainNetwork, Trunk

NETWORK = "independent network"
TRAJECTORY = "shared trajectory"


@dataclass(frozen=True)
class Question:
    """An analysis of a named subspace at a seed, and the job that answers it."""

    analysis: str
    subspace: str
    seed: int
    job: Analyse


@dataclass(frozen=True)
class CalledTraining:
    """A training, and what it is called in a study.

    Args:
        name: of the subspace; `NETWORK` and `TRAJECTORY` are of none.
        seed: of the study.
        member: which of the networks of a seed or of the branches of a hull, from 0; of a trajectory, the epoch.
        job: that trains.
    """

    name: str
    seed: int
    member: int
    job: Train | TrainBranch | Trunk

    @property
    def label(self) -> str:
        """What it does, without its seed."""
        if isinstance(self.job, FitSubspace):
            return f"fit {self.name}"
        if isinstance(self.job, TrainBranch):
            return f"branch {self.member} of {self.name}"
        if isinstance(self.job, Trunk):
            return f"{self.name}, epoch {self.member}"
        return f"train {self.name}" if self.member == 0 else f"train {self.name} {self.member}"


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
        """Seed and member → an independent network.

        One a seed beside trained subspaces and where an analysis needs it, and as many as a family joins.
        """
        families = list(self.study.families.values())
        is_compared = any(isinstance(family, TrainedFamily) for family in families)
        is_compared = is_compared or any(analysis.needs_network for analysis in self.study.analyses)
        joined = [family.anchors for family in families if isinstance(family, Independent)]
        return {
            (seed, member): self._network(seed, member)
            for seed in self.study.seeds
            for member in range(max([int(is_compared), *joined]))
        }

    def _network(self, seed: int, member: int) -> TrainNetwork:
        return TrainNetwork(self.problem, self.study.training, seed, member)

    @cached_property
    def trunks(self) -> dict[tuple[int, int], Trunk]:
        """Seed and epoch → the shared trajectory, as far as a family needs it."""
        needed = [0 for family in self.study.families.values() if isinstance(family, Branches)]
        needed += [epoch for family in self.study.families.values() for epoch in _checkpoints(family)]
        found = {}
        for seed in self.study.seeds if needed else ():
            trunk = Trunk.start(self.problem, self.study.training, seed)
            for epoch in range(max(needed) + 1):
                trunk = trunk.next if epoch else trunk
                found[seed, epoch] = trunk
                trunk.key  # noqa: B018 -- kept, or taking the last one would recurse through all epochs
        return found

    @cached_property
    def fits(self) -> dict[tuple[str, int], FitSubspace | Joined]:
        """Subspace and seed → its fit."""
        return {
            (name, seed): self._fit(family, seed)
            for name, family in self.study.families.items()
            for seed in self.study.seeds
        }

    def _fit(self, family: Family, seed: int) -> FitSubspace | Joined:
        if isinstance(family, TrainedFamily):
            return FitSubspace(self.problem, self.study.training, seed, family)
        if isinstance(family, Branches):
            trunk = self.trunks[seed, family.split_epochs[0]]
            branches = tuple(TrainBranch(trunk, self._branch_training(family), i) for i in range(family.vertices))
            return Joined(branches, family, {"initialisation": self.trunks[seed, 0], "split": trunk})
        if isinstance(family, Trajectory):
            return Joined(tuple(self.trunks[seed, epoch] for epoch in family.epochs), family)
        return Joined(tuple(self._network(seed, member) for member in range(family.anchors)), family)

    def _branch_training(self, family: Branches) -> Training:
        epochs = self.study.training.epochs if family.epochs is None else family.epochs
        return self.study.training.model_copy(update={"epochs": epochs})

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
        return Analyse(
            analysis=analysis.everywhere(),
            fit=self.fits[name, seed],
            network=self.networks[seed, 0] if analysis.needs_network else None,
            training=self.study.training if analysis.needs_training else None,
            epoch=self.study.select,
            batch_norm=self.study.batch_norm,
        )

    @cached_property
    def labels(self) -> dict[str, str]:
        """Key → what the job is called in this study; the first name of those that share a job."""
        named = list(self.named())
        for values, jobs in self.settings:
            named += jobs.named(f" ({described(values)})")
        return {job.key: label for job, label in reversed(named)}

    def named(self, note: str = "") -> Iterator[tuple[Job[Any], str]]:
        """The jobs of `own`, and what each is called, with a note on the setting that it belongs to."""
        for called in self.called_trainings:
            yield called.job, f"{called.label}{note} · seed {called.seed}"
        for asked in self.questions:
            yield asked.job, f"{asked.analysis} of {asked.subspace}{note} · seed {asked.seed}"

    @cached_property
    def settings(self) -> tuple[tuple[Values, Jobs], ...]:
        """The values of each setting of the spec's sweep, and the jobs there; many are jobs of the spec itself."""
        return tuple((values, Jobs(study)) for values, study in self.study.swept_studies())

    @property
    def branches(self) -> Iterator[tuple[tuple[str, int], int, TrainBranch]]:
        """Subspace and seed, number, and training of every branch."""
        for where, fit in self.fits.items():
            for i, member in enumerate(fit.members if isinstance(fit, Joined) else ()):
                if isinstance(member, TrainBranch):
                    yield where, i, member

    @cached_property
    def called_trainings(self) -> tuple[CalledTraining, ...]:
        """The networks, the fits and the branches, then the epochs of the shared trajectories."""
        return (
            *(CalledTraining(NETWORK, seed, member, job) for (seed, member), job in self.networks.items()),
            *(
                CalledTraining(name, seed, 0, fit)
                for (name, seed), fit in self.fits.items()
                if isinstance(fit, FitSubspace)
            ),
            *(CalledTraining(name, seed, number, job) for (name, seed), number, job in self.branches),
            *(CalledTraining(TRAJECTORY, seed, epoch, job) for (seed, epoch), job in self.trunks.items()),
        )

    @property
    def targets(self) -> list[Job[Any]]:
        """Everything that the report shows, each job once."""
        return list(dict.fromkeys([*self.own, *(job for _, jobs in self.settings for job in jobs.own)]))

    @property
    def own(self) -> list[Job[Any]]:
        """What is asked with the spec's own values, not those of its sweep."""
        return [*(called.job for called in self.called_trainings), *(question.job for question in self.questions)]


def _checkpoints(family: Family) -> tuple[int, ...]:
    """The epochs of the shared trajectory that a family needs."""
    if isinstance(family, Branches):
        return family.split_epochs
    return family.epochs if isinstance(family, Trajectory) else ()


def _network_name(member: int) -> str:
    return f"network {member}" if member else "network"
