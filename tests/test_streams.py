"""The command line where its caller has closed a standard stream, or has stopped to read one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tiny_study import PROGRAM, SPEC, Finished, environment, summary, write_bare_templates, write_spec

CLOSED = ["<&- 2>&-", ">&-"]


def call_redirected(arguments: str, redirection: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line by a shell, which closes streams of it."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {arguments} {redirection}', "sh", *PROGRAM],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def rendering(finished: Finished, tmp_path: Path) -> Finished:
    """The finished study in a working directory whose sections show nothing."""
    shutil.copytree(finished.folder, tmp_path, dirs_exist_ok=True)
    write_bare_templates(tmp_path)
    return Finished(tmp_path, finished.run)


@pytest.mark.parametrize("redirection", CLOSED)
def test_a_report_is_made_whichever_streams_are_closed(rendering: Finished, redirection: str) -> None:
    (rendering.report / "index.html").unlink()

    done = call_redirected("report tiny.yaml", redirection, rendering.folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if redirection == ">&-" else "reports/tiny/index.html\n")
    assert rendering.summary()["status"] == "complete"
    assert "The section curvature" in (rendering.report / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_is_complete_with_all_streams_closed(workers: str, tmp_path: Path) -> None:
    write_bare_templates(tmp_path)
    write_spec(tmp_path, SPEC[: SPEC.index("analyses:")].replace("[0, 1]", "[0]"))

    done = call_redirected(f"run tiny.yaml --workers {workers}", "<&- >&- 2>&-", tmp_path)

    assert done.returncode == 0
    assert summary(tmp_path / "reports" / "tiny")["status"] == "complete"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_finished_run_ends_well_and_quietly_though_nobody_reads_its_output(
    finished: Finished, tmp_path: Path, unbuffered: str
) -> None:
    shutil.copytree(finished.folder, tmp_path, dirs_exist_ok=True)
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [*PROGRAM, "run", "tiny.yaml", "--workers", "0"],
        cwd=tmp_path,
        env=environment(PYTHONUNBUFFERED=unbuffered),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    os.close(writer)
    assert done.returncode == 0
    assert done.stderr.startswith("up to date:")
    assert len(done.stderr.splitlines()) == 1
