"""SIGINT and SIGTERM: a run ends tidily on both."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


class Terminated(BaseException):  # like KeyboardInterrupt, it is an order and not an error
    """The process received SIGTERM, as the schedulers of clusters send before they kill."""


@contextmanager
def heeding_sigterm() -> Iterator[None]:
    """Raise `Terminated` in the main thread when SIGTERM arrives, until the block is left."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def deferring_signals() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back until the block is left; threads and processes that start in it never get them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  # the signature of a handler
    raise Terminated
