"""The runner: computes the missing results, dependencies first, as many at a time as the executor takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lossgeo.engine.executor import Executor
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job
from lossgeo.engine.observer import Observer
from lossgeo.engine.plan import plan
from lossgeo.engine.schedule import Schedule
from lossgeo.engine.store import Store


@dataclass(frozen=True)
class Outcome:
    """What became of the jobs of a run."""

    computed: tuple[Job[Any], ...]
    reused: tuple[Job[Any], ...]
    failed: Mapping[Job[Any], Failure]
    blocked: tuple[Job[Any], ...]
    """Not started, because they depend on a failed job."""


def run(targets: Iterable[Job[Any]], store: Store, executor: Executor, observer: Observer) -> Outcome:
    """Compute what is missing of the targets and their dependencies; a failure stops only what depends on it."""
    todo = plan(targets, store)
    if todo.missing:
        store.prepare()
    observer.planned(todo)
    schedule = Schedule(todo)
    computed: list[Job[Any]] = []
    failed: dict[Job[Any], Failure] = {}
    blocked: list[Job[Any]] = []
    while not schedule.is_over:
        for job in schedule.start(executor.slots):
            observer.started(job)
            executor.start(job, partial(observer.progress, job))
        job, failure = executor.finished()
        if failure is None:
            computed.append(job)
            schedule.finish(job)
            observer.finished(job)
        else:
            failed[job] = failure
            lost = schedule.fail(job)
            blocked += lost
            observer.failed(job, failure, lost)
    return Outcome(tuple(computed), todo.reused, failed, tuple(blocked))
