"""Wording: the values that a slot accepts, described in the words of a spec's author.

Every fault of type, range or length at one place gets the same text, derived from the type that stands there, so that
an author learns the whole condition at once and not only the half that was checked first.
"""

from __future__ import annotations

from types import NoneType
from typing import Any

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen, MultipleOf

from lossgeo.documents.faults import listed
from lossgeo.documents.scalars import write_number
from lossgeo.documents.slots import Slot, choices, fields_of

NOUNS: dict[Any, tuple[str, str]] = {
    int: ("an integer", "integers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "values true or false"),
    str: ("a string", "strings"),
    NoneType: ("null", "nulls"),
}
BOUNDS = {
    Gt: ("gt", ">"),
    Ge: ("ge", "≥"),
    Lt: ("lt", "<"),
    Le: ("le", "≤"),
    MultipleOf: ("multiple_of", "a multiple of"),
}


def wanted(slot: Slot, *, plural: bool = False) -> str:
    """A description of the values that `slot` accepts.

    >>> wanted(Slot(float, (Gt(0),))), wanted(Slot(tuple[int, ...], (MinLen(1),)))
    ('a number > 0', 'a list of 1 or more integers')
    """
    if len(slot.members) > 1:
        return " or ".join(dict.fromkeys(wanted(member, plural=plural) for member in slot.members))
    if slot.model is not None:
        return mapping_of_model(slot, plural=plural)
    if slot.is_mapping:
        start = "mappings" if plural else "a mapping"
        return f"{start} of names to {wanted(slot.content, plural=True)}"
    if slot.is_list:
        return list_of(slot, plural=plural)
    if alternatives := choices(slot):
        return literal(alternatives, plural=plural)
    noun = NOUNS.get(slot.origin, ("a value", "values"))[plural]
    return noun + constraints(slot)


def literal(alternatives: tuple[Any, ...], *, plural: bool) -> str:
    """A description of the values of a `Literal`."""
    if len(alternatives) == 1:
        return repr(alternatives[0])
    return ("values out of " if plural else "one of ") + ", ".join(map(repr, alternatives))


def mapping_of_model(slot: Slot, *, plural: bool) -> str:
    """A description of a role by its kinds, or of another model by its keys."""
    start = "mappings" if plural else "a mapping"
    if slot.kinds:
        return f"{start} with a 'kind' out of {listed(slot.kinds)}"
    return f"{start} of {listed(fields_of(slot.model))}" if slot.model is not None else start


def list_of(slot: Slot, *, plural: bool) -> str:
    """A description of a list, with its length."""
    start = "lists" if plural else "a list"
    if slot.elements:
        return f"{start} of {len(slot.elements)}: " + ", ".join(wanted(element) for element in slot.elements)
    length = length_of(slot)
    return (
        f"{start} of {length} {wanted(slot.content, plural=True)}"
        if length
        else (f"{start} of {wanted(slot.content, plural=True)}")
    )


def constraints(slot: Slot) -> str:
    """A description of the bounds, length and pattern of a scalar, each after a space."""
    parts = [bound(constraint) for constraint in slot.constraints if type(constraint) in BOUNDS]
    text = " and ".join(parts)
    length = length_of(slot)
    of_length = f" of {length} characters" if length else ""
    return (f" {text}" if text else "") + of_length + matching(slot)


def matching(slot: Slot) -> str:
    """A description of the pattern of a string: the field's own description if it has one."""
    pattern = next((found for item in slot.constraints if (found := getattr(item, "pattern", None))), None)
    if pattern is None:
        return ""
    return f" ({slot.description})" if slot.description else f" matching {pattern!r}"


def bound(constraint: Any) -> str:
    """A description of one bound, such as ``> 0``."""
    attribute, symbol = BOUNDS[type(constraint)]
    return f"{symbol} {write_bound(getattr(constraint, attribute))}"


def write_bound(value: float) -> str:
    """The text of a bound without a needless ``.0``; a large power of two as a power.

    >>> write_bound(0.0), write_bound(0.5), write_bound(2**63)
    ('0', '0.5', '2^63')
    """
    if not float(value).is_integer():
        return write_number(value)
    whole = int(value)
    return f"2^{whole.bit_length() - 1}" if whole > 2**31 and whole.bit_count() == 1 else str(whole)


def length_of(slot: Slot) -> str:
    """A description of a length: ``3``, ``1 or more``, ``at most 3``, ``1 to 3``; empty if any length is accepted."""
    least = max((item.min_length for item in slot.constraints if isinstance(item, MinLen)), default=0)
    most = min((item.max_length for item in slot.constraints if isinstance(item, MaxLen)), default=None)
    if most is None:
        return f"{least} or more" if least else ""
    if least == most:
        return str(least)
    return f"{least} to {most}" if least else f"at most {most}"
