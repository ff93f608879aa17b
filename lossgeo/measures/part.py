"""Parts of an analysis, which are computed apart from one another and joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import ceil
from typing import Any, TypeVar

import numpy as np

R = TypeVar("R")


@dataclass(frozen=True)
class Part:
    """One of the parts that an analysis is divided into.

    Args:
        number: its place among them, from 0.
        count: how many there are.
    """

    number: int = 0
    count: int = 1

    def __str__(self) -> str:
        return f"part {self.number + 1} of {self.count}"

    def of(self, n: int, step: int = 1) -> slice:
        """The rows of n that belong to this part: as many as to the others, up to `step`, of which it is a multiple.

        >>> [Part(i, 3).of(41, step=8) for i in range(3)]
        [slice(0, 16, None), slice(16, 32, None), slice(32, 41, None)]
        """
        steps = ceil(n / step)
        first, last = (steps * place // self.count for place in (self.number, self.number + 1))
        return slice(first * step, min(last * step, n))


UNDIVIDED = Part()
"""All rows: the one part of what is not divided."""


def rows_joined(parts: Sequence[R], *names: str) -> R:
    """The first of some records, with the rows of all of them, one after the other, in the fields of these names.

    Args:
        parts: frozen dataclasses.
        names: of fields that are arrays, tuples, or None in all of them.
    """
    made: Any = parts[0]
    found: R = replace(made, **{name: _one_after_the_other([getattr(part, name) for part in parts]) for name in names})
    return found


def _one_after_the_other(values: Sequence[Any]) -> Any:
    if values[0] is None:
        return None
    return tuple(chain.from_iterable(values)) if isinstance(values[0], tuple) else np.concatenate(values)
