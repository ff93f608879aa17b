"""Whole runs of a tiny study: in one process and in several, killed and resumed, failing, and from a damaged store."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from compare_reports import assert_same_numbers
from quick_call import quick_call
from tiny_study import (
    JOBS,
    SPEC,
    Finished,
    bits,
    call,
    journal,
    once,
    start,
    summary,
    survivors,
    wait_until,
    write_bare_templates,
    write_spec,
)

from lossgeo.documents.loader import read_text
from lossgeo.engine.executor import Inline
from lossgeo.engine.job import Job
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import Outcome, run
from lossgeo.engine.store import Store
from lossgeo.jobs import Jobs
from lossgeo.spec.study import Study

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def finish(store: Path) -> Outcome:
    """Compute in this process what is missing of the tiny study."""
    opened = Store(store)
    return run(Jobs(read_text(SPEC, "tiny.yaml", Study)).targets, opened, Inline(opened, ()), Silent())


def attempts(store: Path) -> Counter[str]:
    """How often each job was computed, by its key."""
    return Counter(entry["key"] for entry in journal(store) if entry["outcome"] == "computed")


def copy_of(finished: Finished, folder: Path) -> Finished:
    """The finished study in another folder, where it may be changed."""
    shutil.copytree(finished.folder, folder, dirs_exist_ok=True)
    return Finished(folder, finished.run)


def test_every_job_has_been_computed_once(finished: Finished) -> None:
    assert finished.run.returncode == 0, finished.run.stderr
    assert len(bits(finished.store)) >= 2 * JOBS
    assert set(attempts(finished.store).values()) == {1}
    assert finished.summary()["jobs"] == {"computed": JOBS, "reused": 0, "failed": 0, "blocked": 0}
    assert finished.summary()["status"] == "complete"


def test_nothing_of_a_run_is_left_behind(finished: Finished) -> None:
    assert list((finished.store / "tmp").iterdir()) == []
    assert not (finished.store / "quarantine").exists()


def test_workers_give_the_bits_of_one_process(finished: Finished, tmp_path: Path) -> None:
    write_spec(tmp_path)

    done = call("run", "tiny.yaml", "--workers", "2", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert bits(tmp_path / ".lossgeo") == bits(finished.store)
    assert len({entry["process"] for entry in journal(tmp_path / ".lossgeo")}) == 2
    assert_same_numbers(tmp_path / "reports" / "tiny", finished.report)
    for name in ("tables", "arrays", "figures"):
        written, expected = (
            {path.name: path.read_bytes() for path in (folder / name).iterdir()}
            for folder in (tmp_path / "reports" / "tiny", finished.report)
        )
        assert written == expected
        assert written
    assert done.stdout == finished.run.stdout


def test_a_second_run_computes_nothing_and_leaves_the_page(finished: Finished, tmp_path: Path) -> None:
    copy = copy_of(finished, tmp_path)
    page = copy.report / "index.html"
    before = page.read_bytes(), page.stat().st_mtime_ns

    done = quick_call("run", "tiny.yaml", "--workers", "2", folder=tmp_path)

    assert (done.returncode, done.stdout) == (0, "reports/tiny/index.html\n")
    assert copy.summary()["jobs"] == {"computed": 0, "reused": JOBS, "failed": 0, "blocked": 0}
    assert (page.read_bytes(), page.stat().st_mtime_ns) == before
    assert journal(copy.store) == journal(finished.store)
    assert "up to date" in done.stderr
    assert bits(copy.store) == bits(finished.store)


@linux
def test_a_run_that_was_killed_goes_on_where_it_was(finished: Finished, tmp_path: Path) -> None:
    write_bare_templates(tmp_path)
    write_spec(tmp_path)
    store = tmp_path / ".lossgeo"
    process = start("run", "tiny.yaml", "--workers", "2", folder=tmp_path)
    wait_until(lambda: len(journal(store)) >= 4 or process.poll() is not None)

    process.kill()
    process.communicate()
    wait_until(lambda: not survivors(process.pid), seconds=15)
    kept = {path.parent.name: path.read_bytes() for path in store.glob("objects/*/*/provenance.json")}
    again = quick_call("run", "tiny.yaml", "--workers", "0", folder=tmp_path)

    assert process.returncode == -signal.SIGKILL
    assert 4 <= len(kept) < JOBS
    assert again.returncode == 0, again.stderr
    assert bits(store) == bits(finished.store)
    assert all((store / "objects" / key[:2] / key / "provenance.json").read_bytes() == was for key, was in kept.items())
    assert set(attempts(store).values()) == {1}
    assert summary(tmp_path / "reports" / "tiny")["jobs"]["computed"] == JOBS - len(kept)
    assert list((store / "tmp").iterdir()) == []


@linux
@pytest.mark.parametrize(
    ("number", "send", "workers", "code"),
    [
        pytest.param(signal.SIGINT, os.killpg, "2", 130, id="Ctrl-C with workers"),
        pytest.param(signal.SIGINT, os.killpg, "0", 130, id="Ctrl-C without workers"),
        pytest.param(signal.SIGTERM, os.kill, "2", 143, id="SIGTERM with workers"),
    ],
)
def test_a_run_that_is_stopped_says_how_to_resume(
    finished: Finished,
    tmp_path: Path,
    number: signal.Signals,
    send: Callable[[int, int], None],
    workers: str,
    code: int,
) -> None:
    write_spec(tmp_path)
    store = tmp_path / "kept here"
    process = start("run", "tiny.yaml", "--workers", workers, "--store", "kept here", "-o", "out", folder=tmp_path)
    wait_until(lambda: len(journal(store)) >= 3 or process.poll() is not None)

    send(process.pid, number)
    said, errors = process.communicate(timeout=60)

    wait_until(lambda: not survivors(process.pid), seconds=15)
    assert (process.returncode, said) == (code, "")
    assert "to resume: lossgeo run tiny.yaml --store 'kept here' --output out\n" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()
    before = attempts(store)
    assert len(finish(store).computed) <= JOBS - len(before)
    assert set(attempts(store).values()) == {1}
    assert bits(store) == bits(finished.store)


FAILING = SPEC.replace("vertices: 3}", "vertices: 3, diversity: 1e308}")
"""The triangle's loss is no number from its second step on."""


@pytest.fixture(scope="session")
def failing(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    command = ("run", "tiny.yaml", "--workers", "0")
    return once(tmp_path_factory, "failing", *command, run_by=quick_call, spec=FAILING, store=finished.store)


def test_a_run_in_which_jobs_fail_ends_with_1_and_says_how_to_resume(failing: Finished) -> None:
    assert (failing.run.returncode, failing.run.stdout) == (1, "reports/tiny/index.html\n")
    assert "2 failed, 8 not started; to resume: lossgeo run tiny.yaml\n" in failing.run.stderr
    assert "Traceback" not in failing.run.stderr


def test_a_failure_costs_its_dependents_alone(failing: Finished) -> None:
    jobs = Jobs(read_text(FAILING, "tiny.yaml", Study))
    store = Store(failing.store)

    def missing(kind: str) -> set[tuple[str, int]]:
        asked = [question for question in jobs.questions if question.job.analysis.kind == kind]
        return {(question.subspace, question.seed) for question in asked if question.job not in store}

    triangle = {("triangle", 0), ("triangle", 1)}
    assert {
        name for name, weights in jobs.subspaces.items() if not all(job in store for job in weights.jobs)
    } == triangle
    assert missing("path") == missing("plane") == missing("curvature") == missing("intrinsic_dimension") == triangle


def test_the_summary_of_a_run_in_which_jobs_fail_names_them(failing: Finished) -> None:
    found = failing.summary()

    assert found["status"] == "incomplete"
    assert found["jobs"] == {"computed": 0, "reused": JOBS - 2 - 8, "failed": 2, "blocked": 8}
    told = [failure["message"] for failure in found["failures"]]
    assert sum("the loss is no longer finite" in message for message in told) == 2


def test_a_partial_report_names_what_failed_and_shows_the_rest(failing: Finished) -> None:
    page = BeautifulSoup((failing.report / "index.html").read_text(encoding="utf-8"), "html.parser")
    banner = page.select_one(".banner")

    assert banner is not None
    said = " ".join(banner.get_text().split())
    assert f"10 of {JOBS} results are missing" in said
    assert "the loss is no longer finite" in said
    assert "To resume: lossgeo run tiny.yaml" in said
    ids = {heading["id"] for heading in page.select("h2[id]")}
    assert {"along-the-subspaces", "loss-surfaces", "intrinsic-dimension", "curvature"} <= ids
    arrays = {path.name for path in (failing.report / "arrays").iterdir()}
    assert "plane-line-0.npz" in arrays
    assert not any("triangle" in name for name in arrays)


def test_a_partial_report_keeps_naming_what_failed(failing: Finished, tmp_path: Path) -> None:
    """`lossgeo report` knows of no failures; the run after it, which computes nothing either, does."""
    write_bare_templates(tmp_path)
    copy = copy_of(failing, tmp_path)
    page = copy.report / "index.html"

    rendered = quick_call("report", "tiny.yaml", folder=tmp_path)
    without = page.read_text(encoding="utf-8")
    done = quick_call("run", "tiny.yaml", "--workers", "0", folder=tmp_path)

    assert (rendered.returncode, done.returncode) == (1, 1)
    assert "What failed" not in without
    assert "What failed" in page.read_text(encoding="utf-8")


def test_a_failed_study_that_is_mended_is_completed(failing: Finished, tmp_path: Path) -> None:
    write_bare_templates(tmp_path)
    copy = copy_of(failing, tmp_path)
    mended = ("--set", "subspaces.triangle.diversity=1.0")

    done = quick_call("run", "tiny.yaml", *mended, "--workers", "0", folder=tmp_path)

    assert done.returncode == 0
    assert copy.summary()["jobs"] == {"computed": 0, "reused": JOBS, "failed": 0, "blocked": 0}
    page = BeautifulSoup((copy.report / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert page.select_one(".banner") is None
    assert {path.name for path in (copy.report / "arrays").iterdir()} == {
        path.name for path in (failing.report / "arrays").iterdir()
    } | {f"{kind}-triangle-{seed}.npz" for kind in ("path", "plane", "curvature") for seed in (0, 1)} | {
        f"intrinsic_dimension-{name}-{seed}.npz" for name in ("line", "triangle", "curve") for seed in (0, 1)
    }


def test_a_damaged_result_is_computed_again(finished: Finished, tmp_path: Path) -> None:
    copy = copy_of(finished, tmp_path)
    victim = max(copy.store.glob("objects/*/*/arrays.safetensors"), key=lambda path: path.stat().st_size)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)

    done = quick_call("run", "tiny.yaml", "--workers", "0", folder=tmp_path)

    assert (done.returncode, done.stdout) == (0, "reports/tiny/index.html\n")
    assert len(re.findall(r"arrays\.safetensors", done.stderr)) == 1
    assert "set aside" in done.stderr
    assert copy.summary()["jobs"] == {"computed": 1, "reused": JOBS - 1, "failed": 0, "blocked": 0}
    assert bits(copy.store) == bits(finished.store)
    assert len(list((copy.store / "quarantine").iterdir())) == 1


@pytest.mark.parametrize("damage", ["a truncated record", "no manifest", "a folder that is empty", "another's result"])
def test_half_a_result_counts_as_none(finished: Finished, tmp_path: Path, damage: str) -> None:
    shutil.copytree(finished.store, tmp_path / "store")
    folders: list[Path] = sorted((tmp_path / "store").glob("objects/*/*"))
    victim, other = folders[0], folders[1]
    if damage == "a truncated record":
        (victim / "result.json").write_bytes((victim / "result.json").read_bytes()[:-1])
    elif damage == "no manifest":
        (victim / "manifest.json").unlink()
    else:
        shutil.rmtree(victim)
        if damage == "a folder that is empty":
            victim.mkdir()
        else:
            shutil.copytree(other, victim)

    outcome = finish(tmp_path / "store")

    assert [job.key for job in outcome.computed] == [victim.name]
    assert bits(tmp_path / "store") == bits(finished.store)


def test_two_runs_at_once_compute_every_job_once(finished: Finished, tmp_path: Path) -> None:
    write_bare_templates(tmp_path)
    write_spec(tmp_path)
    store = tmp_path / "store"

    runs = [
        start("run", "tiny.yaml", "--workers", "0", "--store", store, "-o", name, folder=tmp_path)
        for name in ("one", "two")
    ]
    ends = [process.communicate(timeout=300) for process in runs]

    assert [process.returncode for process in runs] == [0, 0], ends
    assert set(attempts(store).values()) == {1}
    assert bits(store) == bits(finished.store)


def test_a_job_knows_nothing_of_where_it_ran(finished: Finished) -> None:
    names = {job.kind for job in jobs_of(finished)}
    records = [path.read_text(encoding="utf-8") for path in finished.store.glob("objects/*/*/provenance.json")]

    assert names == {"Fit", "Analyse"}
    assert len(records) == JOBS
    traces = (str(finished.folder), str(Path.home()), os.uname().nodename)
    assert [trace for trace in traces if len(trace) > 3 for record in records if trace in record] == []


def jobs_of(finished: Finished) -> list[Job[object]]:
    return list(Jobs(read_text((finished.folder / "tiny.yaml").read_text(), "tiny.yaml", Study)).targets)


def test_rendering_again_removes_its_own_stale_files_and_no_others(finished: Finished, tmp_path: Path) -> None:
    write_bare_templates(tmp_path)
    copy = copy_of(finished, tmp_path)
    stale, own, outside = copy.report / "tables" / "gone.csv", copy.report / "tables" / "own.csv", tmp_path / "x.csv"
    for path in (stale, own, outside):
        path.touch()
    summary = copy.summary()
    summary["page"]["files"] |= {"tables/gone.csv": "", "../../x.csv": "", str(outside): ""}
    (copy.report / "summary.json").write_text(json.dumps(summary), encoding="utf-8")

    done = quick_call("report", "tiny.yaml", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert [path.exists() for path in (stale, own, outside)] == [False, True, True]
