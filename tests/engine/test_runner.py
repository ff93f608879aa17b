from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from engine_toys import Broken, Numbers, Slow, Toy, diamond, run_inline

from lossgeo.engine.checkpoint import Checkpoint
from lossgeo.engine.context import Context
from lossgeo.engine.execute import execute
from lossgeo.engine.executor import Executor
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job, Unit
from lossgeo.engine.observer import Observer, Silent
from lossgeo.engine.plan import Plan, plan
from lossgeo.engine.runner import run
from lossgeo.engine.store import Store


class Recorder(Observer):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def planned(self, plan: Plan) -> None:
        """Write it down."""
        self.told.append(("planned", len(plan.missing), len(plan.reused)))

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

    def labels(self, event: str) -> list[object]:
        """The labels told with one kind of event."""
        return [entry[1] for entry in self.told if entry[0] == event]


class Pretending(Executor):
    """Has two slots and ends the job that started last first."""

    slots = 2

    def __init__(self) -> None:
        self.running: list[Unit] = []
        self.most = 0

    def start(self, unit: Unit, report: object) -> None:  # noqa: ARG002
        """Count it."""
        self.running.append(unit)
        self.most = max(self.most, len(self.running))

    def finished(self) -> tuple[Unit, Mapping[Job[Any], Failure]]:
        """End the last."""
        return self.running.pop(), {}

    def close(self) -> None:
        """Nothing to stop."""


def test_a_second_run_computes_nothing(tmp_path: Path) -> None:
    first = run_inline(diamond(), tmp_path)
    second = run_inline(diamond(), tmp_path)

    assert len(first.computed) == 5
    assert first.reused == ()
    assert second.computed == ()
    assert second.reused == tuple(diamond())


def test_results_of_dependencies_reach_their_dependents(tmp_path: Path) -> None:
    run_inline(diamond(), tmp_path)

    store = Store(tmp_path)
    totals = {job.label: store.load(job).total for job in [*diamond(), *diamond()[0].needs]}
    own = store.load(diamond()[0]).values.sum()
    assert totals["top"] == pytest.approx(own + totals["left"] + totals["middle!"] + totals["right!!"])


def test_only_what_is_missing_is_computed(tmp_path: Path) -> None:
    (top,) = diamond()
    run_inline([top.needs[0]], tmp_path)

    outcome = run_inline([top], tmp_path)

    assert [job.label for job in outcome.computed] == ["middle!", "right!!", "top"]
    assert {job.label for job in outcome.reused} == {"root", "left"}


def test_a_missing_result_that_nothing_missing_needs_is_not_computed(tmp_path: Path) -> None:
    (top,) = diamond()
    run_inline([top], tmp_path)
    Store(tmp_path).folder(top.needs[0]).rename(tmp_path / "gone")

    assert run_inline([top], tmp_path).computed == ()
    assert run_inline([top, top.needs[0]], tmp_path).computed == (top.needs[0],)


def test_a_failure_stops_only_what_depends_on_it(tmp_path: Path) -> None:
    broken = Broken("broken")
    child = Toy("child", needs=(Toy("well"), broken))
    grandchild = Toy("grandchild", needs=(child,))

    outcome = run_inline([grandchild, Toy("independent")], tmp_path)

    assert {job.label for job in outcome.computed} == {"well", "independent"}
    assert list(outcome.failed) == [broken]
    assert outcome.blocked == (child, grandchild)


def test_a_failure_tells_kind_message_and_traceback(tmp_path: Path) -> None:
    failure = run_inline([Broken()], tmp_path).failed[Broken()]

    assert (failure.kind, failure.message) == ("ValueError", "it was not to be")
    assert "engine_toys.py" in failure.traceback


def test_a_failed_job_is_tried_again_by_the_next_run(tmp_path: Path) -> None:
    run_inline([Broken()], tmp_path)

    assert list(run_inline([Broken()], tmp_path).failed) == [Broken()]


def test_the_costliest_of_the_ready_starts_first(tmp_path: Path) -> None:
    observer = Recorder()
    jobs = [Toy("cheap", weight=1.0), Toy("dear", weight=3.0), Toy("fair", weight=2.0)]

    run_inline(jobs, tmp_path, observer)

    assert observer.labels("started") == ["dear", "fair", "cheap"]


def test_an_executor_is_kept_full_and_not_overfilled(tmp_path: Path) -> None:
    executor = Pretending()

    outcome = run(diamond(), Store(tmp_path), executor, Silent())

    assert executor.most == 2
    assert len(outcome.computed) == 5


def test_the_observer_is_told_everything_in_order(tmp_path: Path) -> None:
    observer = Recorder()
    run_inline([Toy("stored")], tmp_path)

    run_inline([Toy("after", needs=(Broken(),)), Toy("well", needs=(Toy("stored"),), weight=0.5)], tmp_path, observer)

    assert observer.told == [
        ("planned", 3, 1),
        ("started", "toy"),
        ("failed", "toy", "it was not to be", 1),
        ("started", "well"),
        ("progress", "well", 1.0, "counted"),
        ("finished", "well"),
    ]


def test_an_interrupted_run_keeps_what_it_has(tmp_path: Path) -> None:
    class Interrupting(Silent):
        def finished(self, job: Job[Any]) -> None:  # noqa: ARG002
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_inline(diamond(), tmp_path, Interrupting())

    assert len(run_inline(diamond(), tmp_path).computed) == 4


def test_a_plan_tells_what_a_run_would_do_and_writes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "store"

    todo = plan(diamond(), Store(root))

    assert [job.label for job in todo.missing] == ["root", "left", "middle!", "right!!", "top"]
    assert todo.reused == ()
    assert not root.exists()


def test_every_attempt_has_a_line_in_the_journal(tmp_path: Path) -> None:
    run_inline([Broken("b"), Toy("t")], tmp_path)
    run_inline([Broken("b"), Toy("t")], tmp_path)

    entries = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert sorted((entry["label"], entry["outcome"]) for entry in entries) == [
        ("b", "failed"),
        ("b", "failed"),
        ("t", "computed"),
    ]
    assert set(entries[0]) == {"key", "kind", "label", "outcome", "seconds", "started", "ended", "process"}
    assert entries[0]["started"] <= entries[0]["ended"]


def test_provenance_gains_times_and_process(tmp_path: Path) -> None:
    store = Store(tmp_path)

    failures = execute((Slow(seconds=0.1),), store, (), lambda *_: None, lambda: {"host": "here"})

    assert failures == {}
    provenance = store.provenance(Slow(seconds=0.1))
    assert provenance["host"] == "here"
    assert provenance["seconds"] >= 0.1


def test_progress_stays_between_nothing_and_all(tmp_path: Path) -> None:
    said: list[tuple[float, str]] = []
    checkpoint = Checkpoint(tmp_path / "checkpoint")
    context = Context(Store(tmp_path), (), lambda *report: said.append(report), checkpoint)

    context.progress(-0.5, "early")
    context.progress(1.5)

    assert said == [(0.0, "early"), (1.0, "")]


def test_a_result_of_the_wrong_type_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toy, "compute", lambda *_: Numbers)

    assert run_inline([Toy()], tmp_path).failed[Toy()].message.startswith("Numbers: expected Numbers, got <class")
