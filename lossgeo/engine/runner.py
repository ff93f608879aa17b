"""The runner: computes the missing results, dependencies first, as many at a time as the executor takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lossgeo.engine.context import Report
from lossgeo.engine.executor import Executor
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job, Unit
from lossgeo.engine.observer import Observer
from lossgeo.engine.plan import plan
from lossgeo.engine.schedule import JobSchedule
from lossgeo.engine.store import Store


@dataclass(frozen=True)
class Outcome:
    """Which jobs of a run were computed, reused, and failed."""

    computed: tuple[Job[Any], ...]
    reused: tuple[Job[Any], ...]
    failed: Mapping[Job[Any], Failure]
    blocked: tuple[Job[Any], ...]
    """Jobs that were not started, because they depend on a failed job."""


def run(targets: Iterable[Job[Any]], store: Store, executor: Executor, observer: Observer) -> Outcome:
    """Compute what is missing of the targets and their dependencies; a failure stops only what depends on it."""
    todo = plan(targets, store)
    if todo.missing:
        store.prepare()
    observer.planned(todo)
    schedule = JobSchedule(todo)
    computed: list[Job[Any]] = []
    failed: dict[Job[Any], Failure] = {}
    blocked: list[Job[Any]] = []
    while not schedule.is_over:
        for unit in schedule.start(executor.slots):
            for job in unit:
                observer.started(job)
            executor.start(unit, _progress(unit, observer))
        unit, failures = executor.finished()
        for job in unit:
            if job not in failures or job in store:  # it may have been stored before the process of its unit died
                computed.append(job)
                schedule.finish(job)
                observer.finished(job)
            else:
                failed[job] = failures[job]
                lost = schedule.fail(job)
                blocked += lost
                observer.failed(job, failed[job], lost)
    return Outcome(tuple(computed), todo.reused, failed, tuple(blocked))


def _progress(unit: Unit, observer: Observer) -> Report:
    """A function that reports the progress of a unit to the observer, once for each of its jobs."""

    def report(fraction: float, text: str) -> None:
        for job in unit:
            observer.progress(job, fraction, text)

    return report
