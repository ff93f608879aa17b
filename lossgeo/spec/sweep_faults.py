"""Faults of a sweep, found before anything is computed and located at its entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

from lossgeo.documents.faults import Fault, describe
from lossgeo.documents.loader import by_schema, cross_checked
from lossgeo.documents.overrides import UnreachableError
from lossgeo.documents.places import KeyPath, dotted
from lossgeo.documents.slots import TAG
from lossgeo.spec.draft import ANALYSES, Draft
from lossgeo.spec.draft import SWEEP as KEY
from lossgeo.spec.sweep import ALWAYS_BASE, Value, Values, described, followed, replaced
from lossgeo.variant import Model

MOST = 1000  # combinations
FIXED = ("title", "description", "plugins", "seeds", *ALWAYS_BASE)
FIXED_OF_ANALYSES = ("name", "title", "of", "swept")


def sweep_faults(draft: Draft) -> Iterator[Fault]:
    """Faults of the sweep of a spec; paths into a faulty part are checked as far as that is possible."""
    if not draft.sweep:
        return
    base = Base(draft.plain, draft.model)
    found = [fault for path, values in draft.sweep.items() for fault in _faults_of(path, values, draft, base)]
    total = prod(len(values) for values in draft.sweep.values())
    if total > MOST:
        found.append(Fault((KEY,), f"{total:,} combinations of its values", f"at most {MOST:,}"))
    yield from found
    if not found and all(draft.is_valid_at(path.split(".")) for path in draft.sweep):
        yield from _faults_of_combinations(draft.sweep, base)


@dataclass(frozen=True)
class Base:
    """A spec without its sweep, into which values are put.

    Args:
        raw: the plain values.
        model: model that they are to become.
    """

    raw: Mapping[str, Any]
    model: type[Model]

    @cached_property
    def faults(self) -> frozenset[Fault]:
        """Faults of the spec without any swept value."""
        return frozenset(self.faults_with({}))

    def new_faults(self, values: Values) -> list[Fault]:
        """Faults that the spec has with the values and not without them."""
        return [fault for fault in self.faults_with(values) if fault not in self.faults]

    def faults_with(self, values: Values) -> list[Fault]:
        """Faults of the spec with the values."""
        raw = replaced(self.raw, values)
        _, faults = by_schema(raw, self.model)
        return [*faults, *cross_checked(raw, self.model)]


def _faults_of(path: str, values: tuple[Value, ...], draft: Draft, base: Base) -> Iterator[Fault]:
    """Faults of one path and its values."""
    refused = _refused(path)
    if refused is not None:
        yield refused
        return
    repeated = list(_repeated(path, values))
    yield from repeated
    if not draft.is_valid_at(path.split(".")):
        return
    try:
        place, there = followed(draft.plain, path)
    except UnreachableError as error:
        fault = error.fault
        yield Fault((KEY, path), fault.got, fault.expected, fault.suggestion, at_key=True)
        return
    if isinstance(there, Mapping | tuple):
        yield Fault((KEY, path), f"the path of {describe(there)}", "that of a single value", at_key=True)
    elif place[0] == ANALYSES and not draft.analyses[int(place[1])].swept:
        expected = "an option of an analysis that is swept (`swept: true`)"
        yield Fault((KEY, path), "the path of an option of one that is not", expected, at_key=True)
    else:
        known = {fault.path for fault in repeated}
        yield from (fault for fault in _unfit(path, place, values, base) if fault.path not in known)


def _refused(path: str) -> Fault | None:
    """The fault of a path to what no sweep may change."""
    steps = path.split(".")
    if steps[-1] == TAG:
        expected = "an option other than a kind, which decides on the options there are"
        return Fault((KEY, path), "the path of a kind", expected, at_key=True)
    is_device = steps[0] == "numerics" and steps[1:2] != ["precision"]
    is_of_analysis = steps[0] == "analyses" and steps[2:3] and steps[2] in FIXED_OF_ANALYSES
    is_fixed = is_device or is_of_analysis or steps[0] in FIXED
    expected = "the path of an option that results depend on"
    return Fault((KEY, path), "the path of what a whole report has once", expected, at_key=True) if is_fixed else None


def _repeated(path: str, values: tuple[Value, ...]) -> Iterator[Fault]:
    known = [(isinstance(value, bool), value) for value in values]
    for i, value in enumerate(known):
        if value in known[:i]:
            yield Fault((KEY, path, i), f"{describe(values[i])} again", "a value that is not in the list already")


def _unfit(path: str, place: KeyPath, values: tuple[Value, ...], base: Base) -> Iterator[Fault]:
    """The values that are not valid at `place`, whatever stands elsewhere."""
    for i, value in enumerate(values):
        for fault in base.new_faults({path: value}):
            if fault.path == place:
                yield Fault((KEY, path, i), fault.got, fault.expected, fault.suggestion)


def _faults_of_combinations(sweep: Mapping[str, tuple[Value, ...]], base: Base) -> Iterator[Fault]:
    """The fault of the first combination that is not valid though each value of it is."""
    for combination in product(*sweep.values()):
        values = dict(zip(sweep, combination, strict=True))
        for fault in base.new_faults(values):
            got = f"{described(values)}, with which {dotted(fault.path)} is {fault.got}"
            yield Fault((KEY,), got, fault.expected)
            return
