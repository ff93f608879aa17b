"""The order in which the jobs of a plan start."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any

from lossgeo.engine.job import Job
from lossgeo.engine.plan import Plan


class Schedule:
    """The jobs of a plan: those that wait for results, those that are ready to start, and those that run.

    A job starts, ends or is blocked in a time that grows with its dependencies and with the logarithm of their number.
    """

    def __init__(self, plan: Plan) -> None:
        self._place = {job: place for place, job in enumerate(plan.missing)}
        self._costs = plan.costs
        self._unmet: dict[Job[Any], int] = {}  # of each job that has not started: how many results it waits for
        self._dependents: dict[Job[Any], list[Job[Any]]] = {job: [] for job in plan.missing}
        self._running: set[Job[Any]] = set()
        for job in plan.missing:
            awaited = [needed for needed in job.dependencies if needed in self._place]
            self._unmet[job] = len(awaited)
            for needed in awaited:
                self._dependents[needed].append(job)
        self._ready = [self._rank(job) for job, count in self._unmet.items() if count == 0]
        heapify(self._ready)

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return not self._unmet and not self._running

    def start(self, slots: int) -> list[Job[Any]]:
        """The jobs to start now so that at most `slots` run, the costliest first; they run from here on."""
        chosen: list[Job[Any]] = []
        while self._ready and len(self._running) < slots:
            _, _, job = heappop(self._ready)
            del self._unmet[job]
            self._running.add(job)
            chosen.append(job)
        return chosen

    def finish(self, job: Job[Any]) -> None:
        """A running job is stored; what waited for it waits for one result less."""
        self._running.remove(job)
        for dependent in self._dependents[job]:
            if dependent in self._unmet:  # or it is blocked
                self._unmet[dependent] -= 1
                if self._unmet[dependent] == 0:
                    heappush(self._ready, self._rank(dependent))

    def fail(self, job: Job[Any]) -> list[Job[Any]]:
        """A running job failed; the jobs that depend on it no longer wait, and are returned."""
        self._running.remove(job)
        blocked: list[Job[Any]] = []
        ended = [job]
        while ended:
            lost = [dependent for dependent in self._dependents[ended.pop()] if self._unmet.pop(dependent, 0)]
            blocked += lost
            ended += lost
        return sorted(blocked, key=self._place.__getitem__)

    def _rank(self, job: Job[Any]) -> tuple[float, int, Job[Any]]:
        """The costliest job comes first, then the first in the plan; jobs themselves are never compared."""
        return -self._costs[job], self._place[job], job
