from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from engine_toys import Broken, Toy, content, diamond, mortals, perform, run_inline, slow_ones

from lossgeo.engine.cluster import Cluster
from lossgeo.engine.job import Job
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import Outcome, run
from lossgeo.engine.store import Store

DRIVER = """
import sys, engine_toys
from pathlib import Path
from lossgeo.engine.cluster import Cluster
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import run
from lossgeo.engine.signals import Terminated, heeding_sigterm
from lossgeo.engine.store import Store

if __name__ == "__main__":
    root = sys.argv[1]
    try:
        with heeding_sigterm(), Cluster(2, engine_toys.perform, {"store": root, "jobs": "slow ones"}) as cluster:
            run(engine_toys.slow_ones(), Store(Path(root)), cluster, Silent())
    except KeyboardInterrupt:
        sys.exit(130)
    except Terminated:
        sys.exit(143)
"""


class Listener(Silent):
    """Keeps the reports of the jobs."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, float, str]] = []

    def progress(self, job: Job[Any], fraction: float, text: str) -> None:
        """Keep it."""
        self.reports.append((job.label, fraction, text))


@pytest.fixture(autouse=True)
def _wait_long_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy, starting one again takes minutes."""
    monkeypatch.setattr("lossgeo.engine.cluster.SECONDS_TO_START", 600.0)


def run_on_cluster(jobs: list[Toy], root: Path, name: str, observer: Silent | None = None) -> Outcome:
    payload = {"store": str(root / "store"), "jobs": name, "folder": str(root)}
    with Cluster(2, perform, payload) as cluster:
        return run(jobs, Store(root / "store"), cluster, observer or Silent())


def test_a_cluster_gives_the_bytes_of_a_run_in_this_process(tmp_path: Path) -> None:
    listener = Listener()

    outcome = run_on_cluster(diamond(), tmp_path, "diamond", listener)

    run_inline(diamond(), tmp_path / "inline")
    assert len(outcome.computed) == 5
    assert content(tmp_path / "store") == content(tmp_path / "inline")
    assert ("root", 1.0, "counted") in listener.reports


def test_a_job_that_kills_its_worker_costs_itself_and_its_dependents_alone(tmp_path: Path) -> None:
    jobs = mortals(str(tmp_path))
    once, after, well = jobs

    outcome = run_on_cluster(jobs, tmp_path, "mortals")

    assert set(outcome.computed) == {once, well}
    assert list(outcome.failed) == list(after.dependencies)
    assert outcome.blocked == (after,)
    (failure,) = outcome.failed.values()
    assert failure.kind == "WorkerDied"
    assert "died 4 times" in failure.message
    assert (tmp_path / "always").read_text().count("tried") == 4
    assert (tmp_path / "once").read_text().count("tried") == 2


def test_a_failure_reaches_the_driver_with_its_traceback(tmp_path: Path) -> None:
    outcome = run_on_cluster([Broken()], tmp_path, "broken")

    failure = outcome.failed[Broken()]
    assert (failure.kind, failure.message) == ("ValueError", "it was not to be")
    assert "engine_toys.py" in failure.traceback


def test_a_task_that_cannot_be_carried_out_is_a_failure(tmp_path: Path) -> None:
    outcome = run_on_cluster([Toy("unknown to the payload")], tmp_path, "diamond")

    (failure,) = outcome.failed.values()
    assert "expected jobs of the payload, got the key " in failure.message


def test_a_cluster_that_is_not_needed_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_inline(diamond(), tmp_path / "store")
    started: list[int] = []
    monkeypatch.setattr("lossgeo.engine.cluster.embedded", started.append)

    outcome = run_on_cluster(diamond(), tmp_path, "diamond")

    assert len(outcome.reused) == 1
    assert started == []


def test_no_workers_are_refused_with_the_alternative() -> None:
    with pytest.raises(ValueError, match="workers: expected at least 1, got 0; use Inline"):
        Cluster(0, perform, {})


def start_driver(root: Path) -> subprocess.Popen[str]:
    """A driver in a process group of its own, which has finished its two quick jobs and is at the slow ones."""
    script = root / "driver.py"
    script.write_text(DRIVER)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    driver = subprocess.Popen(
        [sys.executable, str(script), str(root / "store")],
        env=environment,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: len(journal(root)) == 2)
    wait_until(lambda: len(list((root / "store" / "locks").iterdir())) == 4)
    return driver


def journal(root: Path) -> list[dict[str, Any]]:
    path = root / "store" / "journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_until(holds: Any, seconds: float = 120.0) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.02)


def survivors(group: int) -> list[str]:
    """The running processes of a process group."""
    stats = [path.read_text(errors="replace") for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    fields = [(stat, stat.rpartition(")")[2].split()) for stat in stats]
    return [stat for stat, (state, _, of, *_) in fields if int(of) == group and state != "Z"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("number", "to_group", "code"),
    [(signal.SIGINT, True, 130), (signal.SIGTERM, False, 143), (signal.SIGKILL, False, -9)],
)
def test_a_driver_that_is_stopped_leaves_no_workers_and_keeps_what_is_finished(
    number: signal.Signals,
    to_group: bool,  # noqa: FBT001
    code: int,
    tmp_path: Path,
) -> None:
    driver = start_driver(tmp_path)

    (os.killpg if to_group else os.kill)(driver.pid, number)
    _, errors = driver.communicate(timeout=60)

    assert driver.returncode == code
    wait_until(lambda: not survivors(driver.pid), seconds=30)
    assert "Traceback" not in errors
    run_inline(slow_ones()[:2], tmp_path / "store")
    assert Counter(entry["label"] for entry in journal(tmp_path)) == {"quick": 1, "quick too": 1}
