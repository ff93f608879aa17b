"""What a run of 10,000 jobs costs besides computing them: finding their order, starting and ending each, and planning.

python benchmarks/scheduling.py
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, ClassVar

from lossgeo.commands import Request, plan_study
from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.engine.plan import Plan, plan
from lossgeo.engine.schedule import JobSchedule
from lossgeo.engine.store import Store

JOBS, SLOTS, SEEDS = 10_000, 8, 233
QUICKSTART = Path(__file__).parents[1] / "specs" / "quickstart.yaml"


@dataclass(frozen=True)
class Nothing:
    """The result of a job that is never computed."""


@dataclass(frozen=True)
class Idle(Job[Nothing]):
    """A job that is never computed."""

    number: int
    needs: tuple[Idle, ...] = ()
    version: ClassVar[int] = 1

    @property
    def result_type(self) -> type[Nothing]:
        """An empty record."""
        return Nothing

    @property
    def cost(self) -> float:
        """One of a hundred different costs."""
        return float(self.number % 100)

    def compute(self, context: Context) -> Nothing:
        """Refuse, because only the order of jobs is measured."""
        raise NotImplementedError(context)


def main() -> None:
    """Time the plan and the schedule of toy jobs, and the plan of the quickstart over many seeds."""
    with TemporaryDirectory() as folder:
        store = Store(Path(folder))
        measure("side by side", wide(), store)
        measure("in one chain", chain(), store)
        measure("in pairs of which half fail", pairs(), store, fails=lambda job: job.number % 4 == 0)
        measure("in one chain that fails at its start", chain(), store, fails=lambda job: job.number == 0)
        measure_study(Path(folder))


def wide() -> list[Idle]:
    """Jobs that depend on nothing."""
    return [Idle(number) for number in range(JOBS)]


def chain() -> list[Idle]:
    """Jobs of which each depends on the one before."""
    jobs = [Idle(0)]
    for number in range(1, JOBS):
        jobs.append(Idle(number, (jobs[-1],)))
    return jobs


def pairs() -> list[Idle]:
    """Jobs of which every second one depends on the one before."""
    firsts = [Idle(number) for number in range(0, JOBS, 2)]
    return [job for first in firsts for job in (first, Idle(first.number + 1, (first,)))]


def measure(name: str, jobs: list[Idle], store: Store, fails: Callable[[Idle], bool] = lambda _: False) -> None:
    """Print how long it takes to plan jobs, and to start and end all of them."""
    began = perf_counter()
    todo = plan(jobs, store)
    planned = perf_counter()
    ended = work_through(todo, fails)
    print(
        f"{len(jobs):,} jobs {name}: planned in {planned - began:.2f} s; "
        f"{ended:,} of them started and ended in {perf_counter() - planned:.2f} s"
    )


def work_through(todo: Plan, fails: Callable[[Idle], bool]) -> int:
    """Start and end the jobs of a plan without computing them; how many were started."""
    schedule, running, count = JobSchedule(todo), deque[Any](), 0
    while not schedule.is_over:
        running += schedule.start(SLOTS)
        (job,) = running.popleft()
        count += 1
        if fails(job):
            schedule.fail(job)
        else:
            schedule.finish(job)
    return count


def measure_study(folder: Path) -> None:
    """Print how long it takes to read a study of many seeds, to make the keys of its jobs and to plan them."""
    seeds = ",".join(str(seed) for seed in range(SEEDS))
    began = perf_counter()
    todo, _ = plan_study(Request(QUICKSTART, (f"seeds=[{seeds}]",), store=folder))
    print(f"{len(todo.missing):,} jobs of a study of {SEEDS} seeds: read and planned in {perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
