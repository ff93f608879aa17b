"""Jobs of a group: computed together, published and failing each alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from engine_toys import Member, Steps, Toy, content, members, perform, run_inline

from lossgeo.engine import checkpoint
from lossgeo.engine.cluster import Cluster
from lossgeo.engine.context import Context
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job, in_order
from lossgeo.engine.locks import Locks
from lossgeo.engine.observer import Silent
from lossgeo.engine.plan import Plan
from lossgeo.engine.runner import Outcome, run
from lossgeo.engine.schedule import JobSchedule
from lossgeo.engine.store import Store


@pytest.fixture(autouse=True)
def _keep_every_state(monkeypatch: pytest.MonkeyPatch) -> None:
    initialise = checkpoint.Checkpoint.__init__
    monkeypatch.setattr(checkpoint.Checkpoint, "__init__", lambda self, folder: initialise(self, folder, 0.0))


@pytest.fixture(autouse=True)
def _wait_long_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy, starting one again takes minutes."""
    monkeypatch.setattr("lossgeo.engine.cluster.SECONDS_TO_START", 600.0)


def run_on_cluster(endings: Sequence[str], root: Path) -> Outcome:
    payload = {"store": str(root / "store"), "jobs": "members", "folder": str(root), "endings": list(endings)}
    with Cluster(1, perform, payload) as cluster:
        return run(members(str(root), *endings), Store(root / "store"), cluster, Silent())


def computations(root: Path) -> list[str]:
    return (root / "computations").read_text().splitlines()


def labels(jobs: Sequence[Job[Any]]) -> list[str]:
    return [job.label for job in jobs]


def outcomes(root: Path) -> Counter[tuple[str, str]]:
    entries = [json.loads(line) for line in (root / "journal.jsonl").read_text().splitlines()]
    return Counter((entry["label"], entry["outcome"]) for entry in entries)


def test_jobs_of_a_group_are_computed_once_and_published_each(tmp_path: Path) -> None:
    jobs = members(str(tmp_path), "fine", "fine")

    outcome = run_inline(jobs, tmp_path / "store")

    assert labels(outcome.computed) == ["root", "a", "b"]
    assert computations(tmp_path) == ["a b"]
    assert outcomes(tmp_path / "store") == {("root", "computed"): 1, ("a", "computed"): 1, ("b", "computed"): 1}
    assert all(job in Store(tmp_path / "store") for job in jobs)


def test_a_cluster_computes_a_group_together_and_with_the_same_bytes(tmp_path: Path) -> None:
    outcome = run_on_cluster(["fine", "fine"], tmp_path)

    assert computations(tmp_path) == ["a b"]
    run_inline(members(str(tmp_path), "fine", "fine"), tmp_path / "inline")
    assert labels(outcome.computed) == ["root", "a", "b"]
    assert content(tmp_path / "store") == content(tmp_path / "inline")


def test_groups_that_depend_on_other_jobs_are_computed_apart(tmp_path: Path) -> None:
    first = members(str(tmp_path), "fine", "fine")
    other = Member("other", (Toy("another root"),), computations=f"{tmp_path}/computations")

    run_inline([*first, other], tmp_path / "store")

    assert sorted(computations(tmp_path)) == ["a b", "other"]


def test_a_job_of_a_group_that_is_stored_is_not_computed_again(tmp_path: Path) -> None:
    a, b, c = members(str(tmp_path), "fine", "fine", "fine")
    run_inline([b], tmp_path / "store")

    outcome = run_inline([a, b, c], tmp_path / "store")

    assert computations(tmp_path) == ["b", "a c"]
    assert (labels(outcome.computed), labels(outcome.reused)) == (["a", "c"], ["root", "b"])


@pytest.mark.parametrize("ending", ["failing", "of another type"])
def test_a_job_of_a_group_that_fails_blocks_only_what_depends_on_it(ending: str, tmp_path: Path) -> None:
    a, b, c = members(str(tmp_path), "fine", ending, "fine")
    after_b, after_c = Toy("after b", needs=(a, b)), Toy("after c", needs=(a, c))

    outcome = run_inline([after_b, after_c], tmp_path / "store")

    assert labels(outcome.computed) == ["root", "a", "c", "after c"]
    assert labels(tuple(outcome.failed)) == ["b"]
    assert labels(outcome.blocked) == ["after b"]
    assert outcomes(tmp_path / "store")["b", "failed"] == 1


def test_a_job_that_fails_in_a_worker_fails_alone_with_its_own_reason(tmp_path: Path) -> None:
    outcome = run_on_cluster(["fine", "failing", "fine"], tmp_path)

    ((job, failure),) = outcome.failed.items()
    assert (job.label, failure.kind, failure.message) == ("b", "ValueError", "this one was not to be")
    assert labels(outcome.computed) == ["root", "a", "c"]


def test_an_exception_midway_fails_only_what_was_not_given_yet(tmp_path: Path) -> None:
    outcome = run_inline(members(str(tmp_path), "fine", "raising", "fine"), tmp_path / "store")

    assert labels(outcome.computed) == ["root", "a"]
    assert {job.label: failure.message for job, failure in outcome.failed.items()} == dict.fromkeys(
        "bc", "nothing goes on here"
    )


def test_an_interruption_midway_keeps_what_was_given(tmp_path: Path) -> None:
    a, b, c = jobs = members(str(tmp_path), "fine", "interrupted", "fine")

    with pytest.raises(KeyboardInterrupt):
        run_inline(jobs, tmp_path / "store")

    assert [job in Store(tmp_path / "store") for job in jobs] == [True, False, False]
    assert outcomes(tmp_path / "store")["a", "computed"] == 1
    assert labels(run_inline([a, c], tmp_path / "store").computed) == ["c"]
    assert b.group == c.group


def test_a_death_midway_keeps_what_was_given_and_the_rest_is_tried_again(tmp_path: Path) -> None:
    outcome = run_on_cluster(["fine", "deadly", "fine"], tmp_path)

    assert labels(outcome.computed) == ["root", "a"]
    assert {job.label: failure.kind for job, failure in outcome.failed.items()} == dict.fromkeys("bc", "WorkerDied")
    assert [line.partition(" after")[0] for line in computations(tmp_path)] == ["a b c", *["b c"] * 3]


APART = """
import sys, time, pathlib, engine_toys as e
from lossgeo.engine.locks import Locks

taking = Locks._acquire
def slowly(*arguments, **options):
    is_held = taking(*arguments, **options)
    time.sleep(0.2)
    return is_held
Locks._acquire = slowly

folder, order = sys.argv[1:]
found = {job.name: job for job in e.members(folder, *["slow"] * 3)}
e.run_inline([found[name] for name in order], pathlib.Path(folder) / "store")
"""


def test_processes_that_compute_overlapping_parts_of_a_group_do_not_wait_for_each_other_for_ever(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    runs = [
        subprocess.Popen([sys.executable, "-c", APART, str(tmp_path), order], env=environment, stderr=subprocess.PIPE)
        for order in ("abc", "cba", "bc", "ca")
    ]
    try:
        ends = [process.communicate(timeout=300)[1] for process in runs]
    finally:
        for process in runs:
            process.kill()
            process.wait()

    assert ends == [b""] * 4
    found = outcomes(tmp_path / "store")
    assert {label: found[label, "computed"] for label in "abc"} == {"a": 1, "b": 1, "c": 1}
    assert sorted("".join(computations(tmp_path)).replace(" ", "")) == ["a", "b", "c"]


def test_whoever_computes_a_job_of_a_group_has_its_checkpoint_alone(tmp_path: Path) -> None:
    job = Member("a")

    with Store(tmp_path).lock(job), Locks(tmp_path / "locks").hold(job.group, wait=False) as is_held:
        assert not is_held


def kept(job: Job[Any], root: Path) -> Steps | None:
    return Store(root / "store").checkpoint(job).load(Steps)


def test_a_group_goes_on_from_its_checkpoint_with_whatever_is_left_of_it(tmp_path: Path) -> None:
    a, b, c = members(str(tmp_path), "fine", "interrupted", "fine")
    with pytest.raises(KeyboardInterrupt):
        run_inline([a, b], tmp_path / "store")

    run_inline([c], tmp_path / "store")

    assert computations(tmp_path) == ["a b", "c after a"]


@pytest.mark.parametrize(
    ("endings", "names"),
    [
        (("fine", "fine"), None),
        (("fine", "failing"), None),
        (("fine", "raising"), ("a",)),
        (("fine", "of another type"), ("a", "b")),
    ],
)
def test_a_checkpoint_stays_only_if_something_was_raised_or_not_published(
    endings: tuple[str, ...], names: tuple[str, ...] | None, tmp_path: Path
) -> None:
    jobs = members(str(tmp_path), *endings)

    run_inline(jobs, tmp_path / "store")

    found = [kept(job, tmp_path) for job in jobs]
    assert found == [None if names is None else Steps(names)] * 2


class Recorder(Silent):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def started(self, job: Job[Any]) -> None:
        """Write it down."""
        self.told.append(("started", job.label))

    def progress(self, job: Job[Any], fraction: float, text: str) -> None:
        """Write it down."""
        self.told.append(("progress", job.label, fraction, text))

    def finished(self, job: Job[Any]) -> None:
        """Write it down."""
        self.told.append(("finished", job.label))

    def failed(self, job: Job[Any], failure: Failure, blocked: Sequence[Job[Any]]) -> None:
        """Write it down."""
        self.told.append(("failed", job.label, failure.message, len(blocked)))


def test_every_job_of_a_group_is_told_under_its_own_name(tmp_path: Path) -> None:
    recorder = Recorder()
    run_inline([Toy("root")], tmp_path / "store")

    run_inline(members(str(tmp_path), "fine", "failing"), tmp_path / "store", recorder)

    reports = [(event, label) for event, label, *_ in recorder.told]
    assert reports[:2] == [("started", "a"), ("started", "b")]
    assert ("progress", "a", 0.5, "gave a") in recorder.told
    assert ("progress", "b", 0.5, "gave a") in recorder.told
    assert recorder.told[-2:] == [("finished", "a"), ("failed", "b", "this one was not to be", 0)]


def test_the_seconds_of_jobs_computed_together_add_up(tmp_path: Path) -> None:
    jobs = members(str(tmp_path), "slow", "slow", "slow")

    run_inline(jobs, tmp_path / "store")

    seconds = [Store(tmp_path / "store").provenance(job)["seconds"] for job in jobs]
    assert all(0.1 <= one < 0.2 for one in seconds), seconds


def scheduled(jobs: Sequence[Job[Any]]) -> JobSchedule:
    return JobSchedule(Plan(in_order(jobs), ()))


def test_a_group_takes_one_slot_and_starts_where_its_costliest_job_would() -> None:
    cheap, dear = Member("cheap", weight=1.0), Member("dear", weight=9.0)

    schedule = scheduled([Toy("fair", weight=5.0), cheap, Toy("fairer", weight=6.0), dear])

    assert [labels(unit) for unit in schedule.start(2)] == [["cheap", "dear"], ["fairer"]]
    schedule.finish(cheap)
    assert schedule.start(2) == []
    schedule.finish(dear)
    assert [labels(unit) for unit in schedule.start(2)] == [["fair"]]


@dataclass(frozen=True)
class Careless(Toy):
    """A group for all, whatever they depend on."""

    @property
    def group(self) -> str:
        """The same for all."""
        return "0" * 64


def test_a_group_of_jobs_that_depend_on_different_jobs_is_refused() -> None:
    jobs = [Careless("a", needs=(Toy(),)), Careless("b", needs=(Toy("other"),))]

    with pytest.raises(ValueError, match="b: expected the dependencies of a, with which it is in the group 000"):
        scheduled(jobs)


def test_a_job_that_its_group_forgets_has_failed(tmp_path: Path) -> None:
    outcome = run_inline([Careless("a"), Careless("b")], tmp_path)

    assert labels(outcome.computed) == ["a"]
    ((job, failure),) = outcome.failed.items()
    assert job.label == "b"
    assert failure.message.startswith("Careless.together: expected a result of each of its 2 jobs, got none of b;")


@dataclass(frozen=True)
class Confused(Careless):
    """Gives its first job twice."""

    def together(self, jobs: Sequence[Job[Any]], context: Context) -> Iterator[tuple[Job[Any], Any]]:
        """Give it, and give it again."""
        yield jobs[0], self.compute(context)
        yield jobs[0], self.compute(context)


def test_a_job_that_is_given_twice_fails_what_was_not_given(tmp_path: Path) -> None:
    outcome = run_inline([Confused("a"), Confused("b")], tmp_path)

    assert labels(outcome.computed) == ["a"]
    (failure,) = outcome.failed.values()
    assert "expected a job that is still awaited, got <Confused" in failure.message
