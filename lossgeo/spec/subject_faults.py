"""What analyses are of, by name, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lossgeo.documents.faults import Fault
from lossgeo.documents.suggestions import quoted_nearest
from lossgeo.spec.made_of_faults import Entries

NOT_CHOSEN = "choose others with `of`"


def targets(analysis: Any, groups: Mapping[str, str], subjects: Mapping[str, Any]) -> list[str]:
    """Names of the subspaces and networks that an analysis is of, in the order of the spec.

    Args:
        analysis: of a spec.
        groups: name of a subspace → the entry that it belongs to.
        subjects: subspaces and networks by name, as families.
    """
    if analysis.of:
        return [name for name in subjects if groups.get(name, name) in analysis.of]
    names = subjects if analysis.of_networks else groups
    return [name for name in names if analysis.needs(subjects[name]) is None]


def subject_faults(analyses: Iterable[tuple[int, Any]], entries: Entries) -> Iterator[Fault]:
    """Names that are not there, subjects that an analysis cannot be of, and analyses that can be of no subspace."""
    for place, analysis in analyses:
        for i, name in enumerate(analysis.of):
            yield from _chosen(("analyses", place, "of", i), name, analysis, entries)
        if entries.are_all_valid and all(name in entries.entries for name in analysis.of):
            yield from _of_nothing(("analyses", place), analysis, entries)
            yield from _together(("analyses", place), analysis, entries)


def _chosen(path: tuple[str | int, ...], name: str, analysis: Any, entries: Entries) -> Iterator[Fault]:
    names = entries.entries
    if name not in names:
        expected = f"a subspace or a network of this spec ({', '.join(names)})"
        yield Fault(path, repr(name), expected, quoted_nearest(name, names))
    elif name in entries.networks:
        needed = analysis.needs(entries.point)
        if needed is not None:
            yield Fault(path, f"the network {name!r}", f"{needed}; {NOT_CHOSEN}")
    else:
        for needed in dict.fromkeys(_unmet(analysis, name, entries)):
            yield Fault(path, f"the subspace {name!r}", f"{needed}; {NOT_CHOSEN}")


def _of_nothing(path: tuple[str | int, ...], analysis: Any, entries: Entries) -> Iterator[Fault]:
    unmet = [needed for name in entries.subspaces for needed in _unmet(analysis, name, entries)]
    if not analysis.of and unmet and not targets(analysis, dict(entries.groups), entries.subjects):
        names = ", ".join(map(repr, entries.subspaces))
        yield Fault(path, f"only {names} to be of", f"{unmet[0]}; add one to the subspaces")


def _together(path: tuple[str | int, ...], analysis: Any, entries: Entries) -> Iterator[Fault]:
    names = targets(analysis, dict(entries.groups), entries.subjects)
    needed = analysis.needs_of_all([entries.subjects[name] for name in names])
    if needed is not None:
        yield Fault((*path, "of") if analysis.of else path, f"{', '.join(map(repr, names)) or 'nothing'}", needed)


def _unmet(analysis: Any, entry: str, entries: Entries) -> list[str]:
    """What the subspaces of an entry are not."""
    own = [entries.families[name] for name, group in entries.groups if group == entry]
    return [needed for needed in map(analysis.needs, own) if needed is not None]
