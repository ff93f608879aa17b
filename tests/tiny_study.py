"""A study small enough to be run whole in seconds, and what it takes to run the command line on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import lossgeo
from lossgeo.shipped import TEMPLATES, shipped

SPEC = """\
title: A tiny study of <b>digits</b> & $D$ weights
description: "Two sentences about a *line*. Nothing <i>more</i>."
dataset: {kind: digits, train: 200, validation: 100, test: 90}
architecture: {kind: mlp, hidden: [8], dropout: 0.1}
training: {optimizer: {kind: adamw, lr: 1e-2}, batch_size: 64, epochs: 4}
seeds: [0, 1]
subspaces:
  line: {kind: simplex, vertices: 2}
  triangle: {kind: simplex, vertices: 3}
  curve: {kind: mlp_curve, hidden: [3, 4], activation: tanh}
analyses:
  - {kind: path, points: 5, inside: 4}
  - {kind: plane, points: 5}
  - {kind: intrinsic_dimension, samples: 40, neighbours: [5, 10], controls: 20}
  - {kind: curvature, points: 11}
"""

JOBS = 2 + 3 * 2 + 4 * 3 * 2
"""Networks, fits, and analyses of them, of two seeds."""

PROGRAM = [sys.executable, "-c", "from lossgeo.cli import program; program()"]
"""What the console script is, whether or not it is on the path."""


@dataclass(frozen=True)
class Finished:
    """A folder with `tiny.yaml`, its store `.lossgeo` and its report, and the run that made them."""

    folder: Path
    run: subprocess.CompletedProcess[str]

    @property
    def store(self) -> Path:
        """The store of its results."""
        return self.folder / ".lossgeo"

    @property
    def report(self) -> Path:
        """The folder of its report."""
        return self.folder / "reports" / "tiny"

    def summary(self) -> dict[str, Any]:
        """The summary beside its page."""
        return summary(self.report)


def once(
    factory: pytest.TempPathFactory,
    name: str,
    *arguments: str,
    run_by: Callable[..., subprocess.CompletedProcess[str]],
    spec: str = SPEC,
    store: Path | None = None,
) -> Finished:
    """A study that the command line ran, once for all processes of the test run: nothing may be written into it.

    Args:
        factory: of the test run's temporary folders.
        name: of the study's folder among them.
        arguments: of the command line.
        run_by: starts it, in a process of its own (`call`) or quickly.
        spec: what is run, as `tiny.yaml`.
        store: of another study, whose results are there before.
    """
    folder = shared(factory) / name
    told = folder.with_suffix(".json")
    with FileLock(folder.with_suffix(".lock")):
        if not told.exists():
            write_spec(folder, spec)
            if store is not None:
                shutil.copytree(store, folder / ".lossgeo")
            done = run_by(*arguments, folder=folder)
            told.write_text(json.dumps([done.returncode, done.stdout, done.stderr]), encoding="utf-8")
    return Finished(folder, subprocess.CompletedProcess(PROGRAM, *json.loads(told.read_text(encoding="utf-8"))))


def shared(factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run have; those of pytest-xdist have folders of their own in it."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def environment(**changed: str) -> dict[str, str]:
    """That of this process without the settings of its user; nothing can be downloaded.

    A report's kernel that sees pytest in its environment leaves its streams alone, which those of users do not.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOSSGEO_", "COV_", "PYTEST_"))}
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    return {**kept, **nowhere, "PYTHONPATH": str(Path(lossgeo.__file__).parents[1]), **changed}


def call(
    *arguments: str | Path, folder: Path, timeout_seconds: int = 300, **changed: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in `folder`, with some of the environment changed."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        cwd=folder,
        env=environment(**changed),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=timeout_seconds,
    )


def start(*arguments: str | Path, folder: Path) -> subprocess.Popen[str]:
    """Start the command line in a process group of its own."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def write_spec(folder: Path, text: str = SPEC) -> Path:
    """Write a spec as `tiny.yaml`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def write_bare_templates(folder: Path) -> None:
    """Write sections that show nothing, where a test is not about the report: they hide the shipped ones."""
    place = folder / TEMPLATES
    place.mkdir()
    for template in shipped(TEMPLATES).glob("*.py"):
        (place / template.name).write_text(f"# %% [markdown]\n# # The section {template.stem}\n", encoding="utf-8")


def without_torch(folder: Path) -> dict[str, str]:
    """Changes to the environment in which Python finds another torch in `folder`: one that refuses to be imported."""
    (folder / "torch.py").write_text("raise ImportError('torch is not wanted here')\n", encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), environment()["PYTHONPATH"]])}


def summary(report: Path) -> dict[str, Any]:
    """The summary beside a page."""
    content: dict[str, Any] = json.loads((report / "summary.json").read_text(encoding="utf-8"))
    return content


def journal(store: Path) -> list[dict[str, Any]]:
    """The attempts at jobs, in order."""
    path = store / "journal.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def bits(store: Path) -> dict[str, bytes]:
    """All files of all results that depend on the inputs alone, by path."""
    objects = store / "objects"
    names = ("job.json", "result.json", "arrays.safetensors")
    return {str(path.relative_to(objects)): path.read_bytes() for name in names for path in objects.glob(f"*/*/{name}")}


def wait_until(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Look every few milliseconds; fail when it takes too long."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.005)


def survivors(group: int) -> list[str]:
    """The processes of a process group that are still running."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = path.read_text(errors="replace")
        except OSError:
            continue  # it ended meanwhile
        state, _, of, *_ = stat.rpartition(")")[2].split()
        if int(of) == group and state != "Z":
            found.append(stat)
    return found
