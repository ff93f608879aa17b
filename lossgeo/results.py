"""A study opened for reading: the stored results behind a report, by the names of its spec."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lossgeo.analyses.base import Analysis, Result
from lossgeo.analyses.joint import JointResult
from lossgeo.documents.loader import read
from lossgeo.engine.job import Job
from lossgeo.engine.store import Store
from lossgeo.errors import MissingResult, SpecError
from lossgeo.jobs import Jobs, NamedTraining
from lossgeo.landscape.task import CLASSIFICATION, Task
from lossgeo.lazy import pandas as pd
from lossgeo.measures.record import Row
from lossgeo.plugins.handed import known
from lossgeo.plugins.imports import load
from lossgeo.plugins.installed import installed
from lossgeo.questions import Question
from lossgeo.spec import claim
from lossgeo.spec.study import Study
from lossgeo.spec.sweep import Values
from lossgeo.training.record import History

STUDY = "study.yaml"
RUN = "run.json"
"""The file beside `study.yaml` that says where the store is, relative to the report's folder."""


@dataclass(frozen=True)
class TrainingResult:
    """The course of a training: its history, and the epoch whose weights the study selects.

    Args:
        name: of the network or subspace; of those that have none, what stands for all of their kind.
        index: place of the subspace in the spec; None for a network and for a shared trajectory.
        seed: of the study; None where no seed changes the training.
        history: a row per epoch.
        selected: place in the history of the epoch whose weights analyses use.
        member: which of the networks of a seed, or of the branches of a hull, from 0.
        task: what the network is asked to do.
        epochs_before: those that it shares with others, before the first of its history.
    """

    name: str
    index: int | None
    seed: int | None
    history: History
    selected: int
    member: int = 0
    task: Task = CLASSIFICATION
    epochs_before: int = 0

    def table(self) -> Iterator[Row]:
        """A row for the start, epoch 0, which has corners only, and one for every epoch."""
        history = self.history
        cosines, distances = history.corner_cosines, history.corner_distances
        for epoch in range(len(history.train_loss) + 1):
            after = epoch - 1 if epoch else None
            yield {
                "epoch": epoch,
                "train_loss": _at(history.train_loss, after),
                "train_accuracy": _at(history.train_accuracy, after),
                "penalty": _at(history.penalty, after),
                "validation_loss": _at(history.validation_loss, after),
                "validation_accuracy": _at(history.validation_accuracy, after),
                "is_best": after == history.best_epoch,
                "corner_cosine": float(cosines[epoch].mean()) if cosines.shape[1] else None,
                "corner_distance_weight_distance": float(distances[epoch].mean()) if distances.shape[1] else None,
            }


def _at(values: np.ndarray, index: int | None) -> float | None:
    return None if index is None else float(values[index])


@dataclass(frozen=True)
class OpenStudy:
    """A study with its store, opened for reading.

    Args:
        spec: the resolved one.
        store: where the results are.
        folder: of the report.
    """

    spec: Study
    store: Store
    folder: Path

    @cached_property
    def jobs(self) -> Jobs:
        """All jobs of the study."""
        return Jobs(self.spec)

    @cached_property
    def missing(self) -> tuple[Job[Any], ...]:
        """The jobs that have no result."""
        return tuple(dict.fromkeys(job for job in self.jobs.targets if job not in self.store))

    @cached_property
    def answered(self) -> tuple[Analysis, ...]:
        """The analyses that have results, in the order of the spec."""
        return tuple(analysis for analysis in self.spec.analyses if self.results(analysis.called))

    @cached_property
    def settings(self) -> tuple[tuple[Values, OpenStudy], ...]:
        """The settings of the spec's sweep at which a job differs: the values, and the study with them."""
        own = set(self.jobs.own)
        return tuple(
            (values, OpenStudy(jobs.study, self.store, self.folder))
            for values, jobs in self.jobs.settings
            if not own.issuperset(jobs.own)
        )

    def results(self, name: str) -> list[Any]:
        """The stored results of an analysis, in the order of the spec: subspace, then seed; missing ones are left out.

        They are `Result`, or `JointResult` where an analysis is of several subjects together.

        Args:
            name: of the analysis; its kind, if it has no name of its own.

        Raises:
            MissingResult: if the study does not ask for this analysis.
        """
        questions = [question for question in self.jobs.questions if question.analysis == name]
        if not questions:
            names = sorted(analysis.called for analysis in self.spec.analyses)
            raise MissingResult(
                f"this study has no analysis {name!r} (it has {', '.join(names)}); add it to the spec and run it"
            )
        missing = set(self.missing)
        return [self._result(question) for question in questions if question.job not in missing]

    def _result(self, question: Question) -> Result[Any] | JointResult[Any]:
        job, name, task = question.job, question.subspace, self.spec.resolved_problem.task
        record = self.store.load(job)
        if name is None:
            return JointResult(question.subjects, question.seed, job.analysis, record, task)
        subjects, group = self.spec.subjects, self.spec.groups.get(name, name)
        place = list(subjects).index(name)
        return Result(name, place, question.seed, subjects[name], job.analysis, record, group, task)

    def trainings(self, of: Collection[str] | None = None) -> list[TrainingResult]:
        """The stored trainings: networks, subspaces in the order of the spec, branches; last the shared trajectories.

        Args:
            of: names to load the trainings of; all by default.
        """
        missing = set(self.missing)
        stored = [called for called in self.jobs.named_trainings if called.job not in missing]
        underway = [called for called in stored if called.weights.is_underway]
        reached = {(called.name, called.seed): called for called in underway if called.member > 0}
        whole = [called for called in stored if not called.weights.is_underway]
        return [self._training(called) for called in [*whole, *reached.values()] if of is None or called.name in of]

    def _training(self, called: NamedTraining) -> TrainingResult:
        weights, history = called.weights, self.store.load(called.job).history
        is_best = self.spec.select == "best" and weights.has_best
        return TrainingResult(
            name=called.name,
            index=self._places.get(called.name),
            seed=called.seed,
            history=history,
            selected=history.best_epoch if is_best else len(history.validation_loss) - 1,
            member=0 if weights.is_underway else called.member,
            task=self.spec.resolved_problem.task,
            epochs_before=weights.epochs_before,
        )

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.spec.families)}

    def table(self, name: str) -> pd.DataFrame:
        """A tidy table over all subspaces and seeds, with a row for each observation.

        Args:
            name: of an analysis; ``"training"`` for the epochs of every training, ``"study"`` for one row of sizes.

        Raises:
            MissingResult: if there is no such table.
        """
        if name == claim.STUDY:
            return pd.DataFrame([self._sizes()])
        if name == claim.TRAINING:
            return pd.DataFrame(
                [
                    {"subspace": training.name, "seed": training.seed, "member": training.member, **row}
                    for training in self.trainings()
                    for row in training.table()
                ]
            ).pipe(self._defined)
        results = self.results(name)
        rows = [{**result.columns, **row} for result in results for row in result.record.table()]
        across = type(results[0].analysis).across(results) if results else []
        return self._defined(pd.DataFrame([*rows, *across]))

    def _defined(self, found: pd.DataFrame) -> pd.DataFrame:
        """A table without the columns that have no meaning for the problem: splits and accuracies of a formula."""
        task = self.spec.resolved_problem.task
        return found.drop(columns=[name for name in found if not claim.is_defined(str(name), task)])

    def _sizes(self) -> Row:
        problem, training = self.spec.resolved_problem, self.spec.training
        on_examples = {"batch_size": training.batch_size, "loss_unit": problem.task.unit}
        return {
            "weights": problem.weight_count,
            **problem.sizes,
            "seeds": len(self.spec.seeds),
            "epochs": training.epochs,
            **(on_examples if problem.task.has_examples else {}),
        }


def open_study(folder: Path | str, plugins: Sequence[Path | str] = ()) -> OpenStudy:
    """Open the study whose report is in `folder`; no code of that folder runs.

    Args:
        folder: of the report.
        plugins: files to import first, for a study with kinds of somebody's own.

    Raises:
        MissingResult: if there is no report, or its store is gone.
        SpecError: if its `study.yaml` was changed into something that is not a spec, or it needs plugins that are not
            imported.
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
    installed()
    for plugin in plugins:
        load(Path(plugin))
    _require_plugins(place, run.get("plugins", []))
    return OpenStudy(read(place / STUDY, Study), Store(store), place)


def _require_plugins(place: Path, needed: Sequence[Mapping[str, str]]) -> None:
    there = {plugin["sha256"] for plugin in known()}
    missing = [plugin for plugin in needed if plugin["sha256"] not in there]
    if missing:
        names = ", ".join(f"{plugin['name']} (SHA-256 {plugin['sha256'][:12]}…)" for plugin in missing)
        raise SpecError(
            f"{place}: its study was made with the plugins {names}, not imported here or changed since; "
            f"if you trust them, hand them over: open_study({str(place)!r}, plugins=[{missing[0]['name']!r}])"
        )
