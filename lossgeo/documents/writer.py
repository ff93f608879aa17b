"""The writer: a model as YAML with every default written out, which reads back as an equal value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lossgeo.documents.scalars import resolve, write_number
from lossgeo.variant import Model

WIDTH = 120
INDENT = "  "
PLAIN = re.compile(r"[^\W\d][\w ./+()-]*(?<! )")  # begins with a letter, and holds nothing that YAML gives a meaning to
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
WORDS_OF_YAML_1_1 = {"y", "n", "yes", "no", "on", "off"}


def write(model: Model) -> str:
    """The YAML text of `model`: fields in their order; variants and lists of scalars on one line where they fit."""
    return "\n".join(block(fields(model), "")) + "\n"


def fields(model: Model) -> dict[str, Any]:
    """The values of a model by the key that a spec writes."""
    return {field.alias or name: getattr(model, name) for name, field in type(model).model_fields.items()}


def block(pairs: Mapping[str, Any], indent: str) -> list[str]:
    """The lines of a mapping, one key to a line."""
    return [line for key, value in pairs.items() for line in entry(f"{indent}{string(key)}:", value, indent)]


def entry(start: str, value: Any, indent: str) -> list[str]:
    """The lines of one key or list element that begin with `start`."""
    inline = f"{start} {flow(value)}"
    if not is_collection(value) and len(inline) <= WIDTH:
        return [inline]
    if isinstance(value, Mapping | Model) and value_of(value):
        return [start, *block(value_of(value), indent + INDENT)]
    if isinstance(value, tuple) and value:
        return [start, *(line for element in value for line in item(element, indent + INDENT))]
    return [inline]


def item(value: Any, indent: str) -> list[str]:
    """The lines of one element of a list; a mapping too long for one line begins on the line of its dash."""
    lines = entry(f"{indent}-", value, indent)
    if len(lines) == 1 or not isinstance(value, Mapping | Model):
        return lines
    return [f"{indent}- {lines[1].lstrip()}", *lines[2:]]


def is_collection(value: Any) -> bool:
    """Whether `value` holds models, each of which gets a line of its own."""
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else ()
    return any(isinstance(part, Mapping | Model) for part in parts)


def value_of(value: Mapping[str, Any] | Model) -> Mapping[str, Any]:
    """The pairs of a mapping, or the fields of a model, by key."""
    return fields(value) if isinstance(value, Model) else value


def flow(value: Any) -> str:
    """The text of a value on one line.

    >>> flow({"kind": "adamw", "lr": 1e-05, "name": "1e-5", "betas": (0.9, 0.999), "decay": None})
    '{kind: adamw, lr: 1.0e-5, name: "1e-5", betas: [0.9, 0.999], decay: null}'
    """
    if isinstance(value, Mapping | Model):
        return "{" + ", ".join(f"{string(key)}: {flow(part)}" for key, part in value_of(value).items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return string(value) if isinstance(value, str) else write_number(value)


def string(text: str) -> str:
    """The text of a string, without quotes where every reader of YAML, 1.1 or 1.2, takes it for that string."""
    plain = PLAIN.fullmatch(text) and resolve(text) == text and text.casefold() not in WORDS_OF_YAML_1_1
    return text if plain and len(text) <= WIDTH else '"' + "".join(map(escaped, text)) + '"'


def escaped(letter: str) -> str:
    """A character as it is written between double quotes."""
    if letter in ESCAPES:
        return ESCAPES[letter]
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"
