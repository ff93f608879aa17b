"""The record of an analysis, and the rows of its table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]


class Record(ABC):
    """The result of an analysis: a frozen dataclass of numbers and arrays."""

    @abstractmethod
    def table(self) -> list[Row]:
        """Tidy rows, one for each observation, with the unit in a column's name where there is one."""
