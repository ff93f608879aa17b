"""The code that runs in a worker process of the cluster."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lossgeo.engine.context import Report

Fields = Mapping[str, str]
"""The fields of a ``Failure`` by name."""

WorkerTask = Callable[[Mapping[str, Any], Sequence[str], Report], Mapping[str, Fields]]
"""Takes plain values to rebuild jobs from, the keys of those to execute together, and a function to report progress to.

Returns the failures by the keys of their jobs. A worker finds it by its name in its module.
"""

TOPIC = "lossgeo-progress"
SECONDS_BETWEEN_REPORTS = 0.2


def dask_setup(worker: object) -> None:  # noqa: ARG001  # the name and argument that distributed expects of a preload
    """Let only the main process react to Ctrl-C, and keep what jobs print away from its standard output.

    What torch imports is not looked through time and again for circles.
    """
    gc.set_threshold(50_000)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.close(silence)


class JobsFailed(Exception):
    """Carries failures by key to the main process: unlike a result, an exception outlives its worker."""


def perform(task: WorkerTask, payload: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Carry out a task, sending its progress to the main process under the first of the keys.

    Raises:
        JobsFailed: at least one of the jobs failed.
    """
    failures = task(payload, keys, _reporter(keys[0]))
    if failures:
        raise JobsFailed({key: dict(fields) for key, fields in failures.items()})


def _reporter(key: str) -> Report:
    """A function that sends the progress of a unit as an event, at most five times a second."""
    from distributed import get_worker

    worker = get_worker()
    last = -SECONDS_BETWEEN_REPORTS

    def report(fraction: float, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_REPORTS:
            last = now
            worker.log_event(TOPIC, (key, fraction, text))

    return report
