"""An executor over worker processes: one job a worker at a time, and a job whose worker dies starts again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cached_property
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from lossgeo.engine.context import Report
from lossgeo.engine.embedded import embedded, living
from lossgeo.engine.executor import Executor
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job
from lossgeo.engine.signals import deferring_signals
from lossgeo.engine.worker import TOPIC, JobFailed, Task, perform

if TYPE_CHECKING:
    from distributed import Client, Future

DEATHS = 3
"""How many deaths of its worker a job survives."""

SECONDS_BETWEEN_LOOKS = 0.05
"""How often to look for a worker while jobs wait for one that is being started again."""


class Cluster(Executor):
    """Runs jobs in worker processes on this machine, which start with the first job and go when this process goes.

    Only `task`, `payload` and keys are sent: the workers read and write the store themselves. A job whose worker dies
    is started again, and fails with the fourth death.
    """

    def __init__(self, workers: int, task: Task, payload: Mapping[str, Any]) -> None:
        if workers < 1:
            raise ValueError(f"workers: expected at least 1, got {workers}; use Inline to run in this process")
        self._size, self._task, self._payload = workers, task, payload
        self._waiting: deque[Job[Any]] = deque()
        self._running: dict[str, tuple[Job[Any], str]] = {}  # by the key of the attempt: the job and its worker
        self._reports: dict[str, Report] = {}  # by the key of the job
        self._deaths: Counter[Job[Any]] = Counter()
        self._events: Queue[Future[Any] | tuple[str, float, str]] = Queue()
        self._cleanup = ExitStack()

    @property
    def slots(self) -> int:
        """One a worker."""
        return self._size

    def start(self, job: Job[Any], report: Report) -> None:
        """Put the job in line for the next worker that is free."""
        self._reports[job.key] = report
        self._waiting.append(job)

    def finished(self) -> tuple[Job[Any], Failure | None]:
        """Give the waiting jobs to workers and pass on their reports, until one of the jobs ends."""
        while True:
            self._assign()
            event = self._next_event()
            if isinstance(event, tuple):
                self._pass_on(*event)
            elif event is not None:
                job, _ = self._running.pop(str(event.key))
                error = _error(event)
                if self._may_try_again(job, error):
                    self._waiting.append(job)
                else:
                    del self._reports[job.key]
                    return job, _failure(error)

    def close(self) -> None:
        """Stop the workers, at once if they are still at work."""
        with deferring_signals():
            self._cleanup.close()

    def _assign(self) -> None:
        """Send the keys of waiting jobs to the workers that have none."""
        if not self._waiting:
            return
        client, busy = self._client, {worker for _, worker in self._running.values()}
        free = [worker for worker in living(client) if worker not in busy]
        for worker in free[: len(self._waiting)]:
            job = self._waiting.popleft()
            attempt = f"{job.kind}-{job.key}-{self._deaths[job]}"
            self._running[attempt] = job, worker
            future: Future[Any] = client.submit(
                *(perform, self._task, self._payload, job.key),
                key=attempt,
                workers=[worker],
                allow_other_workers=True,  # should this one have died in its sleep
            )
            future.add_done_callback(self._events.put)  # type: ignore[no-untyped-call]

    def _next_event(self) -> Future[Any] | tuple[str, float, str] | None:
        """A report, a future that is done, or None when it is time to look for a free worker."""
        with suppress(Empty):
            return self._events.get(timeout=SECONDS_BETWEEN_LOOKS if self._waiting else None)
        return None

    def _pass_on(self, key: str, fraction: float, text: str) -> None:
        if key in self._reports:  # or it ended before its last report arrived
            self._reports[key](fraction, text)

    def _may_try_again(self, job: Job[Any], error: BaseException | None) -> bool:
        """Whether the worker of a job died, and not too often."""
        self._deaths[job] += _is_death(error)
        return _is_death(error) and self._deaths[job] <= DEATHS

    def _hear(self, event: tuple[float, tuple[str, float, str]]) -> None:
        _, (key, fraction, text) = event
        self._events.put((key, fraction, text))

    @cached_property
    def _client(self) -> Client:
        """The connection to the workers, which it starts."""
        client: Client = self._cleanup.enter_context(embedded(self._size))
        client.subscribe_topic(TOPIC, self._hear)  # type: ignore[no-untyped-call]
        return client


def _error(future: Future[Any]) -> BaseException | None:
    """What ended a task before its time; waits if its outcome was lost with its worker, for then it runs again."""
    error: BaseException | None = future.exception()  # type: ignore[no-untyped-call]
    if error is None and future.status != "finished":
        return ConnectionError(
            f"expected an answer of the workers, but they cannot be reached (the task is {future.status}); "
            f"finished results are safe: run the same command again"
        )
    return error


def _is_death(error: BaseException | None) -> bool:
    """Whether a task ended because its worker died."""
    from distributed import KilledWorker

    return isinstance(error, KilledWorker)


def _failure(error: BaseException | None) -> Failure | None:
    """What an ended task tells: nothing, the failure of its job, or that it could not be carried out."""
    if isinstance(error, JobFailed):
        return Failure(**error.args[0])
    if _is_death(error):
        return Failure(
            "WorkerDied",
            f"the process that computes this died {DEATHS + 1} times; it may need more memory than there is: "
            f"try fewer --workers, or --workers 0 to see what it says",
            "",
        )
    return None if error is None else Failure.of(error)
