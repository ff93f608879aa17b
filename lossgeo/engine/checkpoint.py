"""Checkpoints: what a long job leaves behind from time to time, so that it goes on there after a kill.

A checkpoint is one file, named by the SHA-256 of its content, in a folder named by the key of its job. It is written
aside, synced and renamed; an older one is removed after that. It is no result: only its own job ever reads it.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TypeVar

from lossgeo.engine import codec
from lossgeo.engine.files import sync_folder, writing
from lossgeo.engine.key import digest

R = TypeVar("R")

logger = logging.getLogger(__name__)

SECONDS_BETWEEN = 30.0
"""A state of a few hundred megabytes takes about a second to write; a kill costs half a minute or an epoch."""

LENGTH_BYTES = 8


class Checkpoint:
    """The last state of a job, in `folder`; written at most every `seconds_between` seconds."""

    def __init__(self, folder: Path, seconds_between: float = SECONDS_BETWEEN) -> None:
        self._folder = folder
        self._seconds_between = seconds_between
        self._written = monotonic()

    def load(self, record_type: type[R]) -> R | None:
        """The state that the job had reached; None if there is none, or if the kept one is damaged."""
        for path in sorted(self._folder.glob("[0-9a-f]*")):
            with suppress(OSError, TypeError):  # a TypeError is another form of state, of an older version
                content = path.read_bytes()
                if digest(content) == path.name:
                    return _unpacked(content, record_type)
            logger.warning("%s: a damaged checkpoint, or of another version; the job starts from its beginning", path)
        return None

    def save(self, state: Callable[[], R], record_type: type[R]) -> None:
        """Keep the state that `state` makes, unless one was kept less than `seconds_between` seconds ago.

        Raises:
            StoreError: it cannot be written.
        """
        if monotonic() - self._written < self._seconds_between:
            return
        content = _packed(state(), record_type)
        name = digest(content)
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            aside = self._folder / f".{name}"
            with aside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(self._folder / name)
            sync_folder(self._folder)
            for other in self._folder.iterdir():
                if other.name != name:
                    other.unlink()
        self._written = monotonic()

    def clear(self) -> None:
        """Remove the kept state, once the job has its result."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _packed(state: R, record_type: type[R]) -> bytes:
    """One byte string of the length of the scalars, the scalars, and the arrays."""
    files = codec.dump(state, record_type)
    scalars = files[codec.SCALARS]
    return len(scalars).to_bytes(LENGTH_BYTES, "big") + scalars + files[codec.ARRAYS]


def _unpacked(content: bytes, record_type: type[R]) -> R:
    length = int.from_bytes(content[:LENGTH_BYTES], "big")
    scalars, arrays = content[LENGTH_BYTES : LENGTH_BYTES + length], content[LENGTH_BYTES + length :]
    return codec.load(record_type, {codec.SCALARS: scalars, codec.ARRAYS: arrays})
