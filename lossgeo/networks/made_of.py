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
"""The training of a seed that branches split off from."""


class OfNetworks(Unkeyed):
    """Marks a field that refers to networks: a name, a network, or a tuple of these. Keys have what they stand for."""


class OfSubspace(Unkeyed):
    """Marks a field that is the name of a subspace."""


Changes = Annotated[
    dict[str, Any],
    Unkeyed(),
    AfterValidator(tupled),
    Field(description="changes against the study's training, such as {epochs: 5, optimizer: {lr: 0.01}}"),
]
"""Options of a training laid over those of the study."""


@dataclass(frozen=True)
class Reference:
    """A place of a network's or subspace's options that refers to something else.

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
    """What is wrong with options beside the rest of a study: where, what came, and what was expected, in words."""

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
        """What a source stands for."""
        return self.named[source] if isinstance(source, str) else source

    def subspace(self, name: str) -> Any:
        """The family of a subspace."""
        return self.named[name]

    def training_of(self, source: str | MadeOf) -> Training:
        """How it is trained."""
        return self.training.changed(self.entry(source).changes)


class MadeOf:
    """What has networks among its options, or is made of some by its nature."""

    @property
    def sources(self) -> tuple[Any, ...]:
        """The networks that it is made of: by default all that its options refer to."""
        return tuple(found.to for found in references(self) if not found.is_to_subspace)

    @property
    def subspaces(self) -> tuple[str, ...]:
        """Names of the subspaces that it is a point of."""
        return tuple(found.to for found in references(self) if isinstance(found.to, str) and found.is_to_subspace)

    @property
    def trainings(self) -> frozenset[str]:
        """The trainings from random initialisations that it begins itself, by names that no other beginning has."""
        return frozenset()

    @property
    def lies_through_sources(self) -> bool:
        """Whether its corners are its sources as they are."""
        return False

    @property
    def has_epochs(self) -> bool:
        """Whether it is the end of one training of a network, whose epochs and steps can be kept."""
        return False

    @property
    def needs_constant_rate(self) -> bool:
        """Whether its training has no last epoch, so that no learning rate can fall towards it."""
        return False

    def refusals(self, study: Surroundings) -> Iterator[Refusal]:  # noqa: ARG002  # nothing, for most
        """What is wrong with its options beside the rest of the study."""
        return iter(())

    @property
    def changes(self) -> Mapping[str, Any]:
        """Its changes against the study's training."""
        return {}


def references(entry: MadeOf) -> Iterator[Reference]:
    """The places of the options that are marked as referring to networks and subspaces; not those further in."""
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
    """The trainings from random initialisations that something is made of, however far down, and all names on the way.

    Two networks are independent of one another where they have none in common.

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
    """The changes with at most so many epochs."""
    return {**changes, **({"epochs": min(changes["epochs"], epochs)} if "epochs" in changes else {})}


def not_trained(source: str | MadeOf) -> Refusal:
    """The refusal of the option `network`, where its epochs are asked for and it has none."""
    got = f"the network {source!r}" if isinstance(source, str) else "a network"
    return Refusal(("network",), f"{got} without epochs of its own", "a trained, continued or branched network")
