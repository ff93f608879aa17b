"""Faults of analyses beside the rest of a spec: names, subspaces, sizes, and comparisons."""

from __future__ import annotations

from collections.abc import Iterator

from lossgeo.analyses.base import Analysis
from lossgeo.documents.faults import Fault, listed
from lossgeo.documents.places import KeyPath
from lossgeo.documents.slots import TAG
from lossgeo.networks.made_of import as_far_as_known, first_independent
from lossgeo.spec.claim import RESERVED
from lossgeo.spec.draft import ANALYSES, NETWORKS, SWEEP, Draft
from lossgeo.spec.subject_faults import subject_faults


def analysis_faults(draft: Draft) -> Iterator[Fault]:
    """Faults of the analyses of a draft, and of their names."""
    yield from _names(draft)
    for place, analysis in draft.analyses.items():
        path: KeyPath = (ANALYSES, place)
        yield from _undefined_for_the_task(path, analysis, draft)
        yield from subject_faults(path, analysis, draft)
        yield from (fault.within(path) for fault in as_far_as_known(analysis.faults(draft.surroundings)))
        for name in draft.targets(analysis):
            yield from _uncompared(path, analysis, name, draft)


def _names(draft: Draft) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, name in draft.called.values():
        if name in RESERVED:
            yield Fault(path, repr(name), f"another name: a report has a table {name!r} of its own")
        if name == SWEEP and draft.names(SWEEP):
            yield Fault(path, repr(SWEEP), "another name: tables/sweep.csv is that of the sweep")
        if name in seen:
            yield Fault(path, f"{name!r} again", "a name that no analysis before it has; it heads its tables")
        seen.add(name)


def _undefined_for_the_task(path: KeyPath, analysis: Analysis, draft: Draft) -> Iterator[Fault]:
    """The fault of an analysis of what the loss does not have: right and wrong answers, examples."""
    data = draft.measured_on
    if data is not None and (reason := analysis.undefined_for(data.task)) is not None:
        what = f"the data set {data.kind!r}" if data is draft.dataset else f"the problem {data.kind!r}"
        expected = f"an analysis that is defined for {what}: {reason}"
        yield Fault((*path, TAG), repr(analysis.kind), expected)


def _uncompared(path: KeyPath, analysis: Analysis, name: str, draft: Draft) -> Iterator[Fault]:
    """The fault of a subspace that the analysis has nothing to compare with."""
    if draft.networks and analysis.comparison(draft.subjects[name]) == "required":
        yield from (_nothing_beside(path, name, draft) for _ in as_far_as_known(_without_comparison(name, draft)))


def _without_comparison(name: str, draft: Draft) -> Iterator[str]:
    """The name of a subspace, if no network is independent of it."""
    if first_independent(name, draft.names(NETWORKS), draft.surroundings.named) is None:
        yield name


def _nothing_beside(path: KeyPath, name: str, draft: Draft) -> Fault:
    expected = (
        f"a network that it is not made of, beside {listed(draft.names(NETWORKS))}: name one under networks, "
        f"or choose other subspaces with of"
    )
    return Fault(path, f"the subspace {name!r} with nothing to compare it with", expected)
