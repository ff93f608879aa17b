"""Worker processes that die, on a machine that does not always start others."""

from __future__ import annotations

import multiprocessing.spawn
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_toys import Toy, one_dies, perform

from lossgeo.engine import cluster as module
from lossgeo.engine.cluster import Cluster
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import Outcome, run
from lossgeo.engine.store import Store
from lossgeo.errors import WorkerError

Breaking = Callable[[Cluster, Path], None]


@pytest.fixture(autouse=True)
def _mended_afterwards() -> Iterator[None]:
    yield
    multiprocessing.spawn.set_executable(sys.executable)


def leave_whole(cluster: Cluster, folder: Path) -> None:
    """Workers that die are started again."""


def forget_a_module(cluster: Cluster, folder: Path) -> None:  # noqa: ARG001
    """What workers import at their start is gone."""
    for nanny in cluster._client.cluster.workers.values():
        nanny.process.worker_kwargs["preload"] = ["lossgeo.gone"]


def end_at_once(cluster: Cluster, folder: Path) -> None:
    """Processes end before they say anything."""
    start_as(cluster, folder, "exit 1")


def hang(cluster: Cluster, folder: Path) -> None:
    """Processes start and never say anything."""
    start_as(cluster, folder, "exec sleep 300")


def start_as(cluster: Cluster, folder: Path, command: str) -> None:
    assert cluster._client
    script = folder / "python"
    script.write_text(f"#!/bin/sh\n{command}\n")
    script.chmod(0o755)
    multiprocessing.spawn.set_executable(str(script))


def run_after(breaking: Breaking, workers: int, folder: Path) -> Outcome:
    payload = {"store": str(folder / "store"), "jobs": "one dies", "folder": str(folder)}
    with Cluster(workers, perform, payload) as cluster:
        breaking(cluster, folder)
        return run(one_dies(str(folder)), Store(folder / "store"), cluster, Silent())


def test_the_only_worker_is_started_again(tmp_path: Path) -> None:
    outcome = run_after(leave_whole, 1, tmp_path)

    assert len(outcome.computed) == 5


@pytest.mark.parametrize("breaking", [forget_a_module, end_at_once, hang])
def test_a_run_goes_on_with_the_workers_that_are_left(
    breaking: Breaking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_TO_START", 0.05)

    outcome = run_after(breaking, 2, tmp_path)

    assert len(outcome.computed) == 5
    assert outcome.failed == {}


@pytest.mark.parametrize("breaking", [forget_a_module, end_at_once, hang])
def test_a_run_without_workers_ends_with_an_error_and_keeps_its_results(
    breaking: Breaking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_TO_START", 3.0)
    began = time.monotonic()

    with pytest.raises(WorkerError, match=r"none of the 1 runs after \d+ s; finished results are safe") as raised:
        run_after(breaking, 1, tmp_path)

    assert raised.value.exit_code == 4
    assert time.monotonic() - began < 120.0  # of the 300 for which one of them hangs
    assert Toy("first", weight=3.0) in Store(tmp_path / "store")


def test_a_worker_that_cannot_be_started_at_all_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_TO_START", 300.0)
    began = time.monotonic()

    with pytest.raises(WorkerError):
        run_after(forget_a_module, 1, tmp_path)

    assert time.monotonic() - began < module.SECONDS_TO_START / 2


def test_the_wait_for_a_worker_begins_anew_whenever_one_was_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS_TO_START", 1.0)
    monkeypatch.setattr(module, "living", lambda _: [])
    monkeypatch.setattr(module, "are_given_up", lambda _: False)
    cluster = Cluster(1, perform, {})
    cluster.__dict__["_client"] = None
    cluster._alone_since = time.monotonic() - 1000
    cluster.start((Toy(),), lambda *_: None)
    cluster._events.put((Toy().key, 0.5, "a report"))

    with pytest.raises(WorkerError, match=r"after 1 s"):
        cluster.finished()
