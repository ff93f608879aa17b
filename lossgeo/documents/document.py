"""Documents: a YAML text as plain values, with the place of every key and value and the faults of its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lossgeo.documents.builder import Builder
from lossgeo.documents.faults import Fault, Located
from lossgeo.documents.places import KeyPath, TextPlace, TextSource
from lossgeo.documents.syntax import events_of


@dataclass(frozen=True)
class Document:
    """The plain value of a text (mappings, tuples and scalars) and where each part of it was written."""

    value: Any
    values: Mapping[KeyPath, TextPlace]
    keys: Mapping[KeyPath, TextPlace]
    faults: tuple[Located, ...]

    def place(self, path: KeyPath, *, at_key: bool = False) -> TextPlace:
        """The place where `path` was written; for a value that was not written, that of the value around it."""
        if at_key and path in self.keys:
            return self.keys[path]
        while path not in self.values:
            path = path[:-1]
        return self.values[path]

    def locate(self, fault: Fault) -> Located:
        """A fault together with its place in this document."""
        return Located(self.place(fault.path, at_key=fault.at_key), fault)


def parse(text: str, source: TextSource) -> Document:
    """Read one YAML document of at most 20,000 events and 32 levels.

    Duplicate keys, keys that are not strings, anchors, aliases, tags and merge keys are recorded as faults.

    Raises:
        SpecError: the text is no YAML, is too deep or too long, or holds several documents.
    """
    builder = Builder(source, events_of(text, source))
    value = builder.document()
    return Document(value, builder.values, builder.keys, tuple(builder.faults))
