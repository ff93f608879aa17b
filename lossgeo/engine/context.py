"""The engine as a job sees it while it computes: stored results, folders of data, progress, and a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lossgeo.engine.checkpoint import Checkpoint

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

Report = Callable[[float, str], None]
"""Takes the fraction done, in [0, 1], and a few words on what the job is doing."""


class Computed(Protocol[R_co]):
    """Whatever has a result in a store: a job."""

    @property
    def key(self) -> str:
        """The name of the result."""
        ...

    @property
    def result_type(self) -> type[R_co]:
        """The type of the record."""
        ...


class Results(Protocol):
    """A store that results are read from."""

    def load(self, job: Any) -> Any:
        """The stored result of a job."""
        ...


@dataclass(frozen=True)
class Context:
    """The results of other jobs, folders to look for data in, a way to say how far the job is, and its checkpoint."""

    store: Results
    folders: tuple[Path, ...]
    report: Report
    checkpoint: Checkpoint

    def load(self, job: Computed[R]) -> R:
        """The stored result of a dependency.

        Raises:
            MissingResult: it was not computed, or was damaged and set aside.
        """
        result: R = self.store.load(job)
        return result

    def progress(self, fraction: float, text: str = "") -> None:
        """Report that `fraction` of the work is done, and what is being done now."""
        self.report(min(max(fraction, 0.0), 1.0), text)

    def kept(self, record_type: type[R]) -> R | None:
        """The last state that this job kept before it was killed; None if there is none."""
        return self.checkpoint.load(record_type)

    def keep(self, state: Callable[[], R], record_type: type[R]) -> None:
        """Keep the state that `state` makes, for a killed job to resume from; does nothing if the last is recent.

        Raises:
            StoreError: it cannot be written.
        """
        self.checkpoint.save(state, record_type)
