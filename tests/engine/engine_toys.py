"""Jobs small enough to be understood at a glance, and the task that a worker builds them again for."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from lossgeo.engine.context import Context, Report
from lossgeo.engine.execute import execute
from lossgeo.engine.executor import Inline
from lossgeo.engine.job import Job, in_order
from lossgeo.engine.observer import Observer, Silent
from lossgeo.engine.runner import Outcome, run
from lossgeo.engine.store import Store


@dataclass(frozen=True)
class Numbers:
    """The result of a toy."""

    values: npt.NDArray[np.float64]
    total: float


@dataclass(frozen=True)
class Toy(Job[Numbers]):
    """One number; subclasses do something first."""

    name: str = "toy"
    needs: tuple[Toy, ...] = ()
    weight: float = 1.0
    version: ClassVar[int] = 1

    @property
    def result_type(self) -> type[Numbers]:
        """What a toy computes."""
        return Numbers

    @property
    def label(self) -> str:
        """The name."""
        return self.name

    @property
    def cost(self) -> float:
        """The weight."""
        return self.weight

    def compute(self, context: Context) -> Numbers:
        """Draw numbers and add up."""
        values = np.random.default_rng(len(self.name)).normal(size=64)
        total = float(values.sum()) + sum(context.load(job).total for job in self.needs)
        context.progress(1.0, "counted")
        return Numbers(values, total)


@dataclass(frozen=True)
class Broken(Toy):
    """Fails."""

    def compute(self, context: Context) -> Numbers:  # noqa: ARG002
        """Raise an error."""
        raise ValueError("it was not to be")


@dataclass(frozen=True)
class Slow(Toy):
    """Takes its time."""

    seconds: float = 1.0

    def compute(self, context: Context) -> Numbers:
        """Wait, reporting."""
        ends = time.monotonic() + self.seconds
        while (left := ends - time.monotonic()) > 0:
            context.progress(1 - left / self.seconds, "at it")
            time.sleep(0.02)
        return super().compute(context)


@dataclass(frozen=True)
class Mortal(Toy):
    """Kills its process for the first `deaths` times; a line in the file `tries` counts each."""

    tries: str = ""
    deaths: int = 1

    def compute(self, context: Context) -> Numbers:
        """Die or go on."""
        with Path(self.tries).open("a") as file:
            file.write("tried\n")
        if len(Path(self.tries).read_text().splitlines()) <= self.deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().compute(context)


def diamond() -> list[Toy]:
    """One job that three depend on, which one depends on."""
    root = Toy("root")
    return [Toy("top", needs=tuple(Toy(name, needs=(root,)) for name in ("left", "middle!", "right!!")))]


def mortals(folder: str) -> list[Toy]:
    """One job that dies once, one that always dies, one that depends on that, and one that just works."""
    once = Mortal("once", tries=f"{folder}/once", deaths=1)
    always = Mortal("always", tries=f"{folder}/always", deaths=1000)
    return [once, Toy("after", needs=(always,)), Toy("well")]


def slow_ones() -> list[Toy]:
    """Two quick jobs, and four that take longer than a test waits."""
    return [Toy("quick"), Toy("quick too"), *(Slow(f"slow {i}", seconds=60.0, weight=0.5) for i in range(4))]


def targets(payload: Mapping[str, Any]) -> list[Toy]:
    """The jobs that a payload stands for."""
    scenarios: dict[str, Callable[[], list[Toy]]] = {
        "diamond": diamond,
        "slow ones": slow_ones,
        "broken": lambda: [Broken()],
        "mortals": lambda: mortals(payload["folder"]),
    }
    return scenarios[payload["jobs"]]()


def perform(payload: Mapping[str, Any], key: str, report: Report) -> Mapping[str, str] | None:
    """What a worker does: find the job again, and execute it."""
    jobs = {job.key: job for job in in_order(targets(payload))}
    if key not in jobs:
        raise LookupError(f"expected a job of the payload, got the key {key}")
    failure = execute(jobs[key], Store(Path(payload["store"])), (), report, {})
    return None if failure is None else asdict(failure)


def run_inline(jobs: list[Toy], root: Path, observer: Observer | None = None) -> Outcome:
    """Run jobs in this process."""
    store = Store(root)
    with Inline(store, (), {}) as executor:
        return run(jobs, store, executor, observer or Silent())


def published(job: Toy, root: Path) -> Path:
    """The folder of a job's result, after running it."""
    run_inline([job], root)
    return Store(root).folder(job)


def content(root: Path) -> dict[str, bytes]:
    """The files of all results that depend on the inputs alone, by path."""
    paths = [path for name in ("job.json", "result.json", "*.safetensors") for path in (root / "objects").rglob(name)]
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(paths)}
