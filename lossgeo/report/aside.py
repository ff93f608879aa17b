"""Files that are whole or absent: written aside, synced, and renamed into place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from lossgeo.errors import ReportError


def make_folder(path: Path) -> None:
    """Make the folder `path` and those above it, where they are not there yet.

    Raises:
        ReportError: the folder cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"{path}: expected a folder to write into ({error.strerror}); choose another one") from error


def write_aside(path: Path, content: str | bytes) -> None:
    """Write `content` (text as UTF-8) to `path`; a reader sees the old file or the new one, never a part.

    Raises:
        ReportError: the folder cannot be written or is full.
    """
    data = content.encode() if isinstance(content, str) else content
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    make_folder(path.parent)
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise ReportError(
            f"{path}: a file of {len(data):,} bytes could not be written ({error.strerror}); "
            "free space or make the folder writable, then render the report again"
        ) from error
    finally:
        with suppress(OSError):
            aside.unlink()
