"""What networks and subspaces are made of, as data: references to other networks, by name or written in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from math import ceil
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from lossgeo.documents.faults import Fault
from lossgeo.landscape.task import Task
from lossgeo.training.options import Training
from lossgeo.variant import Model, Unkeyed, tupled

SHARED_TRAJECTORY = "shared trajectory"
"""The name of the training that all branches of a seed split off from."""


class OfNetworks(Unkeyed):
    """Marks a field that refers to networks: a name, a network, or a tuple of these; keys have what they stand for."""


class OfSubspace(Unkeyed):
    """Marks a field that is the name of a subspace."""


Changes = Annotated[
    dict[str, Any],
    Unkeyed(),
    AfterValidator(tupled),
    Field(description="changes to the study's training, such as {epochs: 5, optimizer: {lr: 0.01}}"),
]
"""Options of a training that replace those of the study."""


@dataclass(frozen=True)
class Reference:
    """An option of a network or subspace that refers to another one.

    Args:
        path: of the place, from the options inwards.
        to: what stands there: a name, or a network with options of its own.
        is_to_subspace: whether it is the name of a subspace, otherwise of a network.
    """

    path: tuple[str | int, ...]
    to: Any
    is_to_subspace: bool


V = TypeVar("V")


class Unknown(Exception):
    """The answer to a question about a part of a study that is itself faulty."""


class Known(dict[str, V]):
    """The valid parts of a study by name; a question about any other raises `Unknown`."""

    def __missing__(self, name: str) -> V:
        raise Unknown(name)


def as_far_as_known(answers: Iterator[V]) -> Iterator[V]:
    """The answers up to the first question that raises `Unknown`."""
    with suppress(Unknown):
        yield from answers


@dataclass(frozen=True)
class Surroundings:
    """The study around one of its parts, as far as it is valid; a question about the rest raises `Unknown`.

    Args:
        named: all valid networks and subspaces by name.
        sizes: how many examples each split of the data has.
        of_task: task of the networks; None if the data set is faulty.
        of_study: the training of the study; None if it is faulty.
    """

    named: Known[MadeOf]
    sizes: Known[int]
    of_task: Task | None
    of_study: Training | None

    @property
    def task(self) -> Task:
        """The task of the networks, or of the formula that the loss is."""
        return _known(self.of_task)

    @property
    def training(self) -> Training:
        """The training of the study."""
        return _known(self.of_study)

    def entry(self, source: str | MadeOf) -> MadeOf:
        """The network or subspace that a source stands for."""
        return self.named[source] if isinstance(source, str) else source

    def subspace(self, name: str) -> Any:
        """The family of a subspace."""
        return self.named[name]

    def steps_of_epoch(self, training: Training) -> int:
        """Number of steps in an epoch of a training; one on a formula of the weights."""
        return ceil(self.sizes["train"] / training.batch_size) if self.task.has_examples else 1

    def training_of(self, source: str | MadeOf) -> Training:
        """The training of a source, with its own changes."""
        try:
            return self.training.changed(self.entry(source).changes)
        except ValidationError as error:
            raise Unknown from error

    def identity(self, source: str | MadeOf) -> str:
        """A text that two sources share if and only if they stand for the same network, by whatever names."""
        entry: Any = self.entry(source)
        options = {name: value for name, value in entry if value is not entry.changes}
        for name, is_to_subspace in _referring(entry.__class__):
            if not is_to_subspace:
                options[name] = self._identities(options[name])
        return repr((options, self.training_of(entry) if entry.has_epochs else None))

    def _identities(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self.identity(one) for one in value)
        return None if value is None else self.identity(value)


def _known(value: V | None) -> V:
    if value is None:
        raise Unknown
    return value


class MadeOf:
    """A network or subspace of a spec, which may be made of others."""

    @property
    def sources(self) -> tuple[Any, ...]:
        """The networks that this one is made of: by default all that its options refer to."""
        return tuple(found.to for found in references(self) if not found.is_to_subspace)

    @property
    def unnamed_sources(self) -> tuple[Any, ...]:
        """The sources that are written in their place, without a name of their own."""
        return tuple(source for source in self.sources if not isinstance(source, str))

    @property
    def subspaces(self) -> tuple[str, ...]:
        """Names of the subspaces whose weights this network is taken from."""
        return tuple(found.to for found in references(self) if isinstance(found.to, str) and found.is_to_subspace)

    @property
    def origins(self) -> Mapping[str, Any]:
        """Networks that it, or all that it is made of, was trained from: the `"initialisation"`, and a `"split"`."""
        return {}

    @property
    def trainings(self) -> frozenset[str]:
        """The trainings from random initialisations that begin here, by names that no other beginning has."""
        return frozenset()

    @property
    def lies_through_sources(self) -> bool:
        """Whether the corners are the sources, without further training."""
        return False

    @property
    def has_epochs(self) -> bool:
        """Whether one training of a network ends here, so that its epochs and steps can be kept."""
        return False

    @property
    def needs_constant_rate(self) -> bool:
        """Whether the training has no last epoch, so that no learning rate can fall towards it."""
        return False

    def faults(self, study: Surroundings) -> Iterator[Fault]:  # noqa: ARG002  # nothing, for most
        """Faults of the options beside the rest of the study, with paths from the options inwards."""
        return iter(())

    @property
    def changes(self) -> Mapping[str, Any]:
        """Changes to the study's training."""
        return {}


def references(entry: MadeOf) -> Iterator[Reference]:
    """The options that refer to networks and subspaces, without those further inside."""
    made: Any = type(entry)
    for name, is_to_subspace in _referring(made):
        value = getattr(entry, name)
        several = enumerate(value) if isinstance(value, tuple) else ()
        for i, one in several:
            yield Reference((name, i), one, is_to_subspace)
        if value is not None and not isinstance(value, tuple):
            yield Reference((name,), value, is_to_subspace)


@cache
def _referring(made: type[Any]) -> tuple[tuple[str, bool], ...]:
    """The names of the options that refer to something, and whether to a subspace."""
    fields = made.model_fields if issubclass(made, Model) else {}
    marks = {name: field.metadata for name, field in fields.items()}
    return tuple(
        (name, any(isinstance(mark, OfSubspace) for mark in found))
        for name, found in marks.items()
        if any(isinstance(mark, OfNetworks | OfSubspace) for mark in found)
    )


def trainings_of(entry: MadeOf | str, named: Mapping[str, MadeOf]) -> frozenset[str]:
    """The trainings from random initialisations behind a network or subspace, and all names on the way to them.

    Two networks are independent of one another if they have none in common.

    Args:
        entry: a network or subspace, or its name.
        named: all networks and subspaces of the study; none of them is made of itself.
    """
    made = named[entry] if isinstance(entry, str) else entry
    own = made.trainings | ({entry} if isinstance(entry, str) else frozenset())
    return own.union(*(trainings_of(other, named) for other in (*made.sources, *made.subspaces)))


def first_independent(subspace: str, candidates: Iterable[str | MadeOf], named: Mapping[str, MadeOf]) -> Any:
    """The first candidate that has no training in common with a subspace; None if there is none."""
    own = trainings_of(subspace, named)
    return next((one for one in candidates if own.isdisjoint(trainings_of(one, named))), None)


def circles(named: Mapping[str, MadeOf]) -> Iterator[tuple[str, ...]]:
    """The circles in which networks and subspaces are made of themselves; each begins and ends with the same name.

    Of circles that share a name only one is found.
    """
    made_of = {name: _names_in(entry) for name, entry in named.items()}
    while True:
        try:
            TopologicalSorter(made_of).prepare()
        except CycleError as error:
            circle = tuple(error.args[1][::-1])
            yield circle
            made_of = {name: found - set(circle) for name, found in made_of.items() if name not in circle}
        else:
            return


def _names_in(entry: MadeOf) -> set[str]:
    found: set[str] = set(entry.subspaces)
    for source in entry.sources:
        found |= {source} if isinstance(source, str) else _names_in(source)
    return found
