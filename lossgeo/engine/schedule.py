"""The order in which the jobs of a plan start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lossgeo.engine.job import Job


class Schedule:
    """The jobs of a plan: those that wait, each with the results it waits for, and those that run."""

    def __init__(self, missing: Iterable[Job[Any]]) -> None:
        missing = tuple(missing)
        self._waiting = {job: set(job.dependencies).intersection(missing) for job in missing}
        self._running: set[Job[Any]] = set()

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return not self._waiting and not self._running

    def start(self, slots: int) -> list[Job[Any]]:
        """The jobs to start now so that at most `slots` run, the costliest first; they run from here on."""
        ready = [job for job, unmet in self._waiting.items() if not unmet]
        chosen = sorted(ready, key=lambda job: -job.cost)[: slots - len(self._running)]
        for job in chosen:
            del self._waiting[job]
        self._running.update(chosen)
        return chosen

    def finish(self, job: Job[Any]) -> None:
        """A running job is stored; what waited for it waits for one result less."""
        self._running.remove(job)
        for unmet in self._waiting.values():
            unmet.discard(job)

    def fail(self, job: Job[Any]) -> list[Job[Any]]:
        """A running job failed; the jobs that depend on it no longer wait, and are returned."""
        self._running.remove(job)
        lost = {job}
        for candidate, unmet in self._waiting.items():  # dependencies come before dependents
            if unmet & lost:
                lost.add(candidate)
        blocked = [candidate for candidate in self._waiting if candidate in lost]
        for candidate in blocked:
            del self._waiting[candidate]
        return blocked
