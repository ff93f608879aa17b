"""Visits: following the location of a pydantic error through a spec and through its schema at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lossgeo.documents.places import KeyPath
from lossgeo.documents.slots import Slot
from lossgeo.variant import Model

KEY = "[key]"  # pydantic's mark of a fault in a key
ABSENT = object()


@dataclass(frozen=True)
class Visit:
    """A place at `path`: its value (`ABSENT` if there is none), the type expected there, and the visit around it.

    A visit to a key has the key as its value.
    """

    path: KeyPath
    value: Any
    slot: Slot
    around: Visit | None = None
    at_key: bool = False

    def step(self, step: str | int) -> Visit:
        """The visit of one key or index further inside."""
        slot = self.slot.inside(step, self.value)
        return Visit((*self.path, step), child(self.value, step), Slot(Any) if slot is None else slot, self)

    def to_key(self) -> Visit:
        """The visit of the key under which this value stands."""
        around = self.around or self
        return replace(self, value=self.path[-1], slot=around.slot.key, at_key=True)


def visit(model: type[Model], raw: Any, location: tuple[str | int, ...]) -> Visit:
    """The visit at the location of a pydantic error, which also names the kinds and union members on the way."""
    here = Visit((), raw, Slot(model))
    tagged = False
    for step in location:
        if step == KEY:
            return here.to_key()
        if not tagged and is_tag(step, here):
            tagged = len(here.slot.options) == 1
            continue
        here, tagged = here.step(step), False
    return here


def is_tag(step: str | int, here: Visit) -> bool:
    """Whether `step` names a member of the union at this place, not a part of the value."""
    options = here.slot.options
    if len(options) == 1:
        return bool(options[0].kinds)
    return child(here.value, step) is ABSENT


def child(value: Any, step: str | int) -> Any:
    """The value at key or index `step`; `ABSENT` if there is none."""
    if isinstance(value, Mapping):
        return value.get(step, ABSENT)
    if isinstance(value, tuple) and isinstance(step, int) and step < len(value):
        return value[step]
    return ABSENT
