"""The tally of a run: how much is done and how long the rest will take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from lossgeo.engine.job import Job
from lossgeo.engine.plan import Plan

SECONDS_TO_LEARN = 3.0
"""Seconds before any time left is estimated, because the first jobs say little about the rest."""


class Tally:
    """The progress of a plan in jobs, and, weighted by their costs, as a share of the whole."""

    def __init__(self, plan: Plan, clock: Callable[[], float] = monotonic) -> None:
        self.total = len(plan.missing)
        """How many jobs are to be computed."""
        self.ended = 0
        """How many of them are done, have failed or will not start."""
        self._clock = clock
        self._began = clock()
        self._costs = plan.costs
        self._left = sum(self._costs.values())
        self._done = 0.0
        self._running: dict[Job[Any], tuple[float, float]] = {}  # when it started, and the cost of what is done
        self._begun = 0.0
        """The cost of what is done of the jobs that run."""

    @property
    def share(self) -> float:
        """The share of the total cost that is done, in [0, 1]; running jobs count by their fraction."""
        whole = self._done + self._left
        return min((self._done + self._begun) / whole, 1.0) if whole > 0 else 1.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until the run ends, from the speed so far; None before anything has finished."""
        elapsed = self._clock() - self._began
        if elapsed < SECONDS_TO_LEARN or self.share == 0:
            return None
        return elapsed * (1 - self.share) / self.share

    def start(self, job: Job[Any]) -> None:
        """Record that a job begins."""
        self._running[job] = self._clock(), 0.0

    def progress(self, job: Job[Any], fraction: float) -> None:
        """Record that a running job has done this fraction of its work."""
        started, before = self._running[job]
        begun = self._costs[job] * fraction
        self._running[job] = started, begun
        self._begun += begun - before

    def finish(self, job: Job[Any]) -> float:
        """Record that a running job has its result; gives how many seconds it took."""
        self._done += self._costs[job]
        return self._end(job)

    def fail(self, job: Job[Any], blocked: Sequence[Job[Any]]) -> float:
        """Record that a running job failed and that the `blocked` jobs will not start; gives its seconds so far."""
        self.ended += len(blocked)
        self._left -= sum(self._costs[lost] for lost in blocked)
        return self._end(job)

    def _end(self, job: Job[Any]) -> float:
        started, begun = self._running.pop(job)
        self._begun = self._begun - begun if self._running else 0.0  # without what rounding has left of it
        self.ended += 1
        self._left -= self._costs[job]
        return self._clock() - started
