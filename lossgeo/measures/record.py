"""The record of an analysis, and the rows of its table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

Row = Mapping[str, Any]

Values = Sequence[bool | int | float | str] | None
"""What a column of a table can hold; None where that is not known beforehand."""


class Record(ABC):
    """The result of an analysis: a frozen dataclass of numbers and arrays."""

    columns: ClassVar[tuple[str, ...]] = ()
    """The columns of every table, so that claims can be checked beforehand; none where they are not declared."""

    @abstractmethod
    def table(self) -> list[Row]:
        """Tidy rows, one for each observation, with the unit in a column's name where there is one."""
