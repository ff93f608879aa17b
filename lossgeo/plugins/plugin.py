"""What a plugin is, and how a spec names one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

PluginFile = Annotated[
    str,
    Field(
        pattern=r"^\w[\w .-]*(/\w[\w .-]*)*\.py$",
        max_length=200,
        description="a Python file beside the spec or in a folder below it, as my_family.py or plugins/my_family.py",
    ),
]
"""How a spec names a plugin: by its way from the spec's folder, never out of it."""


@dataclass(frozen=True)
class Plugin:
    """A plugin that was imported.

    Args:
        name: of its file, or of the package that it is installed with.
        path: of its file.
        sha256: of that file as it was imported.
    """

    name: str
    path: Path
    sha256: str
