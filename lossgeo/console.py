"""The console: shows people how a run goes, with bars on a terminal and one plain line for each job elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import Any, Self, TextIO

import rich.console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job
from lossgeo.engine.observer import Observer
from lossgeo.engine.plan import Plan
from lossgeo.engine.tally import Tally


class Console(Observer):
    """Writes to a stream, by default standard error; colours follow NO_COLOR, bars need a terminal.

    Jobs are called by `names` (key → name) where it has one, else by their labels.

    A context manager: the bars are drawn within it, and what else is written to standard error appears above them.
    """

    def __init__(self, stream: TextIO | None = None, names: Mapping[str, str] = MappingProxyType({})) -> None:
        self._names = names
        self._console = rich.console.Console(file=stream or sys.stderr, markup=False, highlight=False, soft_wrap=True)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[text]}", markup=False, style="dim"),
            console=self._console,
            transient=True,
            disable=self._console.is_dumb_terminal or not self._console.is_terminal,
        )
        self._bar_of: dict[Job[Any], TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def planned(self, plan: Plan) -> None:
        """Print the number of jobs to compute and to reuse."""
        self._tally = Tally(plan)
        if plan.missing:
            self._console.print(f"{_count(len(plan.missing), 'job')} to compute, {len(plan.reused)} reused")
            self._overall = self._bars.add_task("", total=1.0, text="")
            self._update()

    def started(self, job: Job[Any]) -> None:
        """Draw a bar for the job."""
        self._tally.start(job)
        self._bar_of[job] = self._bars.add_task(self._name(job), total=1.0, text="")

    def progress(self, job: Job[Any], fraction: float, text: str) -> None:
        """Move the bar of the job and that of the run."""
        self._tally.progress(job, fraction)
        self._bars.update(self._bar_of[job], completed=fraction, text=text)
        self._update()

    def finished(self, job: Job[Any]) -> None:
        """Replace the bar of the job by a line."""
        self._replace(job, f"{self._name(job)} — {duration(self._tally.finish(job))}")

    def failed(self, job: Job[Any], failure: Failure, blocked: Sequence[Job[Any]]) -> None:
        """Replace the bar of the job by a line with the reason, and the number of jobs that will not start."""
        seconds = self._tally.fail(job, blocked)
        reason, _, _ = failure.reason.partition("\n")
        cost = f"; {_count(len(blocked), 'job')} will not start" if blocked else ""
        self._replace(job, f"{self._name(job)} — failed after {duration(seconds)}: {failure.kind}: {reason}{cost}")

    def _name(self, job: Job[Any]) -> str:
        return self._names.get(job.key, job.label)

    def _replace(self, job: Job[Any], line: str) -> None:
        self._bars.remove_task(self._bar_of.pop(job))
        self._console.print(f"[{self._tally.ended}/{self._tally.total}] {line}")
        self._update()

    def _update(self) -> None:
        left = self._tally.seconds_left
        self._bars.update(
            self._overall,
            description=f"{self._tally.ended}/{_count(self._tally.total, 'job')}",
            completed=self._tally.share,
            text="" if left is None else f"about {duration(left)} left",
        )


def duration(seconds: float) -> str:
    """A length of time with three digits, in the unit that suits it.

    >>> duration(0.04), duration(61.2), duration(600), duration(36_000)
    ('0.0 s', '61.2 s', '10.0 min', '10.0 h')
    """
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
