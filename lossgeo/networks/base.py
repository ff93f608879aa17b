"""The role of a network: whatever gives one weight vector for each seed of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from lossgeo.documents.faults import Fault
from lossgeo.landscape.weights import Points
from lossgeo.networks.made_of import MadeOf
from lossgeo.variant import Name, Variant


@dataclass(frozen=True)
class Listing:
    """How a training appears in a report and on the console.

    Args:
        name: stands for all that are drawn alike.
        number: tells those of a name and seed apart, from 0.
        label: what it does, without its seed.
    """

    name: str
    number: int
    label: str

    @property
    def title(self) -> str:
        """The name, followed by the number if that is above 0."""
        return f"{self.name} {self.number}" if self.number else self.name


class Weights(Protocol):
    """Weights that are stored, or follow from stored ones, at one seed; see :class:`lossgeo.stages.weights.Weights`."""

    @property
    def lineage(self) -> str:
        """A description of what the weights were made of, without versions and most options; it names their streams."""
        ...


W = TypeVar("W", bound=Weights)


class Maker(Protocol[W]):
    """Makes the weights of one seed of a study."""

    def weights(self, source: Source) -> W:
        """The weights of a network that is given by its name or in full."""
        ...

    def trained(
        self, name: tuple[str, ...], changes: Mapping[str, Any], start: W | None = None, *, takes_moments: bool = False
    ) -> W:
        """A network trained from a random initialisation, or from other weights.

        Args:
            name: of its streams of randomness.
            changes: against the study's training.
            start: where it starts; None for an initialisation.
            takes_moments: whether it takes over the state of the optimizer, where that was kept.
        """
        ...

    def shared_trajectory(self, epoch: int) -> W:
        """The weights of the shared trajectory, which branches split off from, after `epoch` epochs."""
        ...

    def kept(self, source: Source, *, epoch: int | None = None, step: int | None = None) -> W:
        """The weights of a training after one of its epochs or steps."""
        ...

    def combined(self, network: Network) -> W:
        """The weights that the network's `combined` makes of its sources."""
        ...


class Network(MadeOf, Variant):
    """Whatever gives one weight vector of the study's problem for each seed: trained, kept, combined, or from a file.

    A kind that is computed from other networks without training (an average) says which in an option marked
    ``Annotated[tuple[Source, ...], OfNetworks()]``, and how in `combined`; one that is trained overrides `weights`.
    """

    @property
    def trainings(self) -> frozenset[str]:
        # A network that is made of nothing else counts as a training of its own.
        return frozenset() if self.sources or self.subspaces else frozenset({self.model_dump_json()})

    @property
    def lineage(self) -> str:
        """A name that distinguishes the random streams of different networks combined from the same sources."""
        return self.kind

    def __str__(self) -> str:
        """The kind, with the options that differ from their defaults: ``branch (number 2)``."""
        fields = type(self).model_fields
        own = {name: value for name, value in self if value != fields[name].get_default(call_default_factory=True)}
        words = ", ".join(f"{name} {_worded(value)}" for name, value in own.items() if name != "kind")
        return f"{self.kind} ({words})" if words else self.kind

    def weights(self, made: Maker[W]) -> W:
        """The weights of this network at a seed: by default what `combined` makes of the weights of its sources."""
        return made.combined(self)

    def combined(self, sources: Sequence[Points]) -> Points:
        """One weight vector, made of those of the sources and of the corners of the subspaces, in their order."""
        raise NotImplementedError(f"{self.kind}: expected `weights` or `combined`, got neither; write one of them")

    def listing(self, owner: str, place: int) -> Listing:
        """How the training of a network without a name of its own appears.

        Args:
            owner: what stands for it and those beside it.
            place: its number among them, from 0.
        """
        return Listing(owner, place, f"train {owner} {place}")


class _NameOrNetwork:
    """The schema of a reference: a mapping is a network, all else a name, so that faults concern one of the two."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {NAME: handler.generate_schema(Name), NETWORK: handler.generate_schema(Network)}
        return core_schema.tagged_union_schema(choices, discriminator=_name_or_network)


NAME, NETWORK = "[name]", "[network]"


def _name_or_network(value: Any) -> str:
    return NETWORK if isinstance(value, Mapping | Network) else NAME


Source = Annotated[Name | Network, _NameOrNetwork()]
"""A network, given by its name in the spec or written in place."""


def of_kind(kind: str, **options: Any) -> Network:
    """The network that a spec writes as ``{kind: …, …}``."""
    return Network.variants[kind](**options)


def _worded(value: Any) -> str:
    """The text of an option without the syntax of a programming language."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_worded(part)}" for name, part in value.items())
    return ", ".join(map(_worded, value)) if isinstance(value, tuple) else str(value)


def smaller(source: Source) -> Source:
    """A source at toy size; a name is returned unchanged."""
    return source if isinstance(source, str) else source.smoke()


def without_epochs(source: Source) -> Fault:
    """The fault of an option `network` whose epochs or steps are asked for, where the network has none."""
    got = f"the network {source!r}" if isinstance(source, str) else "a network"
    return Fault(("network",), f"{got} without epochs of its own", "a trained, continued or branched network")
