"""Faults of networks and subspaces that refer to one another: names, circles, trainings, comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from lossgeo.documents.faults import Fault, listed
from lossgeo.documents.loader import by_schema
from lossgeo.documents.places import Path
from lossgeo.documents.suggestions import quoted_nearest
from lossgeo.networks.made_of import MadeOf, Surroundings, first_independent, references
from lossgeo.spec.sweep import plain
from lossgeo.variant import merged

NETWORKS, SUBSPACES = "networks", "subspaces"


@dataclass(frozen=True)
class Entries:
    """The valid entries of a spec's sections, and the names of all entries.

    Args:
        networks: by name.
        subspaces: entries by name; one may stand for several subspaces.
        families: subspaces by name.
        groups: names of subspaces, each with the entry that it belongs to.
        network_names, subspace_names: those of invalid entries too.
        point: what a network is as a subspace.
    """

    networks: Mapping[str, MadeOf]
    subspaces: Mapping[str, MadeOf]
    families: Mapping[str, Any]
    groups: tuple[tuple[str, str], ...]
    network_names: tuple[str, ...]
    subspace_names: tuple[str, ...]
    point: Any

    @property
    def named(self) -> dict[str, MadeOf]:
        """All networks and subspaces by name."""
        return {**self.networks, **self.families}

    @property
    def subjects(self) -> dict[str, Any]:
        """The subspaces and then the networks, as points, by name."""
        return {**self.families, **dict.fromkeys(self.networks, self.point)}

    @property
    def entries(self) -> tuple[str, ...]:
        """The names of all entries, subspaces first."""
        return (*self.subspace_names, *self.network_names)

    @property
    def names_of_families(self) -> tuple[str, ...]:
        """Names of subspaces: those that an entry stands for, and of entries that are not valid."""
        return (*self.families, *(name for name in self.subspace_names if name not in self.subspaces))

    @property
    def are_all_valid(self) -> bool:
        """Whether every entry of the spec is valid."""
        return len(self.networks) == len(self.network_names) and len(self.subspaces) == len(self.subspace_names)

    def places(self) -> Iterator[tuple[Path, MadeOf]]:
        """Every entry, and every network that is written within one, with its path."""
        for section, entries in ((NETWORKS, self.networks), (SUBSPACES, self.subspaces)):
            for name, entry in entries.items():
                yield from _within((section, name), entry)


def _within(path: Path, entry: MadeOf) -> Iterator[tuple[Path, MadeOf]]:
    yield path, entry
    for found in references(entry):
        if not isinstance(found.to, str):
            yield from _within((*path, *found.path), found.to)


def reference_faults(entries: Entries) -> list[Fault]:
    """Faults of names that stand for nothing or for two things, and of circles; the first kind alone, if any."""
    found = [*_repeated_names(entries), *_undefined(entries)]
    return found or list(_circles(entries))


def _repeated_names(entries: Entries) -> Iterator[Fault]:
    for name in dict.fromkeys((*entries.subspace_names, *entries.families)):
        if name in entries.network_names and name in entries.subspace_names:
            yield Fault((SUBSPACES, name), repr(name), "another name: a network of this spec has it", at_key=True)
    for name, entry in entries.groups:
        if name != entry and name in (*entries.subspace_names, *entries.network_names):
            section = SUBSPACES if name in entries.subspace_names else NETWORKS
            expected = f"another name: {entry!r} stands for {name!r} among others, one for each split epoch"
            yield Fault((section, name), repr(name), expected)


def _undefined(entries: Entries) -> Iterator[Fault]:
    for path, entry in entries.places():
        for found in references(entry):
            if isinstance(found.to, str):
                names = entries.names_of_families if found.is_to_subspace else entries.network_names
                if found.to not in names:
                    what = "subspace" if found.is_to_subspace else "network"
                    yield _unknown((*path, *found.path), found.to, what, names, entries)


def _unknown(path: Path, name: str, what: str, names: tuple[str, ...], entries: Entries) -> Fault:
    expected = f"a {what} of this spec ({listed(names)})" if names else f"a {what}, of which this spec names none"
    if what == "network" and name in entries.subspace_names:
        expected += f"; a corner of that subspace is {{kind: end, subspace: {name}}}"
    return Fault(path, repr(name), expected, quoted_nearest(name, names))


def _circles(entries: Entries) -> Iterator[Fault]:
    if not any(isinstance(found.to, str) for _, entry in entries.places() for found in references(entry)):
        return  # what has no names in it leads nowhere
    graph = {name: _names_in(entry) for name, entry in entries.named.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(error.args[1])[::-1]
        first = next((name for name in circle if name in entries.networks), circle[0])
        section = NETWORKS if first in entries.networks else SUBSPACES
        yield Fault((section, first), f"the circle {' → '.join(circle)}", "something that is not made of itself")


def _names_in(entry: MadeOf) -> set[str]:
    found: set[str] = set(entry.subspaces)
    for source in entry.sources:
        found |= {source} if isinstance(source, str) else _names_in(source)
    return found


def change_faults(entries: Entries, training: Any) -> Iterator[Fault]:
    """Faults of changes that the study's training does not accept."""
    for path, entry in entries.places():
        if entry.changes:
            _, faults = by_schema(merged(plain(training), entry.changes), type(training))
            for fault in faults:
                place = (*path, "training", *fault.path)
                yield Fault(place, fault.got, fault.expected, fault.suggestion, fault.at_key)


def own_faults(entries: Entries, surroundings: Surroundings) -> Iterator[Fault]:
    """Faults that networks and subspaces find in their own options beside the rest of the study."""
    for path, entry in entries.places():
        for refusal in entry.refusals(surroundings):
            yield Fault((*path, *refusal.path), refusal.got, refusal.expected)


def falling_rates(entries: Entries, training: Any) -> Iterator[Fault]:
    """The fault of a schedule that ends with the training, where the training has no end."""
    if training.schedule == "constant":
        return
    for section, found in ((NETWORKS, entries.networks), (SUBSPACES, entries.families)):
        for name, entry in found.items():
            if _needs_constant_rate(entry, entries.named):
                expected = f"constant, because the training that {section}.{name} is made of has no last epoch"
                yield Fault(("training", "schedule"), repr(training.schedule), expected)
                return


def _needs_constant_rate(entry: MadeOf | str, named: Mapping[str, MadeOf]) -> bool:
    made = named[entry] if isinstance(entry, str) else entry
    return made.needs_constant_rate or any(_needs_constant_rate(other, named) for other in made.sources)


def comparison_faults(asked: Iterable[tuple[int, str]], entries: Entries) -> Iterator[Fault]:
    """Faults of analyses that need an independent network, by number, where a subspace has none."""
    for i, subspace in asked:
        if first_independent(subspace, entries.networks, entries.named) is None:
            expected = (
                f"a network that it is not made of, beside {listed(entries.network_names)}: name one under networks, "
                f"or choose other subspaces with of"
            )
            yield Fault(("analyses", i), f"the subspace {subspace!r} with nothing to compare it with", expected)
