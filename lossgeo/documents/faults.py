"""Faults: what is wrong with a spec, and the error text that lists everything at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lossgeo.documents.places import KeyPath, TextPlace, dotted, shortened
from lossgeo.documents.scalars import unreadable, write_number
from lossgeo.errors import SpecError

MOST_SHOWN = 100


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong at `path`: what was found, what was expected, and the nearest valid text if there is one.

    `got` and `expected` are words, for which `describe` and `listed` are of use; `suggestion` stands as it is to be
    written, names in quotes. `at_key` points the caret at the key rather than at its value.
    """

    path: KeyPath
    got: str
    expected: str
    suggestion: str | None = None
    at_key: bool = False

    def within(self, path: KeyPath) -> Fault:
        """The same fault, seen from further out: `path` leads to what its own path begins in."""
        return replace(self, path=(*path, *self.path))


@dataclass(frozen=True)
class Located:
    """A fault with the place that the caret in its message points to."""

    place: TextPlace
    fault: Fault

    def __str__(self) -> str:
        path = dotted(self.fault.path)
        name = f"{path}: " if path and str(self.place) != f"--set {path}" else ""
        hint = "" if self.fault.suggestion is None else f"; did you mean {self.fault.suggestion}?"
        text = f"{self.place}: {name}got {self.fault.got}; expected {self.fault.expected}{hint}"
        return self.place.under(text)


def spec_error(faults: Iterable[Located]) -> SpecError:
    """The error that lists every fault, sorted by place, and says how many there are if there is more than one."""
    ordered = sorted(faults, key=lambda located: located.place.order)
    texts = [str(located) for located in ordered[:MOST_SHOWN]]
    if len(ordered) > MOST_SHOWN:
        texts.append(f"{len(ordered)} faults, of which the first {MOST_SHOWN} are shown")
    elif len(ordered) > 1:
        texts.append(f"{len(ordered)} faults")
    return SpecError("\n".join(texts))


def describe(value: Any) -> str:
    """A short description of a spec's value, as its author would write it.

    >>> describe(None), describe(True), describe("relu"), describe(()), describe({"kind": "mlp"}), describe("1e400")
    ('null', 'true', "'relu'", 'an empty list', "a mapping of 'kind'", '1e400 (too large for a number)')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return write_number(value)
    if isinstance(value, Mapping):
        return f"a mapping of {listed(value)}" if value else "an empty mapping"
    if isinstance(value, tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    reason = unreadable(value)
    return shortened(value) if reason is None else f"{shortened(value)[1:-1]} ({reason})"


def described_with_type(value: Any) -> str:
    """The description of a value with the type of a scalar in brackets, for values of the wrong type.

    >>> described_with_type("1e-3x"), described_with_type(True), described_with_type(3)
    ("'1e-3x' (string)", 'true (boolean)', '3 (number)')
    """
    text = describe(value)
    if isinstance(value, str):
        return f"{text} (string)" if text.startswith(("'", '"')) else text
    if isinstance(value, bool):
        return f"{text} (boolean)"
    return f"{text} (number)" if isinstance(value, int | float) else text


def listed(names: Iterable[str], most: int = 40) -> str:
    """Names in quotes, separated by commas; of a long list only the first ones.

    >>> listed(["mlp", "siren"])
    "'mlp', 'siren'"
    """
    quoted = [shortened(name) for name in names]
    return ", ".join(quoted[:most]) + (f" and {len(quoted) - most} more" if len(quoted) > most else "")


def one_of(names: Collection[str]) -> str:
    """The names that may be chosen, for an error message.

    >>> one_of(["mlp", "siren"]), one_of(["mlp"])
    ("one of 'mlp', 'siren'", "'mlp'")
    """
    return f"one of {listed(names)}" if len(names) > 1 else listed(names)
