"""A study opened for reading: the stored results behind a report, by the names of its spec."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgeo.analyses.base import Analysis, Result
from lossgeo.engine.job import Job
from lossgeo.engine.store import Store
from lossgeo.errors import MissingResult
from lossgeo.jobs import Jobs
from lossgeo.landscape.training import History
from lossgeo.spec.loader import read
from lossgeo.spec.study import Study
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
    """

    name: str
    index: int | None
    seed: int
    history: History
    selected: int


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
        networks: list[tuple[str, int | None, int, Train]] = [
            (NETWORK, None, seed, job) for (seed, _), job in self.jobs.networks.items()
        ]
        fits = [
            (name, names.index(name), seed, job)
            for (name, seed), job in self.jobs.fits.items()
            if isinstance(job, FitSubspace)
        ]
        return [
            self._training(name, index, seed, job)
            for name, index, seed, job in [*networks, *fits]
            if job not in self.missing
        ]

    def _training(self, name: str, index: int | None, seed: int, job: Train) -> TrainingResult:
        history = self.store.load(job).history
        last = len(history.validation_loss) - 1
        return TrainingResult(name, index, seed, history, history.best_epoch if self.study.select == "best" else last)

    def table(self, name: str) -> pd.DataFrame:
        """The tidy table of an analysis over all subspaces and seeds, one row an observation."""
        import pandas as pd

        rows = [
            {"subspace": result.subspace, "seed": result.seed, **row}
            for result in self.results(name)
            for row in result.record.table()
        ]
        return pd.DataFrame(rows)


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
