"""The order in which the jobs of a plan start."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import Any

from lossgeo.engine.job import Job, Unit
from lossgeo.engine.plan import Plan


class JobSchedule:
    """The jobs of a plan in units that start together: those that wait, those that are ready, and those that run.

    A unit is the jobs of one group, or one job. It starts, ends or is blocked in a time that grows with its jobs, their
    dependencies and the logarithm of the number of units.
    """

    def __init__(self, plan: Plan) -> None:
        self._units = _units(plan.missing)
        self._number = {job: number for number, unit in enumerate(self._units) for job in unit}
        self._ranks = [(-sum(plan.costs[job] for job in unit), number) for number, unit in enumerate(self._units)]
        self._unmet: dict[int, int] = {}  # of each unit that has not started: how many results it waits for
        self._dependents: dict[Job[Any], list[int]] = {job: [] for job in plan.missing}
        self._running: dict[int, int] = {}  # of each unit that runs: how many of its jobs have not ended
        for number, unit in enumerate(self._units):
            awaited = [needed for needed in unit[0].dependencies if needed in self._number]
            self._unmet[number] = len(awaited)
            for needed in awaited:
                self._dependents[needed].append(number)
        self._ready = [self._ranks[number] for number, count in self._unmet.items() if count == 0]
        heapify(self._ready)

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return not self._unmet and not self._running

    def start(self, slots: int) -> list[Unit]:
        """The units to start now so that at most `slots` run, the costliest first; they run from here on.

        A unit costs what its costliest job does; of equal ones, the first in the plan comes first.
        """
        chosen: list[Unit] = []
        while self._ready and len(self._running) < slots:
            _, number = heappop(self._ready)
            del self._unmet[number]
            self._running[number] = len(self._units[number])
            chosen.append(self._units[number])
        return chosen

    def finish(self, job: Job[Any]) -> None:
        """Record that a running job is stored; jobs that waited for it wait for one result less."""
        self._end(job)
        for number in self._dependents[job]:
            if number in self._unmet:  # or it is blocked
                self._unmet[number] -= 1
                if self._unmet[number] == 0:
                    heappush(self._ready, self._ranks[number])

    def fail(self, job: Job[Any]) -> list[Job[Any]]:
        """Record that a running job failed; the jobs that depend on it leave the schedule and are returned."""
        self._end(job)
        blocked: list[int] = []
        ended = [job]
        while ended:
            lost = [number for number in self._dependents[ended.pop()] if self._unmet.pop(number, 0)]
            blocked += lost
            ended += [member for number in lost for member in self._units[number]]
        return [member for number in sorted(blocked) for member in self._units[number]]

    def _end(self, job: Job[Any]) -> None:
        """Record that a running job has ended; its unit runs until all its jobs have ended."""
        number = self._number[job]
        self._running[number] -= 1
        if self._running[number] == 0:
            del self._running[number]


def _units(jobs: Iterable[Job[Any]]) -> tuple[Unit, ...]:
    """The jobs of each group together, in the order of the first of them; a job without a group alone."""
    found: dict[tuple[str, str], list[Job[Any]]] = {}
    for job in jobs:
        group = job.group
        found.setdefault(("job", job.key) if group is None else ("group", group), []).append(job)
    for unit in found.values():
        _check(unit)
    return tuple(tuple(unit) for unit in found.values())


def _check(unit: list[Job[Any]]) -> None:
    """Refuse a group in which one job waits for something that the others do not wait for: they start together."""
    first, *others = unit
    for job in others:
        if set(job.dependencies) != set(first.dependencies):
            raise ValueError(
                f"{job.label}: expected the dependencies of {first.label}, with which it is in the group {job.group}, "
                f"got others; give one `group` to jobs only that depend on the same jobs"
            )
