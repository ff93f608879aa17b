"""What a job may ask of the engine while it computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lossgeo.engine.job import Job
from lossgeo.engine.store import Store

R = TypeVar("R")

Report = Callable[[float, str], None]
"""Takes the fraction done, in [0, 1], and a few words on what the job is doing."""


@dataclass(frozen=True)
class Context:
    """The results of other jobs, the folders to look for data in, and a way to say how far the job is."""

    store: Store
    folders: tuple[Path, ...]
    report: Report

    def load(self, job: Job[R]) -> R:
        """The stored result of a dependency.

        Raises:
            MissingResult: it was not computed, or was damaged and set aside.
        """
        return self.store.load(job)

    def progress(self, fraction: float, text: str = "") -> None:
        """Say that `fraction` of the work is done, and what is being done."""
        self.report(min(max(fraction, 0.0), 1.0), text)
