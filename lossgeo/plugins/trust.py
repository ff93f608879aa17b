"""Folders whose plugins may be imported: a list in the user's configuration, never in the folder itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from lossgeo.errors import SpecError

FILE = "trusted_folders.json"


def configuration() -> Path:
    """The list: ``lossgeo/trusted_folders.json`` in ``XDG_CONFIG_HOME``, else in ``~/.config``."""
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    folder = named if named.is_absolute() else Path(os.path.expanduser("~")) / ".config"  # noqa: PTH111  # never raises
    return folder / "lossgeo" / FILE


def trusted_folders() -> tuple[Path, ...]:
    """The folders of the list, sorted.

    Raises:
        SpecError: it cannot be read, or is not one.
    """
    path = configuration()
    try:
        folders = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise SpecError(f"{path}: expected a JSON list of folders, got an error ({error}); mend or remove it") from None
    if not isinstance(folders, list) or not all(isinstance(folder, str) for folder in folders):
        raise SpecError(f"{path}: expected a JSON list of folders, got something else; mend or remove it")
    return tuple(sorted(Path(folder) for folder in folders))


def is_trusted(folder: Path) -> bool:
    """Whether a folder, or one that it lies in, is in the list.

    Raises:
        SpecError: as for `trusted_folders`.
    """
    place = folder.resolve()
    return any(place.is_relative_to(trusted) for trusted in trusted_folders())


def trust(folder: Path) -> Path:
    """Put a folder into the list; its path there.

    Raises:
        SpecError: there is no such folder, or the list cannot be written.
    """
    place = folder.resolve()
    if not place.is_dir():
        raise SpecError(f"{folder}: expected a folder to trust, got none of this name; name the folder of your specs")
    _write({*trusted_folders(), place})
    return place


def distrust(folder: Path) -> Path:
    """Take a folder out of the list; its path there.

    Raises:
        SpecError: it is not in the list, or the list cannot be written.
    """
    place, known = folder.resolve(), trusted_folders()
    if place not in known:
        listed = ", ".join(map(str, known)) or "none"
        raise SpecError(f"{place}: expected a folder that is trusted, which are {listed}; see `lossgeo trust --list`")
    _write(other for other in known if other != place)
    return place


def _write(folders: Iterable[Path]) -> None:
    """Replace the list, which is whole or as it was."""
    path = configuration()
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside.write_text(json.dumps(sorted(map(str, folders)), indent=2) + "\n", encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise SpecError(
            f"{path}: the list of trusted folders cannot be written ({error.strerror}); make its folder writable, "
            f"or name another with XDG_CONFIG_HOME"
        ) from None
