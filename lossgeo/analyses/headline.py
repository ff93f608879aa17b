"""What the analysis of a study says in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lossgeo.statistics import Interval


@dataclass(frozen=True)
class Headline:
    """The answer of a study in one sentence, and the numbers that stand beside it.

    Args:
        sentence: a complete one; formulas between dollar signs.
        numbers: what the number is of → its mean and interval over seeds, and the format to print it with.
        more: the same, for the summary only: what the sentence has already said.
    """

    sentence: str
    numbers: Mapping[str, tuple[Interval, str]]
    more: Mapping[str, tuple[Interval, str]] = field(default_factory=dict)


def spoken(parts: Sequence[str]) -> str:
    """The parts as a sentence has them.

    >>> spoken(["a"]), spoken(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
