"""The command line in a process that is forked off one which has imported all of it, seconds sooner than a new one.

For tests of what a command says, writes and ends with. What tests signals, streams, environments, or that processes
give equal bits, starts a process of its own with `tiny_study.call`.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from tiny_study import environment

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(
    ["torch", "lossgeo.commands", "lossgeo.catalogue", "lossgeo.report.page", "papermill.engines"]
)


def quick_call(
    *arguments: str | Path, folder: Path, timeout_seconds: int = 300, **changed: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in `folder`, with some of the environment changed, as `call` does.

    What Python reads of the environment when it starts, such as its path, is as it was.
    """
    words = [*map(str, arguments)]
    with TemporaryDirectory() as aside:
        streams = [Path(aside, name) for name in ("stdout", "stderr")]
        process = FORKING.Process(target=_run, args=(words, folder, environment(**changed), streams))
        process.start()
        process.join(timeout_seconds)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, timeout_seconds)
        said, errors = (stream.read_text(encoding="utf-8") for stream in streams)
    return subprocess.CompletedProcess(words, process.exitcode, said, errors)


def _run(words: list[str], folder: Path, variables: Mapping[str, str], streams: list[Path]) -> None:
    """Be the console script from here on."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  # as long as this process lives
    sys.stdout, sys.stderr = (_redirected(number, path) for number, path in enumerate(streams, start=1))
    sys.argv = ["lossgeo", *words]
    from lossgeo.cli import main

    try:
        main()
    finally:
        atexit._run_exitfuncs()  # which multiprocessing leaves out


def _redirected(descriptor: int, path: Path) -> TextIO:
    """A text stream on a standard descriptor, for this process and those that it starts, which writes a file."""
    aside = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.dup2(aside, descriptor)
    os.close(aside)
    return open(descriptor, "w", encoding="utf-8", buffering=1, closefd=False)
