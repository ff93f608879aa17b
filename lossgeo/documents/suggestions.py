"""Suggestions: what the author of a faulty spec probably meant, as YAML text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from lossgeo.documents.scalars import resolve
from lossgeo.documents.writer import flow

SPOKEN = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
LONGEST = 60  # characters of a word that has neighbours


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name most similar to `word`, without regard to case; `None` if none is similar.

    >>> nearest("bezeir", ["bezier", "simplex"]), nearest("ReLU", ["relu", "tanh"]), nearest("x", ["relu"])
    ('bezier', 'relu', None)
    """
    folded = {name.casefold(): name for name in names}
    matches = get_close_matches(word[:LONGEST].casefold(), folded, n=1)
    return folded[matches[0]] if matches else None


def quoted_nearest(word: Any, names: Iterable[str]) -> str | None:
    """The name most similar to `word`, in quotes; `None` also for a `word` that is no string.

    >>> quoted_nearest("bezeir", ["bezier", "simplex"])
    "'bezier'"
    """
    neighbour = nearest(word, names) if isinstance(word, str) else None
    return None if neighbour is None else repr(neighbour)


@dataclass(frozen=True)
class Counted:
    """Marks a list whose elements count up from 0, so that a number in its place was probably meant for how many.

    Args:
        most: elements that are suggested.
    """

    most: int = 10

    def counted(self, value: Any) -> Iterator[str]:
        """The list of so many numbers from 0.

        >>> list(Counted().counted(3)), list(Counted().counted("3x")), list(Counted().counted(1000))
        (['[0, 1, 2]'], [], [])
        """
        if isinstance(value, int) and 0 < value <= self.most and not isinstance(value, bool):
            yield flow(tuple(range(value)))


def repairs(value: Any, kinds: Iterable[str]) -> Iterator[str]:
    """Values that `value` may have been meant as, most likely first; `kinds` are the variants allowed in its place.

    >>> list(repairs("1e-3x", [])), list(repairs(3.0, []))
    (['1e-3', '["1e-3x"]', '[1e-3]'], ['3', '[3.0]', '[3]'])
    >>> list(repairs("mnist", ["mnist"])), list(repairs(3, []))
    (['{kind: mnist}', '[mnist]'], ['"3"', '[3]'])
    """
    if isinstance(value, str) and (kind := nearest(value, kinds)) is not None:
        yield flow({"kind": kind})
    if isinstance(value, tuple) and len(value) == 1:
        yield flow(value[0])
    if not isinstance(value, str | int | float):
        return
    if isinstance(value, int):
        yield flow(flow(value))
    others = list(readings(value))
    yield from others
    yield from (f"[{text}]" for text in (flow(value), *others))


def readings(value: str | float) -> Iterator[str]:
    """Other scalars that `value` may stand for: the number in a text, the integer in ``3.0``, true for ``yes``."""
    if isinstance(value, float) and value.is_integer():
        yield str(int(value))
    if not isinstance(value, str) or len(value) > LONGEST:
        return
    if value.casefold() in SPOKEN:
        yield SPOKEN[value.casefold()]
    for text in dict.fromkeys(respellings(value.strip())):
        number = resolve(text)
        if isinstance(number, int | float):
            yield text
            yield from readings(number)


def respellings(text: str) -> Iterator[str]:
    """Spellings of `text` that YAML 1.2 reads as a number, where people write numbers in other ways.

    >>> list(respellings("0x1F"))[1], [text for text in respellings("1_000") if "_" not in text]
    ('31', ['1000'])
    """
    yield text.casefold()
    if re.fullmatch(r"0(x[0-9a-f]+|o[0-7]+|b[01]+)", text, re.ASCII | re.IGNORECASE):
        yield str(int(text, 0))
    yield text.replace("_", "")
    yield re.sub(r"^([-+]?)0+(?=\d)", r"\1", text)
    yield re.sub(r"(?<=\d),(?=\d)", ".", text, count=1)
    yield re.sub(r"(?<=\d)\s*[a-z%]+$", "", text, flags=re.IGNORECASE)
