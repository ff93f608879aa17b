"""Violations: the errors of pydantic as faults of a spec."""

from __future__ import annotations

from itertools import chain
from types import GenericAlias
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from lossgeo.documents.document import parse
from lossgeo.documents.faults import Fault, describe, described_with_type, listed, one_of
from lossgeo.documents.places import KeyPath, TextSource
from lossgeo.documents.slots import TAG, choices, fields_of
from lossgeo.documents.suggestions import Counted, quoted_nearest, repairs
from lossgeo.documents.visits import ABSENT, Visit, child, visit
from lossgeo.documents.wording import wanted
from lossgeo.errors import SpecError
from lossgeo.variant import Model

NO_KEY = "no such key"
BUILT_IN = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error"}


def violations(error: ValidationError, model: type[Model], raw: Any) -> tuple[Fault, ...]:
    """One fault for every place that a pydantic `error` complains about, in its order.

    A missing key is left out where an unknown key beside it looks like its misspelling.
    """
    faults: dict[tuple[KeyPath, bool], Fault] = {}
    for details in error.errors(include_url=False, include_input=False):
        here = visit(model, raw, details["loc"])
        if not is_echo(details, here):
            fault = violation(details, here)
            faults.setdefault((fault.path, fault.at_key), fault)
    misspelt = {(fault.path[:-1], fault.suggestion) for fault in faults.values() if fault.at_key}
    return tuple(
        fault
        for fault in faults.values()
        if not fault.got.startswith(NO_KEY) or (fault.path[:-1], repr(fault.path[-1])) not in misspelt
    )


def is_echo(details: ErrorDetails, here: Visit) -> bool:
    """Whether a list is called too short only because pydantic does not count its faulty elements."""
    return details["type"] == "too_short" and len(here.value) >= details["ctx"]["min_length"]


def violation(details: ErrorDetails, here: Visit) -> Fault:
    """The fault that stands for one error of pydantic, at the place it leads to."""
    name = details["type"]
    if name == "extra_forbidden":
        return unknown_key(here)
    if here.value is ABSENT and here.around is not None:
        return missing_key(here) if isinstance(here.path[-1], str) else mismatch(here.around, name)
    if name in {"union_tag_invalid", "union_tag_not_found"}:
        return wrong_kind(here)
    if name in BUILT_IN:
        return mismatch(here, name)
    cause = details.get("ctx", {}).get("error", details["msg"])
    return Fault(here.path, came(here), str(cause), at_key=here.at_key)


def unknown_key(here: Visit) -> Fault:
    """The fault of a key that the model around it does not have."""
    keys = known_keys(here.around)
    expected = one_of(keys) if keys else "no key here"
    return Fault(here.path, "an unknown key", expected, quoted_nearest(here.path[-1], keys), at_key=True)


def known_keys(around: Visit | None) -> tuple[str, ...]:
    """The keys of the model at the place that `around` leads to."""
    if around is None:
        return ()
    models = [option.model_of(around.value) for option in around.slot.options]
    return tuple(key for model in models if model is not None for key in fields_of(model))


def missing_key(here: Visit) -> Fault:
    """The fault of a missing required key; it lists the keys that are there."""
    description = f" ({here.slot.description})" if here.slot.description else ""
    return Fault(here.path, absence(here.around), f"{wanted(here.slot)}{description}")


def absence(around: Visit | None) -> str:
    """A sentence saying that a key is missing, and which keys are there."""
    return f"{NO_KEY} among {listed(around.value)}" if around is not None and around.value else NO_KEY


def wrong_kind(here: Visit) -> Fault:
    """The fault of a variant whose `kind` is missing or not registered."""
    kinds = [kind for option in here.slot.options for kind in option.kinds]
    named = child(here.value, TAG)
    if named is ABSENT:
        return Fault((*here.path, TAG), absence(here), one_of(kinds))
    return Fault((*here.path, TAG), described_with_type(named), one_of(kinds), quoted_nearest(named, kinds))


def mismatch(here: Visit, name: str) -> Fault:
    """The fault of a value, or a key, of the wrong type, range, length or pattern."""
    return Fault(here.path, came(here, name), wanted(here.slot), repaired(here), here.at_key)


def came(here: Visit, name: str = "") -> str:
    """A description of the value that was found, with its type where the type is wrong."""
    if here.at_key:
        return f"the key {describe(here.value)}"
    return described_with_type(here.value) if name.endswith("_type") else describe(here.value)


def repaired(here: Visit) -> str | None:
    """The text of an acceptable value similar to the one that was found; `None` if there is none."""
    options = here.slot.options
    words = [choice for option in options for choice in choices(option) if isinstance(choice, str)]
    if (word := quoted_nearest(here.value, words)) is not None:
        return word
    # Inside a tuple, because pydantic would take a role on its own for a model and not for the union of its variants.
    alone: Any = GenericAlias(tuple, (here.slot.full,))
    adapter: TypeAdapter[Any] = TypeAdapter(alone)
    kinds = [kind for option in options for kind in option.kinds]
    marks = (mark for option in (here.slot, *options) for mark in option.constraints if isinstance(mark, Counted))
    counted = (text for mark in marks for text in mark.counted(here.value))
    return next((text for text in chain(counted, repairs(here.value, kinds)) if is_valid(adapter, text)), None)


def is_valid(adapter: TypeAdapter[Any], text: str) -> bool:
    """Whether the YAML `text` is an acceptable value for a tuple with one element."""
    try:
        adapter.validate_python((parse(text, TextSource("", ())).value,), strict=True)
    except (ValidationError, SpecError):
        return False
    return True
