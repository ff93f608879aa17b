"""Which plugins a command imports, and where it may."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lossgeo.documents.document import Document
from lossgeo.documents.faults import Fault, describe, spec_error
from lossgeo.errors import SpecError
from lossgeo.plugins.imports import load
from lossgeo.plugins.installed import installed
from lossgeo.plugins.plugin import PluginFile
from lossgeo.plugins.trust import is_trusted, trust
from lossgeo.settings import configured
from lossgeo.streams import confirmed

KEY = "plugins"
ALLOWED = "LOSSGEO_ALLOW_CODE"
PATTERN = re.compile(PluginFile.__metadata__[0].metadata[-1].pattern)  # type: ignore[attr-defined]  # of an `Annotated`
EXPECTED = f"{PluginFile.__metadata__[0].description}"  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Code:
    """What a command line says of plugins.

    Args:
        files: of ``--plugin``, which name what they trust.
        is_allowed: by ``--allow-code``: the plugins of the spec and of pyproject.toml are trusted for this command.
    """

    files: tuple[Path, ...] = ()
    is_allowed: bool = False

    def load(self, document: Document | None = None, spec: Path = Path()) -> None:
        """Import the plugins that are installed, those of the command line, of pyproject.toml, and of a spec.

        Args:
            document: the spec before it is validated; None for a command that reads none.
            spec: its path.

        Raises:
            SpecError: a plugin is not there or fails, or folders are not trusted, and then nothing of them is imported.
        """
        here = Path()
        asked = {here.resolve(): [_inside(here, name) for name in configured(KEY)]}
        if document is not None:
            asked.setdefault(spec.parent.resolve(), []).extend(_of_spec(document, spec.parent))
        named = {file.resolve() for file in self.files}
        doubtful = {folder: [file for file in files if file.resolve() not in named] for folder, files in asked.items()}
        self._require_trust({folder: files for folder, files in doubtful.items() if files})
        installed()
        for file in (*self.files, *(file for files in asked.values() for file in files)):
            load(file)

    def _require_trust(self, asked: Mapping[Path, list[Path]]) -> None:
        """Go on where every folder is trusted, or is said to be by whoever sits at the terminal.

        Raises:
            SpecError: naming the files that would run.
        """
        if self.is_allowed or os.environ.get(ALLOWED) == "1":
            return
        doubtful = {folder: files for folder, files in asked.items() if not is_trusted(folder)}
        for folder, files in doubtful.items():
            question = f"{_would_run(files)}\nDo you trust {_shown(folder)}, with all that it holds?"
            if not confirmed(question):
                raise SpecError(_not_trusted(doubtful))
            trust(folder)


def _would_run(files: list[Path]) -> str:
    return "\n".join(["these plugins would run as code of yours:", *(f"    {_shown(file)}" for file in files)])


def _not_trusted(doubtful: Mapping[Path, list[Path]]) -> str:
    files = [file for found in doubtful.values() for file in found]
    commands = " and ".join(f"`lossgeo trust {shlex.quote(_shown(folder))}`" for folder in doubtful)
    return (
        f"{_would_run(files)}\nnothing of them was imported, because their folder is not trusted; if you trust it: "
        f"{commands} for good, or --allow-code ({ALLOWED}=1) for one command"
    )


def _shown(path: Path) -> str:
    """The whole path, with every character that a terminal would obey made harmless."""
    text = str(path.absolute())
    return text if text.isprintable() else ascii(text)


def _inside(folder: Path, name: str) -> Path:
    """The plugin of pyproject.toml.

    Raises:
        SpecError: it is not within the folder.
    """
    fault = _fault(folder, name)
    if fault is not None:
        raise SpecError(f"pyproject.toml: tool.lossgeo.plugins: got {fault.got}; expected {fault.expected}")
    return folder / name


def _of_spec(document: Document, folder: Path) -> Iterator[Path]:
    """The plugins that a spec names; a value of another form is left to the validation of the spec.

    Raises:
        SpecError: listing all that are not within the folder.
    """
    value = document.value.get(KEY, ()) if isinstance(document.value, Mapping) else ()
    names: tuple[Any, ...] = value if isinstance(value, tuple) else ()
    if not all(isinstance(name, str) for name in names):
        return
    found = [_fault(folder, name, (KEY, place)) for place, name in enumerate(names)]
    faults = [fault for fault in found if fault is not None]
    if faults:
        raise spec_error(document.locate(fault) for fault in faults)
    yield from (folder / name for name in names)


def _fault(folder: Path, name: str, path: tuple[str | int, ...] = ()) -> Fault | None:
    """What is wrong with the name of a plugin; None if it is a file within the folder."""
    if PATTERN.fullmatch(name) is None:
        return Fault(path, describe(name), EXPECTED)
    if not (folder / name).is_file():
        return Fault(path, f"{describe(name)}, which is not there", EXPECTED)
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        return Fault(path, f"{describe(name)}, a link that leads out of the folder", EXPECTED)
    return None
