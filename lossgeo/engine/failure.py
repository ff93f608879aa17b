"""Failures: what went wrong in a job, as plain values that travel between processes."""

from __future__ import annotations

import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path

from lossgeo.errors import LossgeoError

INSTALLED = (sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
LIBRARIES = (Path(__file__).parents[1], *map(Path, INSTALLED))
"""Folders of code that is not the user's own: lossgeo's, Python's, and that of installed packages."""


@dataclass(frozen=True)
class Failure:
    """The reason why a job has no result."""

    kind: str
    """The name of the exception's class, such as ``Diverged`` or ``StoreError``."""
    message: str
    traceback: str
    place: str = ""
    """File and line of the user's own code that raised it, or called what did; empty if there is none."""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """The failure that an exception stands for; one that lossgeo raises on purpose needs no place in code."""
        place = "" if isinstance(error, LossgeoError) else _own_place(error)
        return cls(type(error).__name__, str(error), "".join(traceback.format_exception(error)), place)

    @property
    def reason(self) -> str:
        """The message, and after its first line the place."""
        first, *further = self.message.split("\n")
        return "\n".join([f"{first} ({self.place})" if self.place else first, *further])


def _own_place(error: BaseException) -> str:
    """File and line of the innermost code of the user's own that an error has passed through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _is_own(file: str) -> bool:
    return not file.startswith("<") and not any(folder in Path(file).parents for folder in LIBRARIES)
