"""Faults of the choice of subspaces and networks that an analysis is of."""

from __future__ import annotations

from collections.abc import Iterator

from lossgeo.analyses.base import Analysis
from lossgeo.documents.faults import Fault
from lossgeo.documents.places import KeyPath
from lossgeo.documents.suggestions import quoted_nearest
from lossgeo.families.point import Point
from lossgeo.spec.draft import NETWORKS, SUBSPACES, Draft

NOT_CHOSEN = "choose others with `of`"


def subject_faults(path: KeyPath, analysis: Analysis, draft: Draft) -> Iterator[Fault]:
    """Faults of names that are not there, of subjects that do not fit, and of analyses that no subspace fits."""
    if not all(map(draft.has_entries, (NETWORKS, SUBSPACES))):
        return
    names = (*draft.names(SUBSPACES), *draft.names(NETWORKS))
    for i, name in enumerate(analysis.of):
        if name in names:
            yield from _unfit((*path, "of", i), name, analysis, draft)
        else:
            expected = f"a subspace or a network of this spec ({', '.join(names)})"
            yield Fault((*path, "of", i), repr(name), expected, quoted_nearest(name, names))
    if draft.are_all_valid and all(name in names for name in analysis.of):
        yield from _of_nothing(path, analysis, draft)
        yield from _together(path, analysis, draft)


def _unfit(path: KeyPath, name: str, analysis: Analysis, draft: Draft) -> Iterator[Fault]:
    if name in draft.networks:
        needed = analysis.needs(Point())
        if needed is not None:
            yield Fault(path, f"the network {name!r}", f"{needed}; {NOT_CHOSEN}")
    else:
        for needed in dict.fromkeys(_unmet(analysis, name, draft)):
            yield Fault(path, f"the subspace {name!r}", f"{needed}; {NOT_CHOSEN}")


def _of_nothing(path: KeyPath, analysis: Analysis, draft: Draft) -> Iterator[Fault]:
    if analysis.of or draft.targets(analysis):
        return
    unmet = [needed for name in draft.subspaces for needed in _unmet(analysis, name, draft)]
    if unmet:
        names = ", ".join(map(repr, draft.subspaces))
        yield Fault(path, f"only {names} to be of", f"{unmet[0]}; add one to the subspaces")


def _together(path: KeyPath, analysis: Analysis, draft: Draft) -> Iterator[Fault]:
    names = draft.targets(analysis)
    needed = analysis.needs_of_all([draft.subjects[name] for name in names])
    if needed is not None:
        yield Fault((*path, "of") if analysis.of else path, f"{', '.join(map(repr, names)) or 'nothing'}", needed)


def _unmet(analysis: Analysis, entry: str, draft: Draft) -> list[str]:
    """Words for what the subspaces of an entry would have to be."""
    own = [draft.families[name] for name, group in draft.groups.items() if group == entry]
    return [needed for needed in map(analysis.needs, own) if needed is not None]
