"""A study opened for reading: the stored results behind a report, by the names of its spec."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lossgeo.analyses.base import Analysis, Result, Row
from lossgeo.engine.job import Job
from lossgeo.engine.store import Store
from lossgeo.errors import MissingResult
from lossgeo.jobs import Jobs
from lossgeo.landscape.training import History
from lossgeo.spec import claim
from lossgeo.spec.loader import read
from lossgeo.spec.study import Study
from lossgeo.spec.sweep import Values
from lossgeo.stages import FitSubspace, Train

if TYPE_CHECKING:
    import pandas as pd

STUDY = "study.yaml"
RUN = "run.json"
"""Beside `study.yaml`: where the store is, seen from the report's folder."""

NETWORK = "independent network"


@dataclass(frozen=True)
class TrainingResult:
    """How a training went.

    Args:
        name: of the subspace, or "independent network".
        index: place of the subspace in the spec; None for a network.
        seed: of the study.
        history: a row per epoch.
        selected: place in the history of the epoch whose weights analyses use.
        member: which of the networks of a seed, from 0.
    """

    name: str
    index: int | None
    seed: int
    history: History
    selected: int
    member: int = 0

    def table(self) -> Iterator[Row]:
        """A row for the start, epoch 0, which has corners only, and one for every epoch."""
        history = self.history
        cosines, distances = history.corner_cosines, history.corner_distances
        for epoch in range(len(history.train_loss) + 1):
            after = epoch - 1 if epoch else None
            yield {
                "epoch": epoch,
                "train_loss_nats": _at(history.train_loss, after),
                "train_accuracy": _at(history.train_accuracy, after),
                "penalty": _at(history.penalty, after),
                "validation_loss_nats": _at(history.validation_loss, after),
                "validation_accuracy": _at(history.validation_accuracy, after),
                "is_best": after == history.best_epoch,
                "corner_cosine": float(cosines[epoch].mean()) if cosines.shape[1] else None,
                "corner_distance_weight_distance": float(distances[epoch].mean()) if distances.shape[1] else None,
            }


def _at(values: np.ndarray, index: int | None) -> float | None:
    return None if index is None else float(values[index])


@dataclass(frozen=True)
class OpenStudy:
    """A study with its store.

    Args:
        study: the resolved spec.
        store: where the results are.
        folder: of the report.
    """

    study: Study
    store: Store
    folder: Path

    @cached_property
    def jobs(self) -> Jobs:
        """All jobs of the study."""
        return Jobs(self.study)

    @cached_property
    def missing(self) -> tuple[Job[Any], ...]:
        """The jobs that have no result."""
        return tuple(dict.fromkeys(job for job in self.jobs.targets if job not in self.store))

    @cached_property
    def answered(self) -> tuple[Analysis, ...]:
        """The analyses that have results, in the order of the spec."""
        return tuple(analysis for analysis in self.study.analyses if self.results(analysis.called))

    @cached_property
    def settings(self) -> tuple[tuple[Values, OpenStudy], ...]:
        """The settings of the spec's sweep at which a job differs: the values, and the study that has them."""
        own = set(self.jobs.own)
        return tuple(
            (values, OpenStudy(jobs.study, self.store, self.folder))
            for values, jobs in self.jobs.settings
            if not own.issuperset(jobs.own)
        )

    def results(self, name: str) -> list[Result[Any]]:
        """The stored results of an analysis, in the order of the spec: subspace, then seed; missing ones are left out.

        Args:
            name: of the analysis; its kind, if it has no name of its own.

        Raises:
            MissingResult: if the study does not ask for this analysis.
        """
        questions = [question for question in self.jobs.questions if question.analysis == name]
        if not questions:
            names = sorted(analysis.called for analysis in self.study.analyses)
            raise MissingResult(
                f"this study has no analysis {name!r} (it has {', '.join(names)}); add it to the spec and run it"
            )
        subspaces = list(self.study.subspaces)
        return [
            Result(
                subspace=question.subspace,
                index=subspaces.index(question.subspace),
                seed=question.seed,
                family=self.study.subspaces[question.subspace],
                analysis=question.job.analysis,
                record=self.store.load(question.job),
            )
            for question in questions
            if question.job not in self.missing
        ]

    def trainings(self) -> list[TrainingResult]:
        """The stored trainings: the networks, then the subspaces in the order of the spec."""
        names = list(self.study.subspaces)
        networks: list[tuple[str, int | None, int, int, Train]] = [
            (NETWORK, None, seed, member, job) for (seed, member), job in self.jobs.networks.items()
        ]
        fits = [
            (name, names.index(name), seed, 0, job)
            for (name, seed), job in self.jobs.fits.items()
            if isinstance(job, FitSubspace)
        ]
        return [
            self._training(name, index, seed, member, job)
            for name, index, seed, member, job in [*networks, *fits]
            if job not in self.missing
        ]

    def _training(self, name: str, index: int | None, seed: int, member: int, job: Train) -> TrainingResult:
        history = self.store.load(job).history
        last = len(history.validation_loss) - 1
        selected = history.best_epoch if self.study.select == "best" else last
        return TrainingResult(name, index, seed, history, selected, member)

    def table(self, name: str) -> pd.DataFrame:
        """A tidy table over all subspaces and seeds, one row an observation.

        Args:
            name: of an analysis; ``"training"`` for the epochs of every training, ``"study"`` for one row of sizes.

        Raises:
            MissingResult: if there is no such table.
        """
        import pandas as pd

        if name == claim.STUDY:
            return pd.DataFrame([self._sizes()])
        if name == claim.TRAINING:
            return pd.DataFrame(
                [
                    {"subspace": training.name, "seed": training.seed, "member": training.member, **row}
                    for training in self.trainings()
                    for row in training.table()
                ]
            )
        rows = [
            {"subspace": result.subspace, "seed": result.seed, **row}
            for result in self.results(name)
            for row in result.record.table()
        ]
        return pd.DataFrame(rows)

    def _sizes(self) -> Row:
        data, training = self.study.dataset, self.study.training
        return {
            "weights": self.jobs.problem.layout.dimension,
            "train": data.train,
            "validation": data.validation,
            "test": data.official_test if data.test is None else data.test,
            "seeds": len(self.study.seeds),
            "epochs": training.epochs,
            "batch_size": training.batch_size,
        }


def open_study(folder: Path | str) -> OpenStudy:
    """Open the study whose report is in `folder`.

    Raises:
        MissingResult: if there is no report, or its store is gone.
        SpecError: if its `study.yaml` was changed into something that is not a spec.
    """
    place = Path(folder)
    if not (place / RUN).is_file():
        raise MissingResult(f"{place}: there is no report here ({RUN} is missing); make one with `lossgeo run SPEC`")
    run = json.loads((place / RUN).read_text(encoding="utf-8"))
    store = place / run["store"]
    if not store.is_dir():
        raise MissingResult(
            f"{place}: its results were in {store}, which is not there; make the report anew where they are"
        )
    return OpenStudy(read(place / STUDY, Study), Store(store), place)
