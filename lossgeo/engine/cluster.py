"""An executor over worker processes: one unit a worker at a time, and a unit whose worker dies starts again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cached_property
from queue import Empty, Queue
from time import monotonic
from typing import TYPE_CHECKING, Any

from lossgeo.engine.context import Report
from lossgeo.engine.embedded import are_given_up, embedded, living
from lossgeo.engine.executor import Executor
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job, Unit
from lossgeo.engine.signals import deferring_signals
from lossgeo.engine.worker import TOPIC, JobsFailed, WorkerTask, perform
from lossgeo.errors import WorkerError

if TYPE_CHECKING:
    from distributed import Client, Future

DEATHS = 3
"""Number of deaths of its worker that a unit survives."""

SECONDS_BETWEEN_LOOKS = 0.05
"""Seconds between looks for a free worker while units wait for one that is being restarted."""

SECONDS_BETWEEN_CHECKS = 1.0
"""Seconds between checks that a worker is still alive while all units run."""

SECONDS_TO_START = 60.0
"""Seconds to wait without any worker: starting one takes a few, and some tens where disks or cores are slow."""


class Cluster(Executor):
    """Runs jobs in worker processes on this machine, which start with the first job and go when this process goes.

    Only `task`, `payload` and keys are sent: the workers read and write the store themselves. A unit whose worker dies
    is started again without the jobs that are stored by then; what is left of it fails with the fourth death.
    """

    def __init__(self, workers: int, task: WorkerTask, payload: Mapping[str, Any]) -> None:
        if workers < 1:
            raise ValueError(f"workers: expected at least 1, got {workers}; use Inline to run in this process")
        self._size, self._task, self._payload = workers, task, payload
        self._waiting: deque[Unit] = deque()
        self._running: dict[str, tuple[Unit, str]] = {}  # by the key of the attempt: the unit and its worker
        self._reports: dict[str, Report] = {}  # by the key of the first job
        self._deaths: Counter[Unit] = Counter()
        self._events: Queue[Future[Any] | tuple[str, float, str]] = Queue()
        self._cleanup = ExitStack()
        self._alone_since: float | None = None

    @property
    def slots(self) -> int:
        return self._size

    def start(self, unit: Unit, report: Report) -> None:
        """Put the unit in the queue for the next free worker."""
        self._reports[unit[0].key] = report
        self._waiting.append(unit)

    def finished(self) -> tuple[Unit, Mapping[Job[Any], Failure]]:
        """Give the waiting units to workers and pass on their reports, until one of the units ends.

        Raises:
            WorkerError: all workers died, and none has been started again.
        """
        while True:
            self._assign()
            event = self._next_event()
            if event is None:
                self._check_workers()
                continue
            self._alone_since = None
            if isinstance(event, tuple):
                self._pass_on(*event)
            else:
                unit, _ = self._running.pop(str(event.key))
                error = _error(event)
                if self._may_try_again(unit, error):
                    self._waiting.append(unit)
                else:
                    del self._reports[unit[0].key]
                    return unit, _failures(unit, error)

    def close(self) -> None:
        """Stop the workers, at once if they are still computing."""
        with deferring_signals():
            self._cleanup.close()

    def _assign(self) -> None:
        """Send the keys of waiting units to the workers that are free."""
        if not self._waiting:
            return
        client, busy = self._client, {worker for _, worker in self._running.values()}
        free = [worker for worker in living(client) if worker not in busy]
        for worker in free[: len(self._waiting)]:
            unit = self._waiting.popleft()
            attempt = f"{unit[0].kind}-{unit[0].key}-{self._deaths[unit]}"
            self._running[attempt] = unit, worker
            future: Future[Any] = client.submit(
                *(perform, self._task, self._payload, tuple(job.key for job in unit)),
                key=attempt,
                workers=[worker],
                allow_other_workers=True,  # should this one have died in its sleep
            )
            future.add_done_callback(self._events.put)  # type: ignore[no-untyped-call]

    def _next_event(self) -> Future[Any] | tuple[str, float, str] | None:
        """The next report or ended task; None when it is time to check that workers are alive."""
        with suppress(Empty):
            return self._events.get(timeout=SECONDS_BETWEEN_LOOKS if self._waiting else SECONDS_BETWEEN_CHECKS)
        return None

    def _check_workers(self) -> None:
        """Raise an error unless a worker is alive or may still be started."""
        if living(self._client):
            self._alone_since = None
            return
        now = monotonic()
        self._alone_since = now if self._alone_since is None else self._alone_since
        if now - self._alone_since > SECONDS_TO_START or are_given_up(self._client):
            raise WorkerError(
                f"workers: expected a process that died to be started again, but none of the {self._size} runs after "
                f"{now - self._alone_since:.0f} s; finished results are safe: see that there are memory and processes "
                f"to be had and that lossgeo is still installed, then run the same command again, or with --workers 0"
            )

    def _pass_on(self, key: str, fraction: float, text: str) -> None:
        if key in self._reports:  # or it ended before its last report arrived
            self._reports[key](fraction, text)

    def _may_try_again(self, unit: Unit, error: BaseException | None) -> bool:
        """Whether a unit's worker died, and has not died too often before."""
        self._deaths[unit] += _is_death(error)
        return _is_death(error) and self._deaths[unit] <= DEATHS

    def _hear(self, event: tuple[float, tuple[str, float, str]]) -> None:
        _, (key, fraction, text) = event
        self._events.put((key, fraction, text))

    @cached_property
    def _client(self) -> Client:
        """The connection to the workers; starts them when it is first used."""
        client: Client = self._cleanup.enter_context(embedded(self._size))
        client.subscribe_topic(TOPIC, self._hear)  # type: ignore[no-untyped-call]
        return client


def _error(future: Future[Any]) -> BaseException | None:
    """The exception that ended a task early; waits if the outcome was lost with its worker: the task runs again."""
    error: BaseException | None = future.exception()  # type: ignore[no-untyped-call]
    if error is None and future.status != "finished":
        return ConnectionError(
            f"expected an answer of the workers, but they cannot be reached (the task is {future.status}); "
            f"finished results are safe: run the same command again"
        )
    return error


def _is_death(error: BaseException | None) -> bool:
    """Whether a task ended because its worker process died."""
    from distributed import KilledWorker

    return isinstance(error, KilledWorker)


def _failures(unit: Unit, error: BaseException | None) -> dict[Job[Any], Failure]:
    """The failures in an ended task: none, those of its jobs, or one failure for all if it could not be executed."""
    if error is None:
        return {}
    if isinstance(error, JobsFailed):
        fields = error.args[0]
        return {job: Failure(**fields[job.key]) for job in unit if job.key in fields}
    return dict.fromkeys(unit, _failure(error))


def _failure(error: BaseException) -> Failure:
    """The failure of a task that could not be executed, with its cause."""
    if _is_death(error):
        return Failure(
            "WorkerDied",
            f"the process that computes this died {DEATHS + 1} times; it may need more memory than there is: "
            f"try fewer --workers, or --workers 0 to see what it says",
            "",
        )
    return Failure.of(error)
