"""Execution of jobs: under their locks, into the store, each with a line in the journal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lossgeo.engine.context import Context, Report
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job, Unit
from lossgeo.engine.store import Store
from lossgeo.errors import StoreError


def execute(
    unit: Unit,
    store: Store,
    folders: tuple[Path, ...],
    report: Report,
    provenance: Callable[[], Mapping[str, Any]],
) -> dict[Job[Any], Failure]:
    """Compute jobs whose dependencies are stored, and publish each result; failures are returned by job, not raised.

    A result that another process stored while this one waited for the locks is reused. The process id and the times are
    added to what `provenance` gives, which is kept beside the result; the time of a job begins where that of the one
    before ends, so that the seconds of jobs computed together add up.
    """
    attempt = _Attempt(unit, store, provenance)
    try:
        with store.lock(*unit):
            attempt.reuse()
            attempt.compute(Context(store, folders, report, store.checkpoint(unit[0])))
    except Exception as error:  # noqa: BLE001  # a job may raise anything, and the run goes on without it
        attempt.abandon(error)
    return attempt.failures


class _Attempt:
    """The outcome of every job of a unit: a job is awaited until it has a result or a failure."""

    def __init__(self, unit: Unit, store: Store, provenance: Callable[[], Mapping[str, Any]]) -> None:
        self.failures: dict[Job[Any], Failure] = {}
        self._awaited = dict.fromkeys(unit)
        self._store, self._provenance = store, provenance
        self._began = datetime.now(UTC)
        self._are_all_published = True

    def reuse(self) -> None:
        """Stop awaiting the jobs whose results are already stored."""
        for job in tuple(self._awaited):
            if job in self._store:
                self._end(job, "reused")

    def compute(self, context: Context) -> None:
        """Compute the awaited jobs, and publish each result as soon as it is there."""
        jobs = tuple(self._awaited)
        if not jobs:
            return
        self._began = datetime.now(UTC)
        for job, result in jobs[0].together(jobs, context):
            self._take(job, result)
        if self._awaited:
            raise RuntimeError(
                f"{jobs[0].kind}.together: expected a result of each of its {len(jobs)} jobs, got none of "
                f"{', '.join(job.label for job in self._awaited)}; yield every job with its result or an exception"
            )
        if self._are_all_published:  # or what the jobs had reached is needed to try again
            context.checkpoint.clear()

    def abandon(self, error: Exception) -> None:
        """Record a failure for every job that is still awaited."""
        for job in tuple(self._awaited):
            self._fail(job, error)

    def _take(self, job: Job[Any], result: Any) -> None:
        """Publish the result of a job; if that fails, only this job fails."""
        if job not in self._awaited:
            raise ValueError(
                f"{job.kind}.together: expected a job that is still awaited, got {job!r}; "
                f"yield each of the given jobs once"
            )
        if isinstance(result, Exception):
            self._fail(job, result)
            return
        try:
            self._store.publish(job, result, {**self._provenance(), **self._times()})
        except Exception as error:  # noqa: BLE001  # whatever is wrong with this result, the others may be fine
            self._are_all_published = False
            self._fail(job, error)
        else:
            self._end(job, "computed")

    def _fail(self, job: Job[Any], error: Exception) -> None:
        self.failures[job] = Failure.of(error)
        self._end(job, "failed")

    def _end(self, job: Job[Any], outcome: str) -> None:
        """Write the outcome of a job to the journal and restart the clock for the next job."""
        del self._awaited[job]
        entry = {"key": job.key, "kind": job.kind, "label": job.label, "outcome": outcome, **self._times()}
        self._began = datetime.now(UTC)
        with suppress(StoreError):  # a full disk has failed the job already, or the result is safe without its line
            self._store.journal.append(entry)

    def _times(self) -> dict[str, Any]:
        """Start, end (ISO 8601, UTC), elapsed seconds and process of the attempt that ends now."""
        ended = datetime.now(UTC)
        seconds = round((ended - self._began).total_seconds(), 3)
        return {
            "started": self._began.isoformat(),
            "ended": ended.isoformat(),
            "seconds": seconds,
            "process": os.getpid(),
        }
