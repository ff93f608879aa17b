"""Execution of one job: under its lock, into the store, with a line in the journal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lossgeo.engine.context import Context, Report
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job
from lossgeo.engine.store import Store
from lossgeo.errors import StoreError


def execute(
    job: Job[Any], store: Store, folders: tuple[Path, ...], report: Report, provenance: Mapping[str, Any]
) -> Failure | None:
    """Compute a job whose dependencies are stored, and publish its result; a failure is returned, not raised.

    If another process stored the result while this one waited for the lock, it is reused. The process id and the
    times are added to `provenance`, which is kept beside the result.
    """
    started = datetime.now(UTC)
    try:
        with store.lock(job):
            context = Context(store, folders, report, store.checkpoint(job))
            outcome, failure = _store(job, store, context, provenance), None
    except Exception as error:  # noqa: BLE001  # a job may raise anything, and the run goes on without it
        outcome, failure = "failed", Failure.of(error)
    entry = {"key": job.key, "kind": job.kind, "label": job.label, "outcome": outcome, **_times(started)}
    with suppress(StoreError):  # a full disk has failed the job already, or the result is safe without its line
        store.journal.append(entry)
    return failure


def _store(job: Job[Any], store: Store, context: Context, provenance: Mapping[str, Any]) -> str:
    """Make sure that the result is stored; says how."""
    if job in store:
        return "reused"
    started = datetime.now(UTC)
    result = job.compute(context)
    store.publish(job, result, {**provenance, **_times(started)})
    context.checkpoint.clear()
    return "computed"


def _times(started: datetime) -> dict[str, Any]:
    """Start, end (ISO 8601, UTC), elapsed seconds and process of what started then and ends now."""
    ended = datetime.now(UTC)
    seconds = round((ended - started).total_seconds(), 3)
    return {"started": started.isoformat(), "ended": ended.isoformat(), "seconds": seconds, "process": os.getpid()}
