"""Keys: the SHA-256 of the canonical JSON of a job's kind, version and fields."""

from __future__ import annotations

import dataclasses
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from lossgeo.variant import Model


class Keyed(ABC):
    """A value that is represented by its key alone in the fields of another value."""

    @property
    @abstractmethod
    def key(self) -> str:
        """64 hexadecimal digits that differ whenever anything that may change the result differs."""


def canonical(kind: str, version: int, fields: Mapping[str, Any]) -> bytes:
    """The inputs of a job as JSON with one spelling: sorted keys, no spaces, UTF-8, the shortest exact floats.

    Models and dataclasses are written with all their fields, defaults too, so that a changed default gives another
    key, models with those that they name as canonical; tuples as lists; a ``Keyed`` value as
    ``{"job": key}``.

    Raises:
        ValueError: a number is NaN or infinite, or a text is not Unicode.
        TypeError: a value is of a type without a canonical form. Both name the field by its path.

    >>> canonical("Fit", 1, {"lr": 1e-3, "hidden": (4, 2)})
    b'{"fields":{"hidden":[4,2],"lr":0.001},"kind":"Fit","version":1}'
    """
    plain = {name: _plain(value, f"{kind}.{name}") for name, value in fields.items()}
    return to_json({"kind": kind, "version": version, "fields": plain})


def to_json(value: Any) -> bytes:
    """JSON text with one spelling, as UTF-8 bytes."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def digest(content: bytes) -> str:
    """SHA-256 of some bytes, in hexadecimal."""
    return sha256(content).hexdigest()


def keyed_within(value: Any) -> Iterator[Keyed]:
    """The ``Keyed`` values inside `value`, in the order of its fields and elements."""
    if isinstance(value, Keyed):
        yield value
    elif not isinstance(value, Model):  # of plain values only
        for _, part in _parts(value):
            yield from keyed_within(part)


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a model or dataclass by name, without those that are no part of a key."""
    if isinstance(value, Model):
        return value.canonical_fields()
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _is_record(value: Any) -> bool:
    return isinstance(value, Model) or (dataclasses.is_dataclass(value) and not isinstance(value, type))


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    """The named or numbered parts of a container; none for a scalar."""
    if isinstance(value, tuple):
        return enumerate(value)
    if isinstance(value, Mapping):
        return value.items()
    return fields_of(value).items() if _is_record(value) else ()


def _plain(value: Any, where: str) -> Any:
    """Plain JSON values that stand for `value` in a key."""
    if isinstance(value, Keyed):
        return {"job": value.key}
    if isinstance(value, Model):
        return _plain_model(value, where)
    if isinstance(value, tuple):
        return [_plain(part, f"{where}.{index}") for index, part in _parts(value)]
    if isinstance(value, Mapping) or _is_record(value):
        return {_name(name, where): _plain(part, f"{where}.{name}") for name, part in _parts(value)}
    return _scalar(value, where)


REMEMBERED = 4096
_known: dict[int, tuple[Model, Any]] = {}


def _plain_model(model: Model, where: str) -> Any:
    """A model as plain JSON values; cached, because thousands of jobs have the same few models among their fields."""
    found = _known.get(id(model))
    if found is None:
        if len(_known) >= REMEMBERED:
            _known.clear()
        plain = {_name(name, where): _plain(part, f"{where}.{name}") for name, part in _parts(model)}
        found = _known[id(model)] = model, plain  # with the model itself, so that no other has its place in memory
    return found[1]


def _name(name: Any, where: str) -> str:
    if type(name) is not str:
        raise TypeError(f"{where}: expected names that are strings, got {name!r}; use a tuple of pairs instead")
    return name


def _scalar(value: Any, where: str) -> Any:
    # The exact type, because an Enum or a NumPy scalar may be a subclass of one of these and mean something else.
    if value is not None and type(value) not in (bool, int, float, str):
        raise TypeError(
            f"{where}: expected None, a bool, int, float, str, tuple, mapping, model, dataclass or job, "
            f"got {value!r} ({type(value).__name__}); write it as one of these"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where}: expected a finite number, got {value}; an input of a job must be finite")
    if isinstance(value, str) and not _is_unicode(value):
        raise ValueError(f"{where}: expected Unicode text, got {value!r}; remove the lone surrogates")
    return value


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
