"""Settings of this machine: the store, where data is looked for, and plugins. They are never part of a key."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path

from lossgeo.errors import SpecError


def store_folder(option: Path | None) -> Path:
    """The folder of the store: ``--store``, else ``LOSSGEO_STORE``, else ``.lossgeo`` in the working directory."""
    return option or Path(os.environ.get("LOSSGEO_STORE") or ".lossgeo")


def data_folders(options: Sequence[Path]) -> tuple[Path, ...]:
    """Folders of data: ``--data``, then ``LOSSGEO_DATA``, then ``[tool.lossgeo] data`` of pyproject.toml here."""
    named = [Path(name) for name in os.environ.get("LOSSGEO_DATA", "").split(os.pathsep) if name]
    return (*options, *named, *(Path(name) for name in configured("data")))


def configured(key: str) -> list[str]:
    """The list ``[tool.lossgeo] key`` of the working directory's ``pyproject.toml``; empty without one.

    Raises:
        SpecError: if the file is not TOML, or the entry is not a list of strings.
    """
    path = Path("pyproject.toml")
    if not path.is_file():
        return []
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: not readable as TOML ({error}); mend it, or run from another folder") from error
    ours = tool.get("lossgeo", {}) if isinstance(tool, dict) else {}
    names = ours.get(key, []) if isinstance(ours, dict) else ours
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SpecError(f"{path}: tool.lossgeo.{key}: got {names!r}; expected a list of paths")
    return names
