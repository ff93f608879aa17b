"""Faults of a sweep, found before anything is computed and located at its entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, TypeVar

from lossgeo.documents.faults import Fault, describe
from lossgeo.documents.loader import by_schema, cross_checked
from lossgeo.documents.overrides import UnreachableError
from lossgeo.documents.places import Path, dotted
from lossgeo.documents.slots import TAG
from lossgeo.spec.analysis_names import analysis_names
from lossgeo.spec.sweep import ALWAYS_BASE, Value, Values, described, followed, plain, replaced
from lossgeo.variant import Model

M = TypeVar("M", bound=Model)

KEY = "sweep"
MOST = 1000  # combinations
FIXED = ("title", "description", "plugins", "seeds", *ALWAYS_BASE)
FIXED_OF_ANALYSES = ("name", "title", "of", "swept")


def sweep_faults(raw: Mapping[str, Any], model: type[Model]) -> Iterator[Fault]:
    """Faults of the sweep of a spec; some are found only once the rest of the spec is valid."""
    sweep = _well_formed(raw.get(KEY))
    if not sweep:
        return
    base = _base(raw, model)
    found = [fault for path, values in sweep.items() for fault in _faults_of(path, values, base)]
    total = prod(len(values) for values in sweep.values())
    if total > MOST:
        found.append(Fault((KEY,), f"{total:,} combinations of its values", f"at most {MOST:,}"))
    yield from found
    yield from _taken_names(raw.get("analyses"))
    if base is not None and not found:
        yield from _faults_of_combinations(sweep, base)


def _taken_names(analyses: Any) -> Iterator[Fault]:
    """Faults of analyses whose files would be those of the sweep."""
    for path, name in analysis_names(analyses):
        if name == KEY:
            yield Fault(path, repr(KEY), "another name: tables/sweep.csv is that of the sweep")


def _well_formed(sweep: Any) -> dict[str, tuple[Value, ...]]:
    """The entries that the schema accepts."""
    pairs = sweep.items() if isinstance(sweep, Mapping) else ()
    return {path: values for path, values in pairs if isinstance(values, tuple) and values and _are_scalars(values)}


def _are_scalars(values: tuple[Any, ...]) -> bool:
    return all(isinstance(value, Value) for value in values)


def _base(raw: Mapping[str, Any], model: type[M]) -> M | None:
    """The model of the rest of the spec; None if it is faulty."""
    rest = {key: value for key, value in raw.items() if key not in ALWAYS_BASE}
    base, _ = by_schema(rest, model)
    return None if list(cross_checked(rest, model)) else base


def _faults_of(path: str, values: tuple[Value, ...], base: Model | None) -> Iterator[Fault]:
    """Faults of one path and its values."""
    refused = _refused(path)
    if refused is not None:
        yield refused
        return
    repeated = list(_repeated(path, values))
    yield from repeated
    if base is None:
        return
    try:
        place, there = followed(plain(base), path)
    except UnreachableError as error:
        fault = error.fault
        yield Fault((KEY, path), fault.got, fault.expected, fault.suggestion, at_key=True)
        return
    if isinstance(there, Mapping | tuple):
        yield Fault((KEY, path), f"the path of {describe(there)}", "that of a single value", at_key=True)
    elif _is_unswept(plain(base), place):
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
    is_fixed = steps[0] in FIXED or (steps[0] == "analyses" and steps[2:3] and steps[2] in FIXED_OF_ANALYSES)
    expected = "the path of an option that results depend on"
    return Fault((KEY, path), "the path of what a whole report has once", expected, at_key=True) if is_fixed else None


def _repeated(path: str, values: tuple[Value, ...]) -> Iterator[Fault]:
    known = [(isinstance(value, bool), value) for value in values]
    for i, value in enumerate(known):
        if value in known[:i]:
            yield Fault((KEY, path, i), f"{describe(values[i])} again", "a value that is not in the list already")


def _is_unswept(raw: Mapping[str, Any], place: Path) -> bool:
    """Whether `place` lies in an analysis that is not repeated by the sweep."""
    return place[0] == "analyses" and not raw["analyses"][place[1]]["swept"]


def _unfit(path: str, place: Path, values: tuple[Value, ...], base: Model) -> Iterator[Fault]:
    """The values that are not valid at `place`, whatever stands elsewhere."""
    for i, value in enumerate(values):
        for fault in _faults_with(base, {path: value}):
            if fault.path == place:
                yield Fault((KEY, path, i), fault.got, fault.expected, fault.suggestion)


def _faults_of_combinations(sweep: Mapping[str, tuple[Value, ...]], base: Model) -> Iterator[Fault]:
    """The fault of the first combination that is not valid though each value of it is."""
    for combination in product(*sweep.values()):
        values = dict(zip(sweep, combination, strict=True))
        for fault in _faults_with(base, values):
            got = f"{described(values)}, with which {dotted(fault.path)} is {fault.got}"
            yield Fault((KEY,), got, fault.expected)
            return


def _faults_with(base: Model, values: Values) -> list[Fault]:
    """Faults of `base` with the swept values."""
    raw = replaced(plain(base), values)
    _, faults = by_schema(raw, type(base))
    return [*faults, *cross_checked(raw, type(base))]
