"""Plugins that are installed as Python packages: they are trusted as every package that somebody installs is."""

from __future__ import annotations

import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from lossgeo.plugins.imports import refuse
from lossgeo.plugins.plugin import Plugin

GROUP = "lossgeo.plugins"
"""Name of the group of entry points; the value of each is a module, whose import registers its kinds."""


@cache
def installed() -> tuple[Plugin, ...]:
    """Import the modules of all entry points of the group, once; the plugins in the order of their names.

    Raises:
        SpecError: one of them fails.
    """
    return tuple(_load(entry) for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name))


def _load(entry: EntryPoint) -> Plugin:
    package = entry.name if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"
    try:
        entry.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the code of somebody else may raise anything
        refuse(f"{package}, the entry point {entry.name} = {entry.value} of {GROUP}", error)
    file = Path(sys.modules[entry.module].__file__ or "")
    return Plugin(package, file, sha256(file.read_bytes()).hexdigest() if file.is_file() else "")
