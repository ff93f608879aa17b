"""What the engine costs: a job, the first worker, a run with nothing to do; and what a second worker gains."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, ClassVar

from benchmarks.row import Row
from lossgeo.engine.cluster import Cluster
from lossgeo.engine.context import Context, Report
from lossgeo.engine.execute import execute
from lossgeo.engine.executor import Executor, Inline
from lossgeo.engine.job import Job
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import run
from lossgeo.engine.store import Store

JOBS = 300
COMMAND = [sys.executable, "-c", "from lossgeo.cli import program; program()", "run"]
QUICKSTART = Path(__file__).parents[1] / "specs" / "quickstart.yaml"


@dataclass(frozen=True)
class Number:
    """The result of a job."""

    value: int


@dataclass(frozen=True)
class Trivial(Job[Number]):
    """A job that costs nothing to compute."""

    number: int
    version: ClassVar[int] = 1

    @property
    def result_type(self) -> type[Number]:
        """A number."""
        return Number

    @property
    def cost(self) -> float:
        """Nothing."""
        return 0.0

    @property
    def label(self) -> str:
        """Its number."""
        return f"trivial {self.number}"

    def compute(self, context: Context) -> Number:
        """Its number."""
        del context
        return Number(self.number)


class Clock(Silent):
    """Notes when the first job ends."""

    first: float | None = None

    def finished(self, job: Job[Any]) -> None:
        """Note the time, once."""
        del job
        self.first = self.first or perf_counter()


def perform(payload: Mapping[str, Any], keys: Sequence[str], report: Report) -> Mapping[str, Mapping[str, str]]:
    """Execute trivial jobs in a worker."""
    jobs = {job.key: job for job in map(Trivial, range(JOBS))}
    failures = execute(tuple(jobs[key] for key in keys), Store(Path(payload["store"])), (), report, dict)
    return {job.key: asdict(failure) for job, failure in failures.items()}


def engine() -> Iterator[Row]:
    """A job in this process and in workers, and how long it takes until the first of these has done one."""
    sizes = {"jobs": JOBS}
    with TemporaryDirectory() as folder:
        store = Store(Path(folder))
        seconds, _ = _seconds(store, Inline(store, ()))
        yield Row("a job, inline", "the aim", seconds / JOBS, 5e-3, None, 1, sizes)
    with TemporaryDirectory() as folder:
        seconds, first = _seconds(Store(Path(folder)), Cluster(2, perform, {"store": folder}))
        yield Row("a job, in two workers", "the aim", (seconds - first) / (JOBS - 1), 50e-3, None, 1, sizes)
        yield Row("until a worker has done a job", "the aim", first, 2.0, None, 1, sizes)


def _seconds(store: Store, executor: Executor) -> tuple[float, float]:
    """Seconds of all jobs, and until the end of the first."""
    clock, began = Clock(), perf_counter()
    with executor:
        run(map(Trivial, range(JOBS)), store, executor, clock)
        ended = perf_counter()
    return ended - began, (clock.first or ended) - began


def workers() -> Iterator[Row]:
    """The quickstart, of three seeds, with two workers beside one; and again, with nothing left to do."""
    times = {}
    with TemporaryDirectory() as folder:
        _run(folder, "cold", "--smoke", "--workers", "2")  # what the disk has to give, and kernels that are compiled
        for count in (1, 2):
            times[count] = _run(folder, f"store-{count}", "--workers", str(count))
        again = _run(folder, "store-2", "--workers", "2")
    yield Row("quickstart, two workers", "one worker", times[2], times[1], times[1] / 2, 1.8, {"seeds": 3}, threads=2)
    yield Row("a run with nothing to do", "the aim", again, 1.5, None, 1, {"seeds": 3})


def _run(folder: str, store: str, *options: str) -> float:
    began = perf_counter()
    words = [*COMMAND, str(QUICKSTART), "--store", store, *options]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)  # noqa: S603  # our own command
    return perf_counter() - began
