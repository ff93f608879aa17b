"""Observers, which are notified of every event of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from lossgeo.engine.failure import Failure
from lossgeo.engine.job import Job
from lossgeo.engine.plan import Plan


class Observer(ABC):
    """Receives the events of a run, in their order, from the thread of the run."""

    @abstractmethod
    def planned(self, plan: Plan) -> None:
        """The run begins: these jobs will be computed, those are reused."""

    @abstractmethod
    def started(self, job: Job[Any]) -> None:
        """A job was handed to the executor."""

    @abstractmethod
    def progress(self, job: Job[Any], fraction: float, text: str) -> None:
        """A started job reports how far it is, in [0, 1], and what it is doing."""

    @abstractmethod
    def finished(self, job: Job[Any]) -> None:
        """The result of a started job is stored."""

    @abstractmethod
    def failed(self, job: Job[Any], failure: Failure, blocked: Sequence[Job[Any]]) -> None:
        """A started job has no result, and `blocked` will not start because they depend on it."""


class Silent(Observer):
    """An observer that ignores every event."""

    def planned(self, plan: Plan) -> None:
        """Ignore the event."""

    def started(self, job: Job[Any]) -> None:
        """Ignore the event."""

    def progress(self, job: Job[Any], fraction: float, text: str) -> None:
        """Ignore the event."""

    def finished(self, job: Job[Any]) -> None:
        """Ignore the event."""

    def failed(self, job: Job[Any], failure: Failure, blocked: Sequence[Job[Any]]) -> None:
        """Ignore the event."""
