"""Plugins handed over to other processes of a run, as plain JSON: paths and SHA-256."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lossgeo.plugins.imports import load, loaded
from lossgeo.plugins.installed import installed

VARIABLE = "LOSSGEO_HANDED_PLUGINS"
"""Name of the variable in the environment of a report's kernel that holds what `handed_over` gives, as JSON."""


def handed_over() -> list[dict[str, str]]:
    """The files that this process has imported as plugins, for `take_over` in another."""
    return [{"path": str(plugin.path), "sha256": plugin.sha256} for plugin in loaded()]


def take_over(plugins: Sequence[Mapping[str, str]]) -> None:
    """Import the plugins that another process handed over, and those that are installed.

    Raises:
        SpecError: a file has changed since, or fails.
    """
    installed()
    for plugin in plugins:
        load(Path(plugin["path"]), plugin["sha256"])


def take_over_from_environment() -> None:
    """Import what the process that started this one handed over; nothing where none did.

    Raises:
        SpecError: a file has changed since, or fails.
    """
    take_over(json.loads(os.environ.get(VARIABLE, "[]")))


def known() -> list[dict[str, str]]:
    """Name and SHA-256 of every plugin of this process, for provenance: no paths."""
    return [{"name": plugin.name, "sha256": plugin.sha256} for plugin in (*installed(), *loaded())]
