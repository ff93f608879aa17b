"""The builder: a stream of YAML events made into plain values, nothing being constructed from a tag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from lossgeo.documents.faults import Fault, Located, described_with_type
from lossgeo.documents.places import KeyPath, TextPlace, TextSource, shortened
from lossgeo.documents.scalars import Scalar, resolve
from lossgeo.documents.syntax import level, place_of, stop

YAML = "tag:yaml.org,2002:"  # what "!!" stands for


class Builder:
    """Builds the value of one document and records, by path, where its keys and values are and what is wrong."""

    def __init__(self, source: TextSource, events: Iterator[yaml.Event]) -> None:
        self.source = source
        self.events = events
        self.values: dict[KeyPath, TextPlace] = {(): TextPlace(source, 1, 1)}
        self.keys: dict[KeyPath, TextPlace] = {}
        self.faults: list[Located] = []

    def document(self) -> Any:
        """The value of the only document of the stream; `None` if there is no document."""
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        value = self.value((), next(self.events))
        next(self.events)  # the end of the document
        extra = next(self.events)
        if not isinstance(extra, yaml.StreamEndEvent):
            raise stop(place_of(extra, self.source), "expected one document, got a second; remove the line '---'")
        return value

    def value(self, path: KeyPath, event: yaml.Event) -> Any:
        """The value that begins with `event`."""
        self.values[path] = place_of(event, self.source)
        self.refuse_extras(path, event)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path)
        return scalar(event)

    def sequence(self, path: KeyPath) -> tuple[Any, ...]:
        """The values of a list, up to its end."""
        values: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self.value((*path, len(values)), event))
        return tuple(values)

    def mapping(self, path: KeyPath) -> dict[str, Any]:
        """The pairs of a mapping, up to its end; of a repeated key the first pair is kept."""
        pairs: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(path, event, pairs)
            if key is None:
                self.skip(next(self.events))
            else:
                self.keys[*path, key] = place_of(event, self.source)
                pairs[key] = self.value((*path, key), next(self.events))
        return pairs

    def key(self, path: KeyPath, event: yaml.Event, known: Mapping[str, Any]) -> str | None:
        """The key that begins with `event`; `None`, with the fault recorded, if its pair must be left out."""
        self.refuse_extras(path, event)
        if not isinstance(event, yaml.ScalarEvent):
            self.fault(path, event, "a key that is not a scalar", "a string")
            self.skip(event)
            return None
        if event.value == "<<" and is_plain(event):
            self.fault(path, event, "the merge key '<<'", "every key written out")
            return None
        name = str(event.value)
        if name in known:
            line = self.keys[*path, name].line
            self.fault((*path, name), event, f"the key a second time (first in line {line})", "every key once")
            return None
        key = scalar(event)
        if not isinstance(key, str):
            came = f"the key {described_with_type(key)}"
            self.fault((*path, name), event, came, "a string", shortened(name) if name else None)
        return name

    def skip(self, event: yaml.Event) -> None:
        """Skip the value that begins with `event`."""
        depth = level(event)
        while depth:
            depth += level(next(self.events))

    def refuse_extras(self, path: KeyPath, event: yaml.Event) -> None:
        """Record a fault for an alias, an anchor or a tag: in a spec every value is written out where it holds."""
        name: str | None = getattr(event, "anchor", None)
        tag: str | None = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            self.fault(path, event, f"the alias {shortened(f'*{name}')}", "the value written out")
        elif name is not None:
            self.fault(path, event, f"the anchor {shortened(f'&{name}')}", "a value without an anchor")
        elif tag is not None:
            self.fault(path, event, f"the tag {shortened(tag.replace(YAML, '!!'))}", "a plain value: a spec is data")

    def fault(self, path: KeyPath, event: yaml.Event, got: str, expected: str, suggestion: str | None = None) -> None:
        """Record a fault at the place where `event` begins."""
        self.faults.append(Located(place_of(event, self.source), Fault(path, got, expected, suggestion)))


def scalar(event: yaml.Event) -> Scalar:
    """The value of a scalar: quoted text unchanged, a plain word by the rules of YAML 1.2; `None` for an alias."""
    if not isinstance(event, yaml.ScalarEvent):
        return None
    return resolve(event.value) if is_plain(event) else str(event.value)


def is_plain(event: yaml.ScalarEvent) -> bool:
    """Whether a scalar is written without quotes."""
    return event.style is None
