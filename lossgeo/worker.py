"""The task of a worker process of the cluster: jobs of a study that came as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from lossgeo.devices import take_place
from lossgeo.engine.context import Report
from lossgeo.engine.execute import execute
from lossgeo.engine.job import Job, in_order
from lossgeo.engine.store import Store
from lossgeo.jobs import Jobs
from lossgeo.plugins.handed import handed_over, take_over
from lossgeo.provenance import provenance
from lossgeo.spec.study import Study


def payload(study: Study, store: Store, folders: tuple[Path, ...]) -> dict[str, Any]:
    """The plain values that a worker needs besides keys."""
    return {
        "plugins": handed_over(),
        "study": study.model_dump_json(),
        "store": str(store.root.resolve()),
        "folders": [str(folder.resolve()) for folder in folders],
    }


def perform(payload: Mapping[str, Any], keys: Sequence[str], report: Report) -> Mapping[str, Mapping[str, str]]:
    """Execute the jobs with these keys together; returns the fields of each failure, by the key of its job.

    Raises:
        SpecError: a plugin of the study has changed since the run began.
    """
    take_over(payload["plugins"])
    store = Store(Path(payload["store"]))  # a new one each time: what other processes stored since is looked at
    folders = tuple(Path(folder) for folder in payload["folders"])
    study, jobs = _read(payload["study"])
    _take_place(study)
    failures = execute(tuple(jobs[key] for key in keys), store, folders, report, provenance)
    return {job.key: asdict(failure) for job, failure in failures.items()}


@lru_cache(maxsize=1)
def _read(text: str) -> tuple[Study, dict[str, Job[Any]]]:
    study = Study.model_validate_json(text)
    return study, {job.key: job for job in in_order(Jobs(study).targets)}


def _take_place(study: Study) -> None:
    numerics = study.resolved_problem.numerics
    if numerics.device == "cuda":
        from distributed import get_worker

        take_place(int(get_worker().name))
