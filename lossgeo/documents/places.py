"""Places: where in which text a value of a spec was written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""The way from the root of a spec to a value: keys of mappings and indices of lists."""

WIDEST = 110  # characters of a source line that an error shows


@dataclass(frozen=True)
class TextSource:
    """A text that values come from: the spec's file (`rank` 0), or the option ``--set`` number `rank`."""

    name: str
    lines: tuple[str, ...]
    rank: int = 0

    def line(self, number: int) -> str:
        """The text of line `number`, counted from 1, with control characters made visible and so harmless."""
        text = self.lines[number - 1] if number <= len(self.lines) else ""
        return "".join(
            letter if letter.isprintable() else " " if letter == "\t" else "\N{MIDDLE DOT}" for letter in text
        )


@dataclass(frozen=True)
class TextPlace:
    """One character of a source; `line` and `column` count from 1."""

    source: TextSource
    line: int
    column: int

    @property
    def order(self) -> tuple[int, int, int]:
        """The key that places are sorted by: the file first, then command-line overrides in the given order."""
        return (self.source.rank, self.line, self.column)

    def __str__(self) -> str:
        if self.source.rank:
            return self.source.name
        return f"{self.source.name}:{self.line}:{self.column}"

    def under(self, text: str) -> str:
        """The message `text` with the source line under it, if that is not empty, and a caret at the column."""
        line = self.source.line(self.line)
        if not line.strip():
            return text
        start = max(0, min(self.column - WIDEST // 2, len(line) - WIDEST))
        left = "…" if start else ""
        right = "…" if start + WIDEST < len(line) else ""
        indent = " " * columns(left + line[start : self.column - 1])
        return f"{text}\n    {left}{line[start : start + WIDEST].rstrip()}{right}\n    {indent}^"


def columns(text: str) -> int:
    """The width of `text` in a terminal: wide letters take two columns, combining ones none."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)


def dotted(path: KeyPath) -> str:
    """A path as people write it, such as ``training.epochs``; a key that is not a plain word is quoted.

    >>> dotted(("analyses", 0, "of")), dotted(("sweep", "a b"))
    ('analyses.0.of', "sweep.'a b'")
    """
    return ".".join(step if isinstance(step, str) and is_word(step) else shortened(step) for step in path)


def is_word(key: str) -> bool:
    """Whether a key can be written without quotes."""
    return 0 < len(key) <= WIDEST and all(letter.isalnum() or letter in "_-." for letter in key)


def shortened(value: object, longest: int = 60) -> str:
    """``repr(value)`` with its middle left out where it is longer than `longest` characters."""
    text = repr(value)
    if len(text) <= longest:
        return text
    return f"{text[: longest - 10]} … {text[-6:]}"
