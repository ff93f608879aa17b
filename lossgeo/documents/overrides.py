"""Overrides: ``--set training.epochs=2`` laid over a spec before it is validated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from lossgeo.documents.document import Document, parse
from lossgeo.documents.faults import Fault, Located, describe
from lossgeo.documents.places import KeyPath, TextPlace, TextSource, dotted
from lossgeo.documents.syntax import DEEPEST

FORM = f"a path of at most {DEEPEST} keys, '=' and a value, such as training.epochs=2"


class UnreachableError(Exception):
    """A path that leads to nothing in the spec, with the fault that says where it ends."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def overridden(document: Document, overrides: Sequence[str]) -> Document:
    """The document with each ``path=value`` applied in the given order; values are read by the rules of the file.

    A path leads through mappings by key and through lists by index; mappings that are not there are made. An override
    without a path or a value, or whose path leads nowhere, becomes a fault of the document.

    Raises:
        SpecError: a value is no YAML.
    """
    for rank, override in enumerate(overrides, start=1):
        document = applied(document, override, rank)
    return document


def applied(document: Document, override: str, rank: int) -> Document:
    """The document with one override applied."""
    name, equals, text = override.partition("=")
    steps = [step.strip() for step in name.split(".")]
    source = TextSource(f"--set {dotted(tuple(steps[:DEEPEST]))}", tuple(override.splitlines()), rank)
    if not equals or not all(steps) or len(steps) > DEEPEST:
        return with_fault(document, source, Fault((), describe(override), FORM))
    patch = parse(" " * (len(name) + 1) + text, source)
    try:
        path, value = laid(document.value, steps, patch.value)
    except UnreachableError as error:
        return with_fault(document, source, error.fault)
    return patched(document, value, path, patch)


def with_fault(document: Document, source: TextSource, fault: Fault) -> Document:
    """The document with one more fault: that of the override `source`."""
    return replace(document, faults=(*document.faults, Located(TextPlace(source, 1, 1), fault)))


def laid(value: Any, steps: Sequence[str], new: Any, path: KeyPath = ()) -> tuple[KeyPath, Any]:
    """The full path that `steps` lead to from `value` at `path`, and a copy of `value` with `new` at its end."""
    if not steps:
        return path, new
    if isinstance(value, tuple):
        index = index_of(steps[0], value, path)
        full, inner = laid(value[index], steps[1:], new, (*path, index))
        return full, (*value[:index], inner, *value[index + 1 :])
    pairs = {} if value is None else value
    if not isinstance(pairs, Mapping):
        refuse(steps[0], value, path, "a mapping or a list there")
    full, inner = laid(pairs.get(steps[0]), steps[1:], new, (*path, steps[0]))
    return full, {**pairs, steps[0]: inner}


def index_of(step: str, values: tuple[Any, ...], path: KeyPath) -> int:
    """The list index that `step` stands for in `values`, which are at `path`."""
    indices = [str(index) for index in range(len(values))]
    if step not in indices:
        refuse(step, values, path, f"an index from 0 to {len(values) - 1}" if values else "no step into it")
    return indices.index(step)


def refuse(step: str, value: Any, path: KeyPath, expected: str) -> NoReturn:
    """Raise the error for a `step` that does not exist in `value`, which is at `path`."""
    raise UnreachableError(Fault(path, f"the step {step!r} into {describe(value)}", expected))


def patched(document: Document, value: Any, path: KeyPath, patch: Document) -> Document:
    """The document with the new `value`, in which everything at and under `path` was written in `patch`."""
    start = patch.place(())
    on_the_way = [path[:length] for length in range(1, len(path) + 1)]
    new = dict.fromkeys((step for step in on_the_way if step not in document.values), start)
    return Document(
        value,
        {**outside(path, document.values), **new, **beneath(path, patch.values)},
        {**outside(path, document.keys), **new, path: start, **beneath(path, patch.keys)},
        (
            *(located for located in document.faults if not is_under(path, located.fault.path)),
            *(replace(found, fault=replace(found.fault, path=(*path, *found.fault.path))) for found in patch.faults),
        ),
    )


def outside(path: KeyPath, places: Mapping[KeyPath, TextPlace]) -> dict[KeyPath, TextPlace]:
    """The places of everything that is not at or under `path`."""
    return {found: place for found, place in places.items() if not is_under(path, found)}


def beneath(path: KeyPath, places: Mapping[KeyPath, TextPlace]) -> dict[KeyPath, TextPlace]:
    """The places of everything in a patch, as paths of the document that it is applied to."""
    return {(*path, *found): place for found, place in places.items()}


def is_under(path: KeyPath, found: KeyPath) -> bool:
    """Whether the path `found` is `path` or lies inside it."""
    return found[: len(path)] == path
