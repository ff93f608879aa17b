"""The forms that a field of a result may take: how values of each are written and read."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

Arrays = dict[str, np.ndarray[Any, Any]]


class Form(ABC):
    """How values of one annotation are written and read: decode(encode(value)) = value.

    `where` is the dotted path of the value; an array is kept in `arrays` under it. A value of another form is a
    TypeError that names the path, in both directions. A path starts with the name of the outermost record.
    """

    @abstractmethod
    def encode(self, value: Any, where: str, arrays: Arrays) -> Any:
        """Plain JSON values that stand for `value`; its arrays are put into `arrays`."""

    @abstractmethod
    def decode(self, plain: Any, where: str, arrays: Arrays) -> Any:
        """The value that `encode` was given."""


@dataclass(frozen=True)
class ScalarForm(Form):
    """A bool, int, float or str, checked by its exact type; an int is taken for a float."""

    type: type

    def encode(self, value: Any, where: str, arrays: Arrays) -> Any:  # noqa: ARG002
        # JSON knows no NaN and no infinity: they are written as "nan", "inf" and "-inf".
        if self.type is float and isinstance(value, int | float) and type(value) is not bool:
            return float(value) if math.isfinite(value) else repr(float(value))
        return _expect(type(value) is self.type, self.type.__name__, value, where)

    def decode(self, plain: Any, where: str, arrays: Arrays) -> Any:  # noqa: ARG002
        if self.type is float and plain in ("nan", "inf", "-inf"):
            return float(plain)
        return _expect(type(plain) is self.type, self.type.__name__, plain, where)


class Array(Form):
    """An array of booleans, integers or real numbers in this machine's byte order."""

    def encode(self, value: Any, where: str, arrays: Arrays) -> Any:
        """The array's type and shape, for people who read the file; its content goes into `arrays`."""
        storable = isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.dtype.itemsize <= 8
        _expect(storable and value.dtype.isnative, "an array of booleans, integers or real numbers", value, where)
        name = self._name(where)
        _expect(name not in arrays, "names without dots", name, where)
        arrays[name] = np.asarray(value, order="C")
        return f"{value.dtype}{list(value.shape)}"

    def decode(self, plain: Any, where: str, arrays: Arrays) -> Any:
        _expect(self._name(where) in arrays, "an array", plain, where)
        return arrays[self._name(where)]

    @staticmethod
    def _name(where: str) -> str:
        """The path of an array without the name of the outermost record."""
        return where.partition(".")[2]


@dataclass(frozen=True)
class Optional(Form):
    """A value of the inner form, or None."""

    inner: Form

    def encode(self, value: Any, where: str, arrays: Arrays) -> Any:
        """The value in the inner form; None as null."""
        return None if value is None else self.inner.encode(value, where, arrays)

    def decode(self, plain: Any, where: str, arrays: Arrays) -> Any:
        return None if plain is None else self.inner.decode(plain, where, arrays)


@dataclass(frozen=True)
class RowForm(Form):
    """A tuple: of any length with one form, or of one form per element."""

    inner: tuple[Form, ...]
    repeats: bool

    def encode(self, value: Any, where: str, arrays: Arrays) -> Any:
        """A list of the encoded elements."""
        _expect(isinstance(value, tuple), "a tuple", value, where)
        return [form.encode(part, path, arrays) for form, part, path in self._pairs(value, where)]

    def decode(self, plain: Any, where: str, arrays: Arrays) -> Any:
        _expect(isinstance(plain, list), "a list", plain, where)
        return tuple(form.decode(part, path, arrays) for form, part, path in self._pairs(plain, where))

    def _pairs(self, parts: Any, where: str) -> Iterator[tuple[Form, Any, str]]:
        forms = self.inner * len(parts) if self.repeats else self.inner
        _expect(len(forms) == len(parts), f"{len(forms)} elements", parts, where)
        return ((form, part, f"{where}.{i}") for i, (form, part) in enumerate(zip(forms, parts, strict=True)))


@dataclass(frozen=True)
class Table(Form):
    """A mapping from names to values of one form; the order of its keys is kept."""

    inner: Form

    def encode(self, value: Any, where: str, arrays: Arrays) -> Any:
        """A list of pairs, because a JSON object would lose the order of the keys."""
        _expect(isinstance(value, Mapping) and all(type(n) is str for n in value), "a mapping by name", value, where)
        return [[name, self.inner.encode(part, f"{where}.{name}", arrays)] for name, part in value.items()]

    def decode(self, plain: Any, where: str, arrays: Arrays) -> Any:
        _expect(isinstance(plain, list), "a list of pairs", plain, where)
        return {name: self.inner.decode(part, f"{where}.{name}", arrays) for name, part in plain}


@dataclass(frozen=True)
class RecordForm(Form):
    """A dataclass, field by field."""

    type: Callable[..., Any]
    inner: Mapping[str, Form]

    def encode(self, value: Any, where: str, arrays: Arrays) -> Any:
        """A JSON object with one member for each field."""
        _expect(type(value) is self.type, self.type.__name__, value, where)
        return {n: form.encode(getattr(value, n), f"{where}.{n}", arrays) for n, form in self.inner.items()}

    def decode(self, plain: Any, where: str, arrays: Arrays) -> Any:
        same = isinstance(plain, dict) and plain.keys() == self.inner.keys()
        _expect(same, f"the fields {', '.join(self.inner)}", plain, where)
        return self.type(**{n: form.decode(plain[n], f"{where}.{n}", arrays) for n, form in self.inner.items()})


def form_of(hint: Any, where: str) -> Form:
    """The form that an annotation stands for.

    Raises:
        TypeError: there is none; the text names the field by its path and lists the annotations that can be stored.
    """
    hint = getattr(hint, "array_type", hint)  # of an annotation of jaxtyping, which adds a shape
    origin, arguments = get_origin(hint) or hint, get_args(hint)
    if hint in (bool, int, float, str):
        return ScalarForm(hint)
    if origin is np.ndarray:
        return Array()
    if origin in (Union, UnionType) and len(arguments) == 2 and NoneType in arguments:
        return Optional(form_of(next(a for a in arguments if a is not NoneType), where))
    if origin is tuple and arguments:
        repeats = arguments[-1] is Ellipsis
        return RowForm(tuple(form_of(a, where) for a in arguments if a is not Ellipsis), repeats)
    if origin is Mapping and arguments[:1] == (str,):
        return Table(form_of(arguments[1], where))
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return RecordForm(hint, {f.name: form_of(hints[f.name], f"{where}.{f.name}") for f in fields(hint)})
    raise TypeError(
        f"{where}: a result cannot hold {hint!r}; annotate it with bool, int, float, str, X | None, tuple[X, ...], "
        f"Mapping[str, X], np.ndarray or a dataclass of these"
    )


def _expect(holds: object, expected: str, value: Any, where: str) -> Any:
    """`value` if it is as expected, else a TypeError that says where, what and what instead."""
    if not holds:
        shown = repr(value)
        raise TypeError(f"{where}: expected {expected}, got {shown[:80]} ({type(value).__name__})")
    return value
