"""Executors: where jobs run; here, in this process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lossgeo.engine.context import Report
from lossgeo.engine.execute import execute
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job
from lossgeo.engine.store import Store


class Executor(ABC):
    """Takes jobs whose dependencies are stored, and hands each back once, when it has a result or has failed.

    A context manager: leaving it stops what is still running.
    """

    @property
    @abstractmethod
    def slots(self) -> int:
        """How many jobs run at once, at least 1."""

    @abstractmethod
    def start(self, job: Job[Any], report: Report) -> None:
        """Begin a job; `report` is called, from within `finished`, with its progress."""

    @abstractmethod
    def finished(self) -> tuple[Job[Any], Failure | None]:
        """Wait for one of the started jobs to end."""

    @abstractmethod
    def close(self) -> None:
        """Stop what is still running."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Inline(Executor):
    """Runs one job at a time, in this process."""

    slots = 1

    def __init__(self, store: Store, folders: tuple[Path, ...], provenance: Mapping[str, Any]) -> None:
        self._store, self._folders, self._provenance = store, folders, provenance
        self._started: deque[tuple[Job[Any], Report]] = deque()

    def start(self, job: Job[Any], report: Report) -> None:
        """Put the job in line."""
        self._started.append((job, report))

    def finished(self) -> tuple[Job[Any], Failure | None]:
        """Compute the first job in line."""
        job, report = self._started.popleft()
        return job, execute(job, self._store, self._folders, report, self._provenance)

    def close(self) -> None:
        """Nothing runs outside `finished`."""
