"""The journal: one line for every attempt at a job, by any process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossgeo.engine.files import writing
from lossgeo.engine.key import to_json


class Journal:
    """A file of JSON lines to which several processes append."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, entry: Mapping[str, Any]) -> None:
        """Append a line in one write, so that lines of several processes do not mix.

        Raises:
            StoreError: it cannot be written.
        """
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(descriptor, to_json(entry) + b"\n")
            finally:
                os.close(descriptor)
