"""Several processes and one store."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import filelock
import numpy as np
import pytest
from engine_toys import Numbers, Slow, Toy, content, diamond, run_inline

from lossgeo.engine.store import Store

SPAWN = multiprocessing.get_context("spawn")
RUN_DIAMOND = "import sys, pathlib, engine_toys as e; e.run_inline(e.diamond(), pathlib.Path(sys.argv[1]))"
RUN_SLOW = RUN_DIAMOND.replace("e.diamond()", "[e.Slow('shared', seconds=0.5)]")
HOLD = (
    "import sys, pathlib, time, engine_toys as e\n"
    "with e.Store(pathlib.Path(sys.argv[1])).lock(e.Toy()): print('held', flush=True); time.sleep(60)"
)


def python(script: str, root: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    arguments = [sys.executable, "-W", "error", "-c", script, str(root)]
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def outcomes(root: Path) -> Counter[tuple[str, str]]:
    entries = [json.loads(line) for line in (root / "journal.jsonl").read_text().splitlines()]
    return Counter((entry["key"], entry["outcome"]) for entry in entries)


def test_runs_at_the_same_time_compute_each_job_once(tmp_path: Path) -> None:
    runs = [python(RUN_DIAMOND, tmp_path / "shared") for _ in range(4)]

    errors = [run.communicate()[1] for run in runs]

    assert errors == [""] * 4
    assert [run.returncode for run in runs] == [0] * 4
    computed = {key: count for (key, outcome), count in outcomes(tmp_path / "shared").items() if outcome == "computed"}
    assert list(computed.values()) == [1] * 5
    run_inline(diamond(), tmp_path / "alone")
    assert content(tmp_path / "shared") == content(tmp_path / "alone")


def test_a_lock_goes_with_its_holder(tmp_path: Path) -> None:
    holder = python(HOLD, tmp_path)
    assert holder.stdout
    holder.stdout.readline()

    holder.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    with Store(tmp_path).lock(Toy()):
        waited = time.monotonic() - killed

    holder.communicate()
    assert waited < 30.0  # of the 60 for which it would have held it


def test_a_job_that_another_process_stored_meanwhile_is_reused(tmp_path: Path) -> None:
    job = Slow("shared", seconds=0.5)
    other = python(RUN_SLOW, tmp_path)
    while not (tmp_path / "locks").exists():
        time.sleep(0.01)
    time.sleep(0.1)

    run_inline([job], tmp_path)

    other.communicate()
    assert outcomes(tmp_path) == {(job.key, "computed"): 1, (job.key, "reused"): 1}


@pytest.mark.parametrize("error", [OSError(errno.ENOLCK, "No locks available"), NotImplementedError("no flock")])
def test_a_file_system_without_locks_costs_one_warning(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(filelock.FileLock, "acquire", fail)

    outcome = run_inline(diamond(), tmp_path)

    assert len(outcome.computed) == 5
    (record,) = caplog.records
    assert "expected a file system with locks" in record.message


def publish_often(root: Path, times: int) -> None:
    for _ in range(times):
        Store(root).publish(Toy(), Numbers(np.arange(1000.0), 1.0), {"process": os.getpid()})


def test_many_publishers_of_one_result_leave_one_complete_result(tmp_path: Path) -> None:
    publishers = [SPAWN.Process(target=publish_often, args=(tmp_path, 20)) for _ in range(4)]
    for publisher in publishers:
        publisher.start()

    seen = 0
    while any(publisher.is_alive() for publisher in publishers):
        seen += Toy() in Store(tmp_path)  # never half a result: that would be set aside

    assert [publisher.exitcode for publisher in publishers] == [0] * 4
    assert seen > 0
    assert Store(tmp_path).load(Toy()).total == 1.0
    assert not (tmp_path / "quarantine").exists()
    assert list((tmp_path / "tmp").iterdir()) == []
