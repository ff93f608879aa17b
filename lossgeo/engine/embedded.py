"""An embedded Dask cluster: worker processes with one thread each, which end when this process ends.

Whoever may talk to a Dask cluster can run code as its user, so all its connections are encrypted and need a key that is
made for it, handed to its processes and to nobody else, and forgotten with it. It serves no pages.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

from lossgeo.engine.signals import deferring_signals

if TYPE_CHECKING:
    from distributed import Client, LocalCluster, Nanny

SECONDS_TO_STOP = 0.5

ONE_THREAD = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"),
    "OMP_DYNAMIC": "FALSE",
}

NO_DASHBOARD = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}  # a port is opened all the same

CONFIGURATION = {
    "distributed.worker.daemon": False,  # a job may start processes of its own
    "distributed.nanny.pre-spawn-environ": ONE_THREAD,
    # A worker has one job at a time and keeps it, so that its death is counted against that job and no other.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.nanny.http.routes": [],
}


@contextmanager
def embedded(workers: int) -> Iterator[Client]:
    """A client of a number of worker processes on this machine; all end with the block, even while computing."""
    import dask
    from distributed import Client

    resource_tracker.ensure_running()  # which would let signals through again if it were started in the next block
    with ExitStack() as cleanup:
        with deferring_signals():
            cleanup.enter_context(dask.config.set(CONFIGURATION))
            cluster = cleanup.enter_context(_local_cluster(workers))
            client: Client = cleanup.enter_context(Client(cluster, set_as_default=False))  # type: ignore[no-untyped-call]
            cleanup.callback(cluster.sync, _stop, cluster)  # first of all, for workers at work talk to the client
        yield client


def living(client: Client) -> list[str]:
    """The addresses of the workers that can take a job."""
    addresses: list[str] = client.sync(_living, client.cluster)  # type: ignore[no-untyped-call]
    return addresses


async def _living(cluster: LocalCluster) -> list[str]:
    scheduler: Any = cluster.scheduler
    return [worker.address for worker in scheduler.running]


def are_given_up(client: Client) -> bool:
    """Whether no worker is alive and none will be started again."""
    answer: bool = client.sync(_are_given_up, client.cluster)  # type: ignore[no-untyped-call]
    return answer


async def _are_given_up(cluster: LocalCluster) -> bool:
    return all(nanny.status.name in ("closed", "failed") for nanny in cluster.workers.values())


async def _stop(cluster: LocalCluster) -> None:
    """End the worker processes at once; `LocalCluster.close` would wait for jobs that are still running."""
    await asyncio.gather(*(_end(nanny) for nanny in cluster.workers.values()), return_exceptions=True)


async def _end(nanny: Nanny) -> None:
    """Close a nanny and its worker process, even one that is still starting."""
    closing = asyncio.ensure_future(nanny.close(timeout=SECONDS_TO_STOP))
    while not (await asyncio.wait([closing], timeout=4 * SECONDS_TO_STOP))[0]:
        with suppress(ProcessLookupError):
            if nanny.pid:
                os.kill(nanny.pid, signal.SIGKILL)
    await closing


def _local_cluster(workers: int) -> LocalCluster:
    from distributed import LocalCluster, Security

    return LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers,
        threads_per_worker=1,
        memory_limit=0,
        host="127.0.0.1",
        protocol="tls://",
        security=Security.temporary(),  # type: ignore[no-untyped-call]
        scheduler_kwargs=NO_DASHBOARD,
        silence_logs=logging.CRITICAL,
        preload="lossgeo.engine.worker",
    )
