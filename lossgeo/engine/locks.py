"""Locks: one per key, released by the kernel when its holder dies; they save work, they do not protect results."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

logger = logging.getLogger(__name__)

UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class Locks:
    """Lock files in a folder; on a file system without locks, one warning is given and nothing is locked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_supported = True

    @contextmanager
    def hold(self, key: str, *, wait: bool = True) -> Iterator[bool]:
        """Hold the lock of `key` during the block if it can be had; gives whether it is held.

        Raises:
            OSError: the lock file cannot be written.
        """
        lock = FileLock(self._folder / f"{key}.lock")
        is_held = self._is_supported and self._acquire(lock, wait=wait)
        try:
            yield is_held
        finally:
            if is_held:
                lock.release()

    def _acquire(self, lock: FileLock, *, wait: bool) -> bool:
        """Whether the lock was acquired."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=-1 if wait else 0, poll_interval=0.1)
        except Timeout:
            return False
        except (NotImplementedError, OSError) as error:
            if isinstance(error, OSError) and error.errno not in UNSUPPORTED:
                raise
            self._is_supported = False
            logger.warning(
                "%s: expected a file system with locks, got %r; two runs at once may compute the same job twice, "
                "which wastes time but harms nothing",
                self._folder,
                str(error),
            )
            return False
        return True
