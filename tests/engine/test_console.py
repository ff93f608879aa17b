from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from engine_toys import Broken, Toy, run_inline

from lossgeo.console import Console, duration
from lossgeo.engine.failure import Failure
from lossgeo.engine.plan import Plan


class Terminal(io.StringIO):
    """Takes itself for a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_without_a_terminal_there_is_one_line_a_job(tmp_path: Path) -> None:
    stream = io.StringIO()
    run_inline([Toy("stored")], tmp_path)

    with Console(stream) as console:
        jobs = [Toy("fit [line] · seed 0", needs=(Toy("stored"),)), Toy("after", needs=(Broken("b", weight=0.5),))]
        run_inline(jobs, tmp_path, console)

    assert re.sub(r"\d+\.\d s", "T", stream.getvalue()).splitlines() == [
        "3 jobs to compute, 1 reused",
        "[1/3] fit [line] · seed 0 — T",
        "[3/3] b — failed after T: ValueError: it was not to be (engine_toys.py:72); 1 job will not start",
    ]


def test_a_run_with_nothing_to_do_is_silent(tmp_path: Path) -> None:
    stream = io.StringIO()
    run_inline([Toy()], tmp_path)

    with Console(stream) as console:
        run_inline([Toy()], tmp_path, console)

    assert stream.getvalue() == ""


def test_a_terminal_shows_a_bar_per_running_job_and_one_for_the_run() -> None:
    stream = Terminal()
    job = Toy("fit line · seed 0")

    with Console(stream) as console:
        console.planned(Plan((job, Toy("other")), ()))
        console.started(job)
        console.progress(job, 0.5, "epoch 3 of 6, loss 0.31")
        console._bars.refresh()
        shown = stream.getvalue()
        console.finished(job)

    assert "0/2 jobs" in shown
    assert re.search(r"fit line · seed 0.*50%.*epoch 3 of 6, loss 0\.31", shown)
    assert "[1/2] fit line · seed 0 — " in stream.getvalue()


@pytest.mark.parametrize("no_color", [True, False])
def test_colours_follow_no_color(no_color: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()

    with Console(stream) as console:
        console.planned(Plan((Toy(),), ()))
        console.started(Toy())
        console._bars.refresh()

    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9;]*m", stream.getvalue())) == (not no_color)


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()

    with Console(stream) as console:
        console.planned(Plan((Toy(),), ()))
        console.started(Toy())
        console.finished(Toy())

    assert "\x1b" not in stream.getvalue()
    assert "[1/1] toy — 0.0 s\n" in stream.getvalue()


def test_only_the_first_line_of_a_failure_is_shown() -> None:
    stream = io.StringIO()

    with Console(stream) as console:
        console.planned(Plan((Toy(),), ()))
        console.started(Toy())
        console.failed(Toy(), Failure("ValueError", "first\nsecond", ""), [])

    assert stream.getvalue().splitlines()[-1] == "[1/1] toy — failed after 0.0 s: ValueError: first"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (99.94, "99.9 s"), (100, "1.7 min"), (6000, "1.7 h"), (86400, "24.0 h")]
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
