"""An executor over worker processes: an embedded Dask cluster, one process a worker, one thread a process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from multiprocessing import resource_tracker
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from lossgeo.engine.context import Report
from lossgeo.engine.executor import Executor
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job
from lossgeo.engine.signals import deferring_signals
from lossgeo.engine.worker import TOPIC, JobFailed, Task, perform

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

DEATHS = 3
"""How many deaths of its worker a job survives."""

WORKER_DIED = (
    f"the process computing this died {DEATHS + 1} times; it may need more memory than there is: "
    f"try fewer --workers, or --workers 0 to see what it says"
)

SECONDS_TO_STOP = 0.5

ONE_THREAD = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"),
    "OMP_DYNAMIC": "FALSE",
}

CONFIGURATION = {
    "distributed.worker.daemon": False,  # a job may start processes of its own
    "distributed.scheduler.allowed-failures": DEATHS,
    "distributed.nanny.pre-spawn-environ": ONE_THREAD,
}


class Cluster(Executor):
    """Runs jobs in worker processes on this machine, which start with the first job and go when this process goes.

    Only `task`, `payload` and keys are sent: the workers read and write the store themselves. A job whose worker dies
    is started again, and fails after the fourth death.
    """

    def __init__(self, workers: int, task: Task, payload: Mapping[str, Any]) -> None:
        if workers < 1:
            raise ValueError(f"workers: expected at least 1, got {workers}; use Inline to run in this process")
        self._workers, self._task, self._payload = workers, task, payload
        self._started: dict[str, tuple[Job[Any], Report]] = {}
        self._events: SimpleQueue[Future[Any] | tuple[str, float, str]] = SimpleQueue()
        self._cleanup = ExitStack()

    @property
    def slots(self) -> int:
        """One a worker."""
        return self._workers

    def start(self, job: Job[Any], report: Report) -> None:
        """Send the key of a job to a worker."""
        self._started[job.key] = job, report
        future: Future[Any] = self._client.submit(perform, self._task, self._payload, job.key, key=job.key)
        future.add_done_callback(self._events.put)  # type: ignore[no-untyped-call]

    def finished(self) -> tuple[Job[Any], Failure | None]:
        """Pass on the reports of the workers until one of the jobs ends."""
        while True:
            event = self._events.get()
            if isinstance(event, tuple):
                self._pass_on(*event)
            else:
                job, _ = self._started.pop(str(event.key))
                return job, _failure(event)

    def close(self) -> None:
        """Stop the workers, at once if they are still at work."""
        with deferring_signals():
            self._cleanup.close()

    def _hear(self, event: tuple[float, tuple[str, float, str]]) -> None:
        _, (key, fraction, text) = event
        self._events.put((key, fraction, text))

    def _pass_on(self, key: str, fraction: float, text: str) -> None:
        if key in self._started:  # or it ended before its last report arrived
            _, report = self._started[key]
            report(fraction, text)

    @cached_property
    def _client(self) -> Client:
        """The connection to the workers, which it starts."""
        import dask
        from distributed import Client, LocalCluster

        enter = self._cleanup.enter_context
        resource_tracker.ensure_running()  # which would let signals through again if it were started in the block
        with deferring_signals():
            enter(dask.config.set(CONFIGURATION))
            cluster = enter(
                LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=self._workers,
                    threads_per_worker=1,
                    memory_limit=0,
                    host="127.0.0.1",
                    dashboard_address=None,
                    silence_logs=logging.CRITICAL,
                    preload="lossgeo.engine.worker",
                )
            )
            self._cleanup.callback(cluster.sync, _stop, cluster)
            client: Client = enter(Client(cluster, set_as_default=False))  # type: ignore[no-untyped-call]
        client.subscribe_topic(TOPIC, self._hear)  # type: ignore[no-untyped-call]
        return client


async def _stop(cluster: LocalCluster) -> None:
    """End the worker processes, without the patience that `LocalCluster.close` has with a job at work."""
    nannies = cluster.workers.values()
    await asyncio.gather(*(nanny.close(timeout=SECONDS_TO_STOP) for nanny in nannies), return_exceptions=True)


def _failure(future: Future[Any]) -> Failure | None:
    """What an ended task tells: nothing, the failure of its job, or that it could not be carried out."""
    from distributed import KilledWorker

    if future.status == "finished":
        return None
    error: BaseException = future.exception()  # type: ignore[no-untyped-call]
    if isinstance(error, JobFailed):
        return Failure(**error.args[0])
    if isinstance(error, KilledWorker):
        return Failure("WorkerDied", WORKER_DIED, "")
    return Failure.of(error)
