"""Writing files that survive a crash, and error messages for files that cannot be written."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lossgeo.errors import StoreError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder of files, in the given order, and wait until all of it is on the disk."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Turn the errors of the file system into a StoreError that names the path and says what to do."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{error.filename or root}: {_advice(error, root)}") from error


def _advice(error: OSError, root: Path) -> str:
    """An error text: what was expected, what happened instead, and what to do."""
    if error.errno in FULL:
        return (
            f"expected room to write, but the disk is full or a limit is reached ({error.strerror}; {_free(root)} "
            f"free); finished results are safe: free some space and run the same command again"
        )
    if error.errno in FORBIDDEN:
        return (
            f"expected a store that can be written, got {error.strerror!r}; make {root} writable, "
            f"or choose another folder with --store or LOSSGEO_STORE"
        )
    return f"cannot be written: {error.strerror or error}; finished results are safe: run the same command again"


def _free(root: Path) -> str:
    """The free space of the disk that holds `root`, as text for people."""
    existing = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
    return f"{shutil.disk_usage(existing).free / 1e6:,.0f} MB"
