"""The folders where files of data sets are looked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lossgeo.errors import DataError

SOURCE_PATTERN = r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,63}/){0,7}[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$"
"""A relative path that cannot leave its folder: names that begin with neither a dot nor a hyphen."""

SHA256_PATTERN = r"^([0-9a-f]{64})?$"
"""A SHA-256 in hexadecimal, or none yet."""


def cache_folder() -> Path:
    """The user's cache for data, which is searched last and receives downloads."""
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "lossgeo" / "data"


def located(source: str, folders: Sequence[Path], kind: str) -> Path:
    """The path of `source` in the first of `folders`, or else the user's cache, that has it.

    Raises:
        DataError: if it is in none of them, or a link leads out of the folder.
    """
    places = [*folders, cache_folder()]
    for folder in places:
        path = folder / source
        if path.exists():
            if not path.resolve().is_relative_to(folder.resolve()):
                raise DataError(
                    f"{path}: expected to lie in its data folder, got a link to {path.resolve()}; "
                    f"put it there, or name the folder that it lies in with --data DIR"
                )
            return path
    looked = "\n".join(f"    {place}" for place in places)
    raise DataError(
        f"{kind}: {source!r} is in none of the data folders\n  looked for in:\n{looked}\n"
        f"  Put it into one of them, or name another folder with --data DIR or LOSSGEO_DATA."
    )


def mismatch(place: str, found: str, expected: str) -> DataError:
    """The error for user's data whose SHA-256 is not the one in the spec, or for which the spec has none."""
    named = expected or "none in the spec"
    return DataError(
        f"{place}: SHA-256 {found}, expected {named}; "
        f"if these are the data that are meant, write into the data set of the spec:\n  sha256: {found}"
    )
