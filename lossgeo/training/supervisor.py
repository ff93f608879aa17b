"""The supervisor of a training, which receives its progress and keeps its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, runtime_checkable

R = TypeVar("R")


@runtime_checkable
class Supervisor(Protocol):
    """Receives the progress of a training and keeps its state, so that a killed training resumes from there."""

    def progress(self, fraction: float, text: str) -> None:
        """Receive how far the training is, in [0, 1], and what it is doing."""
        ...

    def kept(self, record_type: type[R]) -> R | None:
        """The state that an earlier attempt at the same training had reached; None if there is none."""
        ...

    def keep(self, state: Callable[[], R], record_type: type[R]) -> None:
        """Keep the state that `state` makes, or skip it, as the supervisor sees fit."""
        ...


class Unwatched:
    """A supervisor that ignores progress and keeps nothing."""

    def progress(self, fraction: float, text: str) -> None:
        """Ignore the progress."""

    def kept(self, record_type: type[R]) -> R | None:
        """No state, because nothing is kept."""

    def keep(self, state: Callable[[], R], record_type: type[R]) -> None:
        """Ignore the state."""
