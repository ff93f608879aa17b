"""Faults of networks and subspaces beside one another: names, circles, trainings and epochs."""

from __future__ import annotations

from collections.abc import Iterator

from lossgeo.documents.faults import Fault, listed
from lossgeo.documents.loader import by_schema
from lossgeo.documents.places import KeyPath
from lossgeo.documents.suggestions import quoted_nearest
from lossgeo.networks.made_of import MadeOf, Surroundings, as_far_as_known, references
from lossgeo.spec.draft import NETWORKS, SUBSPACES, Draft
from lossgeo.spec.sweep import plain
from lossgeo.training.options import Training
from lossgeo.variant import merged


def made_of_faults(draft: Draft) -> Iterator[Fault]:
    """Faults of names that stand for nothing or for two things, of circles, and those that variants find themselves."""
    yield from _repeated_names(draft)
    yield from _undefined(draft)
    yield from _circles(draft)
    for path, entry in draft.places():
        yield from (fault.within(path) for fault in as_far_as_known(entry.faults(draft.surroundings)))
        if draft.training is not None and entry.changes:
            yield from _changes(path, entry, draft.training, draft.surroundings)
    yield from _falling_rates(draft)


def _repeated_names(draft: Draft) -> Iterator[Fault]:
    networks, subspaces = draft.names(NETWORKS), draft.names(SUBSPACES)
    for name in subspaces:
        if name in networks:
            yield Fault((SUBSPACES, name), repr(name), "another name: a network of this spec has it", at_key=True)
    stands_for = [(name, entry) for entry, whole in draft.subspaces.items() for name in whole.expanded(entry)]
    for name, entry in stands_for:
        if name != entry and name in (*subspaces, *networks):
            section = SUBSPACES if name in subspaces else NETWORKS
            expected = f"another name: {entry!r} stands for {name!r} among others, one for each split epoch"
            yield Fault((section, name), repr(name), expected)


def _undefined(draft: Draft) -> Iterator[Fault]:
    for path, entry in draft.places():
        for found in references(entry):
            if isinstance(found.to, str) and draft.has_entries(SUBSPACES if found.is_to_subspace else NETWORKS):
                names = draft.names_of_families if found.is_to_subspace else draft.names(NETWORKS)
                if found.to not in names:
                    what = "subspace" if found.is_to_subspace else "network"
                    yield _unknown((*path, *found.path), found.to, what, names, draft)


def _unknown(path: KeyPath, name: str, what: str, names: tuple[str, ...], draft: Draft) -> Fault:
    expected = f"a {what} of this spec ({listed(names)})" if names else f"a {what}, of which this spec names none"
    if what == "network" and name in draft.names(SUBSPACES):
        expected += f"; a corner of that subspace is {{kind: end, subspace: {name}}}"
    return Fault(path, repr(name), expected, quoted_nearest(name, names))


def _circles(draft: Draft) -> Iterator[Fault]:
    for circle in draft.circles:
        first = next((name for name in circle if name in draft.networks), circle[0])
        section = NETWORKS if first in draft.networks else SUBSPACES
        yield Fault((section, first), f"the circle {' → '.join(circle)}", "something that is not made of itself")


def _changes(path: KeyPath, entry: MadeOf, training: Training, study: Surroundings) -> Iterator[Fault]:
    """Faults of changes that the study's training does not accept, and of the training that they make of it."""
    changed, faults = by_schema(merged(plain(training), entry.changes), Training)
    found = faults if changed is None else tuple(as_far_as_known(_new(changed, entry, study)))
    yield from (fault.within((*path, "training")) for fault in found)


def _new(changed: Training, entry: MadeOf, study: Surroundings) -> Iterator[Fault]:
    """Faults of a changed training that come from the changes, and not from the study."""
    if study.task.has_examples:
        yield from (fault for fault in changed.faults(study.sizes["train"]) if fault.path[0] in entry.changes)


def _falling_rates(draft: Draft) -> Iterator[Fault]:
    """The fault of a schedule that ends with the training, where the training has no end."""
    if draft.training is None or draft.training.schedule == "constant":
        return
    for section, found in ((NETWORKS, draft.networks), (SUBSPACES, draft.families)):
        for name in found:
            if any(as_far_as_known(_is_without_end(name, draft.surroundings))):
                expected = f"constant, because the training that {section}.{name} is made of has no last epoch"
                yield Fault(("training", "schedule"), repr(draft.training.schedule), expected)
                return


def _is_without_end(source: str | MadeOf, study: Surroundings) -> Iterator[bool]:
    """Whether the training of a source has no last epoch, and the same of all that it is made of."""
    made = study.entry(source)
    yield made.needs_constant_rate
    for other in made.sources:
        yield from _is_without_end(other, study)
