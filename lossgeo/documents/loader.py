"""The loader: a spec file becomes a frozen, validated model, or one error that lists all its faults.

This is the only place where a value is converted: an integer where a field is a float becomes a float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from pydantic import ValidationError

from lossgeo.documents.document import Document, parse
from lossgeo.documents.faults import Fault, Located, spec_error
from lossgeo.documents.files import text_of
from lossgeo.documents.overrides import overridden
from lossgeo.documents.places import TextSource
from lossgeo.documents.slots import Slot
from lossgeo.documents.violations import violations
from lossgeo.documents.wording import wanted
from lossgeo.variant import Model

M = TypeVar("M", bound=Model)


@runtime_checkable
class CrossChecked(Protocol):
    """A model with conditions between its fields, checked on plain values so that all faults come at once."""

    def cross_check(self, raw: Mapping[str, Any]) -> Iterable[Fault]:
        """The faults between fields of `raw`, the plain values of a spec, which may have any shape."""


def read(
    path: Path, model: type[M], overrides: Sequence[str] = (), prepare: Callable[[Document], None] | None = None
) -> M:
    """Read the spec at `path` as a `model`, with every override ``a.b=value`` applied before validation.

    What has to happen before validation (the import of kinds that the spec names) is done by `prepare`.

    Raises:
        SpecError: the file cannot be read, is no YAML, or has faults; the text lists all of them with their places.
    """
    document = document_of(text_of(path), str(path), overrides)
    if prepare is not None:
        prepare(document)
    return read_document(document, model)


def read_text(text: str, name: str, model: type[M], overrides: Sequence[str] = ()) -> M:
    """Read a spec from its text; `name` stands for the file in errors.

    Raises:
        SpecError: as for `read`.
    """
    return read_document(document_of(text, name, overrides), model)


def document_of(text: str, name: str, overrides: Sequence[str]) -> Document:
    """The plain values of a spec's text, with the overrides applied.

    Raises:
        SpecError: it is no YAML.
    """
    text = text.removeprefix("\N{BYTE ORDER MARK}")
    return overridden(parse(text, TextSource(name, tuple(text.splitlines()))), overrides)


def read_document(document: Document, model: type[M]) -> M:
    """The plain values as a `model`.

    Raises:
        SpecError: listing all faults of their form and of the values.
    """
    value, faults = validated(document, model)
    located = [*document.faults, *new_faults(document, faults)]
    if value is None or located:
        raise spec_error(located)
    return value


def validated(document: Document, model: type[M]) -> tuple[M | None, tuple[Fault, ...]]:
    """The document as a `model`, and the faults found by the schema and by the model's cross-check."""
    raw = document.value
    if raw is None:
        return None, (Fault((), "an empty document", wanted(Slot(model))),)
    value, faults = by_schema(raw, model)
    known = {fault.path for fault in faults}
    return value, (*faults, *(fault for fault in cross_checked(raw, model) if fault.path not in known))


def by_schema(raw: Any, model: type[M]) -> tuple[M | None, tuple[Fault, ...]]:
    """The plain values as a `model`, or else the complaints of the schema."""
    try:
        return model.model_validate(raw), ()
    except ValidationError as error:
        return None, violations(error, model, raw)


def cross_checked(raw: Any, model: type[Model]) -> Iterable[Fault]:
    """The faults that the model's own `cross_check`, if it has one, finds in plain values."""
    return model.cross_check(raw) if isinstance(model, CrossChecked) and isinstance(raw, Mapping) else ()


def new_faults(document: Document, faults: Iterable[Fault]) -> Iterator[Located]:
    """The faults with their places, without those at places where the form of the document is already wrong."""
    known = {(located.place, located.fault.path) for located in document.faults}
    located = (document.locate(fault) for fault in faults)
    return (new for new in located if (new.place, new.fault.path) not in known)
