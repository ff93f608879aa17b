"""What networks and subspaces are made of, as data: references to other networks, by name or written in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field

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


@dataclass(frozen=True)
class Refusal:
    """A fault of options that only the rest of the study shows: where, what came, and what was expected, in words."""

    path: tuple[str | int, ...]
    got: str
    expected: str


@dataclass(frozen=True)
class Surroundings:
    """The study around a network or subspace.

    Args:
        named: all networks and subspaces by name.
        training: of the study.
        examples: how many it trains on.
    """

    named: Mapping[str, MadeOf]
    training: Training
    examples: int

    def entry(self, source: str | MadeOf) -> MadeOf:
        """The network or subspace that a source stands for."""
        return self.named[source] if isinstance(source, str) else source

    def subspace(self, name: str) -> Any:
        """The family of a subspace."""
        return self.named[name]

    def training_of(self, source: str | MadeOf) -> Training:
        """The training of a source, with its own changes."""
        return self.training.changed(self.entry(source).changes)


class MadeOf:
    """A network or subspace of a spec, which may be made of others."""

    @property
    def sources(self) -> tuple[Any, ...]:
        """The networks that this one is made of: by default all that its options refer to."""
        return tuple(found.to for found in references(self) if not found.is_to_subspace)

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

    def refusals(self, study: Surroundings) -> Iterator[Refusal]:  # noqa: ARG002  # nothing, for most
        """Faults of the options that only the rest of the study shows; none for most kinds."""
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


def shorter(changes: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    """Changes to a training with at most `epochs` epochs."""
    return {**changes, **({"epochs": min(changes["epochs"], epochs)} if "epochs" in changes else {})}


def not_trained(source: str | MadeOf) -> Refusal:
    """The refusal of a network that has no epochs of its own, where an epoch or step of it is asked for."""
    got = f"the network {source!r}" if isinstance(source, str) else "a network"
    return Refusal(("network",), f"{got} without epochs of its own", "a trained, continued or branched network")
