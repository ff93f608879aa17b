"""The standard streams of a program whose caller may have closed them or stopped reading."""

from __future__ import annotations

import os
import sys
from typing import TextIO

STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}
"""Names of the streams in the order of their descriptors, and how they are opened."""


def open_closed() -> None:
    """Open the null device for each of the descriptors 0, 1 and 2 that the caller closed.

    Else the next file that is opened takes such a descriptor, and a program that is started has no stream there.
    """
    for descriptor in range(len(STREAMS)):
        if _is_closed(descriptor):
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free, which is this one
    for name, mode in STREAMS.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # for good


def say(text: str, stream: TextIO) -> None:
    """Write a line to a stream; do nothing once its reader has gone."""
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        _discard(stream)


def confirmed(question: str) -> bool:
    """Whether somebody at the terminal says yes to a question; no where nobody sits at one."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    say(f"{question} [y/N]", sys.stderr)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _is_closed(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


def _discard(stream: TextIO) -> None:
    """Replace a broken pipe by the null device, so that later writes raise no error."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
