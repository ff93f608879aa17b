"""Who watches over a training: hears how far it is, and keeps its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, runtime_checkable

R = TypeVar("R")


@runtime_checkable
class Supervisor(Protocol):
    """Watches over a training: hears how far it is, and keeps its state, so that it goes on there after a kill."""

    def progress(self, fraction: float, text: str) -> None:
        """The training says how far it is, and what it does."""
        ...

    def kept(self, record_type: type[R]) -> R | None:
        """The state that an earlier attempt at the same training had reached; None if there is none."""
        ...

    def keep(self, state: Callable[[], R], record_type: type[R]) -> None:
        """Keep the state that `state` makes, or not, as the supervisor sees fit."""
        ...


class Unwatched:
    """Nobody watches: nothing is told and nothing kept."""

    def progress(self, fraction: float, text: str) -> None:
        """Not told."""

    def kept(self, record_type: type[R]) -> R | None:
        """Nothing."""

    def keep(self, state: Callable[[], R], record_type: type[R]) -> None:
        """Not kept."""
