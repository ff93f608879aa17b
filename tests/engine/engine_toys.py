"""Jobs small enough to be understood at a glance, and the task that a worker builds them again for."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from lossgeo.engine.context import Context, Report
from lossgeo.engine.execute import execute
from lossgeo.engine.executor import Inline
from lossgeo.engine.job import Job, in_order
from lossgeo.engine.key import digest
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


@dataclass(frozen=True)
class Steps:
    """How far the members of a group had come."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Member(Toy):
    """One of a group; a line in the file `computations` names the members that were computed together."""

    computations: str = ""
    ending: str = "fine"

    @property
    def group(self) -> str:
        """That of all members that depend on the same jobs."""
        return digest(b"members " + "".join(job.key for job in self.needs).encode())

    def together(self, jobs: Sequence[Job[Any]], context: Context) -> Iterator[tuple[Job[Any], Any]]:
        """Give the members in turn, each as its `ending` says; a checkpoint names those that were given."""
        before = context.kept(Steps)
        names = () if before is None else before.names
        with Path(self.computations).open("a") as file:
            file.write(f"{' '.join(job.label for job in jobs)}{' after ' if names else ''}{' '.join(names)}\n")
        for count, job in enumerate(jobs, start=1):
            assert isinstance(job, Member)
            yield job, job.result_or_exception(context)
            names = (*names, job.name)
            context.keep(lambda: Steps(names), Steps)  # noqa: B023  # called at once
            context.progress(count / len(jobs), f"gave {job.name}")

    def result_or_exception(self, context: Context) -> object:
        """End this member as it is to end."""
        match self.ending:
            case "slow":
                time.sleep(0.1)
            case "failing":
                return ValueError("this one was not to be")
            case "of another type":
                return "no numbers"
            case "raising":
                raise ValueError("nothing goes on here")
            case "interrupted":
                raise KeyboardInterrupt
            case "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
        return self.compute(context)


def members(folder: str, *endings: str) -> list[Toy]:
    """Members of one group called a, b, c …, which end as these words say."""
    needs = (Toy("root"),)
    return [
        Member(name, needs, computations=f"{folder}/computations", ending=ending)
        for name, ending in zip("abcdefgh", endings, strict=False)
    ]


def diamond() -> list[Toy]:
    """One job that three depend on, which one depends on."""
    root = Toy("root")
    return [Toy("top", needs=tuple(Toy(name, needs=(root,)) for name in ("left", "middle!", "right!!")))]


def mortals(folder: str) -> list[Toy]:
    """One job that dies once, one that always dies, one that depends on that, and one that just works."""
    once = Mortal("once", tries=f"{folder}/once", deaths=1)
    always = Mortal("always", tries=f"{folder}/always", deaths=1000)
    return [once, Toy("after", needs=(always,)), Toy("well")]


def one_dies(folder: str) -> list[Toy]:
    """The costliest works, the next one dies once, and the others work after that."""
    dying = Mortal("once", tries=f"{folder}/once", deaths=1, weight=2.0)
    return [Toy("first", weight=3.0), dying, *(Slow(f"last {i}", seconds=0.2) for i in range(3))]


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
        "one dies": lambda: one_dies(payload["folder"]),
        "members": lambda: members(payload["folder"], *payload["endings"]),
    }
    return scenarios[payload["jobs"]]()


def perform(payload: Mapping[str, Any], keys: Sequence[str], report: Report) -> Mapping[str, Mapping[str, str]]:
    """What a worker does: find the jobs again, and execute them."""
    jobs = {job.key: job for job in in_order(targets(payload))}
    if not jobs.keys() >= set(keys):
        raise LookupError(f"expected jobs of the payload, got the key {keys[0]}")
    failures = execute(tuple(jobs[key] for key in keys), Store(Path(payload["store"])), (), report, dict)
    return {job.key: asdict(failure) for job, failure in failures.items()}


def run_inline(jobs: list[Toy], root: Path, observer: Observer | None = None) -> Outcome:
    """Run jobs in this process."""
    store = Store(root)
    with Inline(store, ()) as executor:
        return run(jobs, store, executor, observer or Silent())


def published(job: Toy, root: Path) -> Path:
    """The folder of a job's result, after running it."""
    run_inline([job], root)
    return Store(root).folder(job)


def content(root: Path) -> dict[str, bytes]:
    """The files of all results that depend on the inputs alone, by path."""
    paths = [path for name in ("job.json", "result.json", "*.safetensors") for path in (root / "objects").rglob(name)]
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(paths)}
