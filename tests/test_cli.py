"""The command line, as a user calls it: exit codes, what is said where, and what is written."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest
from quick_call import quick_call
from tiny_study import (
    JOBS,
    PROGRAM,
    SPEC,
    Finished,
    call,
    environment,
    summary,
    without_torch,
    write_bare_templates,
    write_spec,
)

from lossgeo.catalogue import describe
from lossgeo.shipped import SPECS, find_spec, find_template, shipped, specs, templates

HEAVY = ("torch", "torchvision", "pandas", "numpy", "scipy", "sklearn", "matplotlib", "distributed", "pydantic")

FAULTY = """\
title: Faults
dataset: {kind: digitz}
training: {epochs: 0, batch_sise: 3}
seeds: [0, 0]
subspaces:
  line: {kind: simplex}
analyses:
  - {kind: path, of: [lime]}
"""


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_the_console_script_prints_the_version() -> None:
    script = Path(sys.executable).with_name("lossgeo")
    command = [str(script)] if script.exists() else PROGRAM

    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"lossgeo {version('lossgeo')}\n", "")


TWIN = """\
from pathlib import Path
import typer

def run(spec: Path, data: list[Path]) -> None:
    pass

typer.run(run)
"""


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("run", "--help"), ("list", "-h")])
def test_help_takes_as_long_as_that_of_any_command_line(arguments: Sequence[str], tmp_path: Path) -> None:
    """In processor time, beside a program of one command: twice as long for the most options; ten times with torch."""
    twin = [sys.executable, "-c", TWIN, "--help"]

    ratios = (seconds_of_help([*PROGRAM, *arguments], tmp_path) / seconds_of_help(twin, tmp_path) for _ in range(10))

    assert any(ratio < 2.5 for ratio in ratios)


def seconds_of_help(command: Sequence[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_heavy(argument: str, tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['lossgeo', sys.argv[1]]\n"
        "from lossgeo.cli import main\n"
        "try: main()\n"
        f"finally: print('heavy:', sorted(set({HEAVY}) & set(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, argument],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines()[-1] == "heavy: []"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("list",), "architectures"),
        (("validate", "tiny.yaml"), "tiny.yaml: valid"),
        (("plan", "tiny.yaml"), "reuse"),
        (("run", "tiny.yaml"), "reports/tiny/index.html"),
    ],
)
def test_what_computes_nothing_imports_no_torch(
    arguments: Sequence[str], says: str, finished: Finished, tmp_path: Path
) -> None:
    shutil.copytree(finished.folder, tmp_path, dirs_exist_ok=True)

    done = call(*arguments, folder=tmp_path, **without_torch(tmp_path))

    assert (done.returncode, says in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Usage:"),
        (("frob",), "No such command 'frob'"),
        (("run",), "Missing argument 'SPEC'"),
        (("run", "tiny.yaml", "--workers", "-1"), "Invalid value for '--workers'"),
        (("run", "tiny.yaml", "--frob"), "No such option"),
        (("plan", "tiny.yaml", "--set"), "Option '--set' requires an argument"),
    ],
)
def test_bad_usage_ends_with_2(arguments: Sequence[str], says: str, tmp_path: Path) -> None:
    done = call(*arguments, folder=tmp_path)

    assert done.returncode == 2
    assert says in " ".join(re.sub(r"\x1b\[[0-9;]*m|│", "", done.stdout + done.stderr).split())
    assert files(tmp_path) == set()


def test_list_names_everything_that_a_spec_can_name(tmp_path: Path) -> None:
    done = quick_call("list", folder=tmp_path)

    words = set(re.findall(r"[\w./-]+", done.stdout))
    assert done.returncode == 0
    assert {"digits", "fashion_mnist", "mlp", "simplex", "mlp_curve", "path", "plane", "curvature", "adamw"} <= words
    assert {"specs/quickstart.yaml", "vertices", "neighbours", "dropout", "weight_decay", "split_seed"} <= words


def test_list_of_one_kind_of_thing_leaves_out_the_others() -> None:
    said = describe("families")

    assert said.startswith("families\n")
    assert "simplex" in said
    assert "digits" not in said


def test_list_of_what_there_is_not_names_the_nearest(tmp_path: Path) -> None:
    done = quick_call("list", "familys", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'families'?" in done.stderr


def test_the_end_of_a_pipe_is_no_error(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [*PROGRAM, "list"],
        cwd=tmp_path,
        env=environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    os.close(writer)
    assert "Traceback" not in done.stderr


def test_validate_says_what_a_spec_holds_and_writes_nothing(tmp_path: Path) -> None:
    write_spec(tmp_path)

    done = quick_call("validate", "tiny.yaml", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "tiny.yaml: valid: line, triangle, curve over 2 seeds, 4 analyses\n"
    assert files(tmp_path) == {"tiny.yaml"}


def test_validate_reports_all_faults_of_all_specs(tmp_path: Path) -> None:
    write_spec(tmp_path)
    (tmp_path / "faulty.yaml").write_text(FAULTY)
    (tmp_path / "other.yaml").write_text("title: [\n")

    done = quick_call("validate", "faulty.yaml", "tiny.yaml", "other.yaml", "absent.yaml", folder=tmp_path)

    places = [":".join(place) for place in re.findall(r"^(\w+\.yaml):(\d+):\d+:", done.stderr, re.MULTILINE)]
    assert done.returncode == 2
    assert places[:5] == ["faulty.yaml:2", "faulty.yaml:3", "faulty.yaml:3", "faulty.yaml:4", "faulty.yaml:8"]
    assert places[5].startswith("other.yaml:")
    assert "absent.yaml: " in done.stderr
    for hint in ("did you mean 'digits'?", "did you mean 'batch_size'?", "did you mean 'line'?"):
        assert hint in done.stderr
    assert done.stdout.startswith("tiny.yaml: valid")
    assert "Traceback" not in done.stderr


OWN_DATA = "title: Own data\ndataset: {kind: image_folder, source: mine}\n"


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_data_that_are_not_there_end_with_4_before_any_job(command: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN_DATA)
    (tmp_path / "here").mkdir()

    missing = quick_call(command, "own.yaml", "--data", "here", folder=tmp_path)
    (tmp_path / "here" / "mine").mkdir()
    found = quick_call(command, "own.yaml", "--data", "here", folder=tmp_path)

    assert (missing.returncode, missing.stdout) == (4, "")
    assert "image_folder: 'mine' is in none of the data folders" in missing.stderr
    assert "\n    here\n" in missing.stderr
    assert "name another folder with --data DIR" in missing.stderr
    assert found.returncode == 0, found.stderr


def test_validate_says_which_data_a_run_would_download(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("title: x\ndataset: {kind: cifar10}\n")

    done = quick_call("validate", "own.yaml", folder=tmp_path, XDG_CACHE_HOME=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "; cifar10 is in none of the data folders: a run downloads it into " in done.stdout


def test_faults_of_specs_and_missing_data_come_together(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN_DATA)
    (tmp_path / "faulty.yaml").write_text(FAULTY)

    done = quick_call("validate", "own.yaml", "faulty.yaml", folder=tmp_path)

    assert done.returncode == 2
    assert "own.yaml: dataset: image_folder: 'mine' is in none" in done.stderr
    assert "did you mean 'digits'?" in done.stderr


@pytest.mark.parametrize("command", ["run", "plan", "validate"])
def test_a_data_folder_that_does_not_exist_is_refused(command: str, tmp_path: Path) -> None:
    write_spec(tmp_path)

    done = quick_call(command, "tiny.yaml", "--data", "nowhere", folder=tmp_path)

    assert done.returncode == 2
    assert "'nowhere' does not exist" in " ".join(done.stderr.split())
    assert files(tmp_path) == {"tiny.yaml"}


@pytest.mark.parametrize("command", ["run", "report"])
def test_a_bad_spec_ends_with_2_and_writes_nothing(command: str, tmp_path: Path) -> None:
    (tmp_path / "faulty.yaml").write_text(FAULTY)

    done = quick_call(command, "faulty.yaml", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "faulty.yaml:2:" in done.stderr
    assert files(tmp_path) == {"faulty.yaml"}


def test_a_bad_override_is_located_on_the_command_line(tmp_path: Path) -> None:
    write_spec(tmp_path)

    done = quick_call("run", "tiny.yaml", "--set", "training.epochs=no", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--set training.epochs: got 'no' (string); expected an integer ≥ 1")
    assert files(tmp_path) == {"tiny.yaml"}


def test_plan_of_a_finished_study_has_nothing_to_compute_elsewhere(finished: Finished, tmp_path: Path) -> None:
    write_spec(tmp_path)

    done = call(
        *("plan", "tiny.yaml", "--store", finished.store),
        folder=tmp_path,
        PYTHONHASHSEED="1",
        LANG="C",
        TZ="Asia/Tokyo",
        HOME=str(tmp_path),
    )

    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[-1] == f"0 to compute, {JOBS} to reuse"
    assert all(line.startswith("reuse ") for line in lines[:-1])
    assert len(lines) == JOBS + 1
    assert files(tmp_path) == {"tiny.yaml"}


def test_plan_says_what_an_override_costs(finished: Finished) -> None:
    done = quick_call("plan", "tiny.yaml", "--set", "analyses.3.points=12", folder=finished.folder)

    lines = done.stdout.splitlines()
    assert lines[-1] == f"6 to compute, {2 + 6 + 18} to reuse"
    assert sum(line.startswith("compute ") for line in lines) == 6
    assert all("curvature" in line for line in lines if line.startswith("compute "))


def test_plan_of_a_smoke_run_is_of_other_jobs(finished: Finished) -> None:
    done = quick_call("plan", "tiny.yaml", "--smoke", folder=finished.folder)

    assert done.stdout.splitlines()[-1] == f"{JOBS} to compute, 0 to reuse"


def test_the_store_can_come_from_the_environment(finished: Finished, tmp_path: Path) -> None:
    write_spec(tmp_path)

    done = quick_call("plan", "tiny.yaml", folder=tmp_path, LOSSGEO_STORE=str(finished.store))

    assert done.stdout.splitlines()[-1] == f"0 to compute, {JOBS} to reuse"


def test_a_run_prints_the_path_of_the_report_and_nothing_else(finished: Finished) -> None:
    assert (finished.run.returncode, finished.run.stdout) == (0, "reports/tiny/index.html\n")
    assert (finished.folder / "reports" / "tiny" / "index.html").is_file()


def test_a_run_says_a_plain_line_for_every_job_beside_its_result(finished: Finished) -> None:
    lines = finished.run.stderr.splitlines()

    numbers = [int(found[1]) for line in lines if (found := re.match(rf"\[(\d+)/{JOBS}\] ", line))]
    assert numbers == list(range(1, JOBS + 1))
    assert "\x1b" not in finished.run.stderr
    assert "Warning" not in finished.run.stderr


def test_a_run_writes_its_store_and_its_report_and_nothing_else(finished: Finished) -> None:
    assert {path.name for path in finished.folder.iterdir()} == {"tiny.yaml", ".lossgeo", "reports"}
    assert [path.name for path in (finished.folder / "reports").iterdir()] == ["tiny"]


def test_output_and_store_are_where_they_are_asked_for(finished: Finished, tmp_path: Path) -> None:
    write_spec(tmp_path)
    write_bare_templates(tmp_path)
    shutil.copytree(finished.store, tmp_path / "kept" / "here")

    done = quick_call("run", "tiny.yaml", "-o", "my reports", "--store", "kept/here", "--workers", "2", folder=tmp_path)

    assert (done.returncode, done.stdout) == (0, "my reports/tiny/index.html\n")
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.yaml", "report_templates", "kept", "my reports"}
    assert summary(tmp_path / "my reports" / "tiny")["jobs"] == {
        "computed": 0,
        "reused": JOBS,
        "failed": 0,
        "blocked": 0,
    }


def test_data_that_are_not_there_end_with_4_before_a_job_starts(tmp_path: Path) -> None:
    write_spec(tmp_path, re.sub(r"dataset: .*", "dataset: {kind: mnist}", SPEC))
    (tmp_path / "my data").mkdir()

    done = call(
        "run", "tiny.yaml", "--workers", "0", "--data", "my data", folder=tmp_path, XDG_CACHE_HOME=str(tmp_path)
    )

    assert (done.returncode, done.stdout) == (4, "")
    assert "MNIST/raw/train-images-idx3-ubyte" in done.stderr
    assert "my data" in done.stderr
    assert "--data DIR or LOSSGEO_DATA" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".lossgeo").exists()
    assert not (tmp_path / "reports").exists()


def test_a_store_that_cannot_be_written_ends_with_4(tmp_path: Path) -> None:
    write_spec(tmp_path)
    (tmp_path / "file").write_text("in the way")

    done = quick_call("run", "tiny.yaml", "--workers", "0", "--store", "file", folder=tmp_path)

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("file")
    assert "Traceback" not in done.stderr


def test_a_report_of_what_was_never_run_names_the_command_that_runs_it(tmp_path: Path) -> None:
    write_spec(tmp_path)

    done = quick_call("report", "tiny.yaml", folder=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "lossgeo run tiny.yaml" in done.stderr
    assert files(tmp_path) == {"tiny.yaml"}


def test_shipped_specs_are_found_where_there_are_none(tmp_path: Path) -> None:
    done = quick_call("validate", "specs/quickstart.yaml", folder=tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("specs/quickstart.yaml: valid: line, triangle, curve")


def test_a_spec_of_the_working_directory_comes_before_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "quickstart.yaml").write_text("title: mine\nsubspaces: {mine: {kind: simplex}}\n")

    done = quick_call("validate", "specs/quickstart.yaml", folder=tmp_path)

    assert done.stdout == "specs/quickstart.yaml: valid: mine over 1 seeds, 0 analyses\n"


def test_a_template_of_the_working_directory_comes_before_a_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report_templates").mkdir()
    (tmp_path / "report_templates" / "plane.py").write_text("# %%\n")
    (tmp_path / "report_templates" / "own.py").write_text("# %%\n")
    monkeypatch.chdir(tmp_path)

    found = templates()

    mine = [path for path in found if not path.is_absolute()]
    assert mine == [Path("report_templates/own.py"), Path("report_templates/plane.py")]
    assert find_template("plane") == Path("report_templates/plane.py")
    assert "path" in {path.stem for path in found}
    assert find_template("no_such_section") is None


@pytest.mark.parametrize("name", ["specs/../specs/quickstart.yaml", "specs/../../etc/passwd", "/specs/quickstart.yaml"])
def test_only_plain_names_of_shipped_specs_are_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert find_spec(Path(name)) == Path(name)


def test_every_shipped_spec_is_found_by_the_name_that_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    listed = [Path(line.strip()) for line in describe("specs").splitlines()[1:]]

    assert len(listed) >= 2
    assert [find_spec(path) for path in listed] == specs()


def test_a_shipped_spec_in_a_folder_is_listed_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / SPECS / "papers").mkdir(parents=True)
    (tmp_path / SPECS / "papers" / "one.yaml").write_text("title: one\n")
    monkeypatch.setattr("lossgeo.shipped.INSTALLED", tmp_path)

    assert describe("specs").splitlines() == ["specs", "  specs/papers/one.yaml"]
    assert find_spec(Path("specs/papers/one.yaml")) == shipped(SPECS) / "papers" / "one.yaml"
