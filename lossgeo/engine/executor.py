"""Executors, which run jobs somewhere; the one defined here runs them in this process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lossgeo.engine.context import Report
from lossgeo.engine.execute import execute
from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job, Unit
from lossgeo.engine.store import Store


class Executor(ABC):
    """Takes units of jobs whose dependencies are stored, and hands each back once, when its jobs have ended.

    A context manager: leaving it stops what is still running.
    """

    @property
    @abstractmethod
    def slots(self) -> int:
        """How many units run at once, at least 1."""

    @abstractmethod
    def start(self, unit: Unit, report: Report) -> None:
        """Begin a unit; `report` is called with its progress, from within `finished`."""

    @abstractmethod
    def finished(self) -> tuple[Unit, Mapping[Job[Any], Failure]]:
        """Wait for one of the started units to end; gives the unit and the failures of its jobs."""

    @abstractmethod
    def close(self) -> None:
        """Stop everything that is still running."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Inline(Executor):
    """Runs one unit at a time, in this process.

    Args:
        store: where results are read and written.
        folders: where data sets are looked for.
        provenance: gives what is kept beside every result.
    """

    slots = 1

    def __init__(
        self, store: Store, folders: tuple[Path, ...], provenance: Callable[[], Mapping[str, Any]] = dict
    ) -> None:
        self._store, self._folders, self._provenance = store, folders, provenance
        self._started: deque[tuple[Unit, Report]] = deque()

    def start(self, unit: Unit, report: Report) -> None:
        """Put the unit in the queue."""
        self._started.append((unit, report))

    def finished(self) -> tuple[Unit, Mapping[Job[Any], Failure]]:
        """Compute the first unit in the queue."""
        unit, report = self._started.popleft()
        return unit, execute(unit, self._store, self._folders, report, self._provenance)

    def close(self) -> None:
        """Do nothing, because nothing runs outside `finished`."""
