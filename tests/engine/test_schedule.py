from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from engine_toys import Toy

from lossgeo.engine.job import Job, in_order
from lossgeo.engine.plan import Plan
from lossgeo.engine.schedule import JobSchedule
from lossgeo.engine.tally import Tally


def scheduled(jobs: Iterable[Toy]) -> JobSchedule:
    return JobSchedule(Plan(in_order(jobs), ()))


def labels(jobs: Iterable[Job[Any]]) -> list[str]:
    return [job.label for job in jobs]


def start(schedule: JobSchedule, slots: int) -> list[Job[Any]]:
    """Start units of one job each."""
    return [job for (job,) in schedule.start(slots)]


def test_the_costliest_of_the_ready_starts_first_and_ties_start_in_the_order_of_the_plan() -> None:
    weights = {"a": 1.0, "b": 3.0, "c": 2.0, "d": 3.0, "e": 1.0}

    schedule = scheduled(Toy(name, weight=weight) for name, weight in weights.items())

    assert labels(start(schedule, 3)) == ["b", "d", "c"]
    assert labels(start(schedule, 9)) == ["a", "e"]


def test_no_more_jobs_run_than_there_are_slots() -> None:
    schedule = scheduled(Toy(name) for name in "abcd")

    first = start(schedule, 2)
    second = start(schedule, 2)
    schedule.finish(first[0])
    third = start(schedule, 2)

    assert (len(first), len(second), len(third)) == (2, 0, 1)


def test_a_job_waits_for_the_last_of_its_dependencies() -> None:
    a, b = Toy("a"), Toy("b")
    schedule = scheduled([Toy("top", needs=(a, b), weight=9.0)])
    schedule.start(9)

    schedule.finish(a)
    after_one = start(schedule, 9)
    schedule.finish(b)
    after_both = start(schedule, 9)

    assert labels(after_one) == []
    assert labels(after_both) == ["top"]


def test_what_a_failure_blocks_comes_in_the_order_of_the_plan_and_only_once() -> None:
    a, b = Toy("a"), Toy("b")
    both, far = Toy("both", needs=(a, b)), Toy("far", needs=(Toy("between", needs=(a,)),))
    schedule = scheduled([far, both, Toy("top", needs=(both, far))])
    schedule.start(9)

    blocked_by_a, blocked_by_b = schedule.fail(a), schedule.fail(b)

    assert labels(blocked_by_a) == ["between", "far", "both", "top"]
    assert blocked_by_b == []
    assert schedule.is_over


def test_a_job_that_is_blocked_stays_so_when_its_other_dependency_is_there() -> None:
    a, b = Toy("a"), Toy("b")
    schedule = scheduled([Toy("top", needs=(a, b))])
    schedule.start(9)

    schedule.fail(a)
    schedule.finish(b)

    assert schedule.start(9) == []
    assert schedule.is_over


def by_search(jobs: tuple[Job[Any], ...], slots: int, fails: Callable[[str], bool]) -> list[str]:
    """What the law says: of all jobs whose dependencies have ended well, the costliest starts, then the first."""
    waiting, running, told = list(jobs), list[Job[Any]](), list[str]()
    while waiting or running:
        ready = [job for job in waiting if not set(job.dependencies) & {*waiting, *running}]
        for job in sorted(ready, key=lambda job: -job.cost)[: slots - len(running)]:
            waiting.remove(job)
            running.append(job)
            told.append(f"start {job.label}")
        job = running.pop(0)
        if fails(job.label):
            lost = {job}
            for candidate in waiting:
                lost |= {candidate} if lost & set(candidate.dependencies) else set()
            told += [f"block {candidate.label}" for candidate in waiting if candidate in lost]
            waiting = [candidate for candidate in waiting if candidate not in lost]
    return told


def by_schedule(jobs: tuple[Job[Any], ...], slots: int, fails: Callable[[str], bool]) -> list[str]:
    schedule, running, told = JobSchedule(Plan(jobs, ())), list[Job[Any]](), list[str]()
    while not schedule.is_over:
        started = start(schedule, slots)
        running += started
        told += [f"start {job.label}" for job in started]
        job = running.pop(0)
        if fails(job.label):
            told += [f"block {lost.label}" for lost in schedule.fail(job)]
        else:
            schedule.finish(job)
    return told


@pytest.mark.parametrize("seed", range(20))
def test_the_order_is_that_of_a_search_through_all_that_waits(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    toys: list[Toy] = []
    for number in range(40):
        needs = tuple(draw.sample(toys, draw.randint(0, min(3, number))))
        toys.append(Toy(f"{number}", needs=needs, weight=float(draw.randint(1, 4))))
    jobs, slots = in_order(draw.sample(toys, 25)), draw.randint(1, 5)

    def fails(label: str) -> bool:
        return int(label) % 9 == seed % 9

    assert by_schedule(jobs, slots, fails) == by_search(jobs, slots, fails)


@dataclass(frozen=True)
class Priced(Toy):
    """Counts how often its cost is asked for."""

    asked: ClassVar[list[str]] = []

    @property
    def cost(self) -> float:
        """The weight."""
        self.asked.append(self.name)
        return self.weight


def test_the_cost_of_a_job_is_estimated_once_in_a_run() -> None:
    jobs = in_order([Priced("top", needs=(Priced("a"), Priced("b")))])
    plan = Plan(jobs, ())
    schedule, tally = JobSchedule(plan), Tally(plan)

    while not schedule.is_over:
        for job in start(schedule, 1):
            tally.start(job)
            tally.progress(job, 0.5)
            assert tally.share < 1.0
            schedule.finish(job)
            tally.finish(job)

    assert tally.share == 1.0
    assert sorted(Priced.asked) == ["a", "b", "top"]


def test_thousands_of_jobs_are_scheduled_in_seconds() -> None:
    jobs = tuple(Toy(str(number), weight=float(number % 7)) for number in range(5000))
    schedule = scheduled(jobs)

    began = time.process_time()
    while not schedule.is_over:
        for job in start(schedule, 4):
            schedule.finish(job)

    assert time.process_time() - began < 5.0  # a search at every start takes minutes
