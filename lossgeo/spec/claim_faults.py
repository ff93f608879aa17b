"""Faults of claims beside the rest of a spec: tables, columns, and values that no row can have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose

from lossgeo.analyses.base import Analysis
from lossgeo.documents.faults import Fault, describe, listed
from lossgeo.documents.places import KeyPath
from lossgeo.documents.suggestions import quoted_nearest
from lossgeo.measures.record import Values
from lossgeo.networks.base import Network, of_kind
from lossgeo.networks.made_of import MadeOf
from lossgeo.spec.claim import (
    COLUMNS_OF_STUDY,
    COLUMNS_OF_TRAINING,
    OWN_TABLES,
    STUDY,
    TRAINING,
    Claim,
    Scalar,
    Selection,
    is_defined,
)
from lossgeo.spec.draft import ANALYSES, CLAIMS, NETWORKS, Draft

SUBSPACE, SEED, SPLIT_EPOCH = "subspace", "seed", "split_epoch"
ROUNDING = 1e-9
"""Relative; a spec says 0.3 where a grid has 0.30000000000000004."""
MOST_LISTED = 12

Group = Mapping[str, Values]
"""Column → values that it can have in the rows of one subspace."""


@dataclass(frozen=True)
class Table:
    """A table before anything is computed.

    Args:
        name: of an analysis, or of a table that every study has.
        groups: its rows, in groups that have the same columns.
        is_whole: whether all its rows are among them; some may belong to subspaces that are faulty.
    """

    name: str
    groups: tuple[Group, ...]
    is_whole: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all groups."""
        return tuple(dict.fromkeys(column for group in self.groups for column in group))


def claim_faults(draft: Draft) -> Iterator[Fault]:
    """Faults of the valid claims of a draft."""
    names = tuple(dict.fromkeys((*(name for _, name in draft.called.values()), *OWN_TABLES)))
    tables = {table.name: table for table in _tables(draft)} if draft.claims else {}
    for place, claim in draft.claims.items():
        for path, selection in _selections(claim):
            at: KeyPath = (CLAIMS, place, *path)
            if selection.table not in names and draft.has_entries(ANALYSES):
                expected = f"an analysis of this spec or a table of every study ({listed(names)})"
                yield Fault((*at, "table"), repr(selection.table), expected, quoted_nearest(selection.table, names))
            elif selection.table in tables:
                yield from (fault.within(at) for fault in _faults_of(selection, tables[selection.table]))


def _selections(claim: Claim) -> Iterator[tuple[KeyPath, Selection]]:
    """The claim, and its second operand with all that it takes over from it."""
    yield (), claim
    if claim.second is not None:
        yield ("minus" if claim.minus is not None else "over",), claim.second


def _faults_of(selection: Selection, table: Table) -> Iterator[Fault]:
    left = table.groups
    for column in selection.where:
        if column not in table.columns:
            yield _no_column(("where", column), column, table)
            continue
        wanted = selection.values(column)
        for value in wanted if table.is_whole else ():
            if not any(_can_be(group, column, (value,)) for group in left):
                yield _never(column, value, left, table)
        left = tuple(group for group in left if not wanted or _can_be(group, column, wanted)) or left
    if selection.column not in table.columns:
        yield _no_column(("column",), selection.column, table)
    elif all(_is_worded(group.get(selection.column)) for group in left):
        expected = "a column of numbers; this one has words, and can be filtered by"
        yield Fault(("column",), repr(selection.column), expected)


def _no_column(path: KeyPath, column: str, table: Table) -> Fault:
    expected = f"a column of {table.name} ({listed(table.columns)})"
    return Fault(path, repr(column), expected, quoted_nearest(column, table.columns), at_key=path[0] == "where")


def _never(column: str, value: Scalar, left: Sequence[Group], table: Table) -> Fault:
    there = list(dict.fromkeys(one for group in left for one in group.get(column) or ()))
    words = [one for one in there if isinstance(one, str)]
    more = f" and {len(there) - MOST_LISTED} more" if len(there) > MOST_LISTED else ""
    expected = f"what {column} can be in {table.name}: {', '.join(map(describe, there[:MOST_LISTED]))}{more}"
    return Fault(("where", column), describe(value), expected, quoted_nearest(value, words))


def _can_be(group: Group, column: str, wanted: Iterable[Scalar]) -> bool:
    """Whether a row of the group can have one of the values."""
    if column not in group:
        return False
    values = group[column]
    return values is None or any(_is_among(value, values) for value in wanted)


def _is_among(value: Scalar, values: Sequence[Scalar]) -> bool:
    if isinstance(value, str | bool):
        return any(value == one and isinstance(one, bool) == isinstance(value, bool) for one in values)
    if isinstance(values, range):
        return float(value).is_integer() and int(value) in values
    return any(not isinstance(one, str | bool) and isclose(value, one, rel_tol=ROUNDING) for one in values)


def _is_worded(values: Values) -> bool:
    return bool(values) and all(isinstance(one, str) for one in values or ())


def _tables(draft: Draft) -> Iterator[Table]:
    """The tables whose columns are known, without columns that mean nothing for the loss."""
    data = draft.measured_on
    if data is None:
        return
    for table in _declared(draft):
        defined = ({name: one for name, one in group.items() if is_defined(name, data.task)} for group in table.groups)
        yield replace(table, groups=tuple(defined))


def _declared(draft: Draft) -> Iterator[Table]:
    yield Table(STUDY, (dict.fromkeys(COLUMNS_OF_STUDY),))
    training: Group = {SUBSPACE: tuple(_names_of_trainings(draft)), SEED: tuple(draft.seeds.values())}
    yield Table(TRAINING, ({**dict.fromkeys(COLUMNS_OF_TRAINING), **training},), draft.are_all_valid)
    for analysis in draft.analyses.values():
        groups = tuple(_group(analysis, name, draft) for name in draft.targets(analysis))
        if groups and all(groups):
            yield Table(analysis.called, groups, draft.are_all_valid)


def _group(analysis: Analysis, name: str, draft: Draft) -> Group:
    """The columns of the rows of one subspace; none if the analysis does not declare them."""
    family = draft.subjects[name]
    columns = analysis.columns(family)
    if not columns:
        return {}
    across = analysis.columns_across if len(draft.seeds) > 1 else ()
    split = {} if family.split_epoch is None else {SPLIT_EPOCH: (family.split_epoch,)}
    return {SUBSPACE: (name,), SEED: tuple(draft.seeds.values()), **split, **columns, **dict.fromkeys(across)}


def _names_of_trainings(draft: Draft) -> Iterator[str]:
    """Names that trainings may have: those of the spec, and what stands for networks without a name."""
    for name, network in draft.networks.items():
        yield from (name, network.listing(name, 0).name)
    for name, entry in draft.named.items():
        yield name
        for source in _unnamed(entry):
            yield from (source.listing(owner, 0).name for owner in (name, f"network of {name}"))
    if not draft.names(NETWORKS):
        yield of_kind("trained").listing(TRAINING, 0).name


def _unnamed(entry: MadeOf) -> Iterator[Network]:
    """Networks without a name that something is made of, however far down."""
    for source in entry.unnamed_sources:
        yield source
        yield from _unnamed(source)
