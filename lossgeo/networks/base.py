"""What a network of a study is: whatever gives one weight vector for each seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

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
        """The name, and the number above 0."""
        return f"{self.name} {self.number}" if self.number else self.name


class Weights(Protocol):
    """Weights that are stored, or follow from stored ones, at one seed; see :class:`lossgeo.stages.weights.Weights`."""

    @property
    def lineage(self) -> str:
        """What they were made of, in words without versions and most options: streams are named after it."""
        ...


W = TypeVar("W", bound=Weights)


class Workshop(Protocol[W]):
    """Makes the weights of one seed of a study."""

    def weights(self, source: Source) -> W:
        """Those of a network, by its name or itself."""
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
        """The training that branches split off from, after so many epochs."""
        ...

    def kept(self, source: Source, *, epoch: int | None = None, step: int | None = None) -> W:
        """A training at one of its epochs or steps."""
        ...

    def combined(self, network: Network) -> W:
        """What the network's `combined` makes of its sources."""
        ...


class Network(MadeOf, Variant):
    """Whatever gives one weight vector of the study's problem for each seed: trained, kept, combined, or from a file.

    A kind that is computed from other networks without training (an average) says which in an option marked
    ``Annotated[tuple[Source, ...], OfNetworks()]``, and how in `combined`; one that is trained overrides `weights`.
    """

    @property
    def trainings(self) -> frozenset[str]:
        """Itself, where it is made of nothing else."""
        return frozenset() if self.sources or self.subspaces else frozenset({self.model_dump_json()})

    @property
    def lineage(self) -> str:
        """What tells its streams of randomness from those of others that are combined from the same sources."""
        return self.kind

    def __str__(self) -> str:
        """Its kind, with what is not as by default: ``branch (number 2)``."""
        fields = type(self).model_fields
        own = {name: value for name, value in self if value != fields[name].get_default(call_default_factory=True)}
        words = ", ".join(f"{name} {_worded(value)}" for name, value in own.items() if name != "kind")
        return f"{self.kind} ({words})" if words else self.kind

    def weights(self, made: Workshop[W]) -> W:
        """Its weights at a seed: by default what `combined` makes of those of its sources."""
        return made.combined(self)

    def combined(self, sources: Sequence[Points]) -> Points:
        """One point, from those of the sources and the corners of the subspaces, in their order."""
        raise NotImplementedError(f"{self.kind}: expected `weights` or `combined`, got neither; write one of them")

    def listing(self, owner: str, place: int) -> Listing:
        """How its training appears where the network has no name of its own.

        Args:
            owner: what stands for it and those beside it.
            place: its number among them, from 0.
        """
        return Listing(owner, place, f"train {owner} {place}")


class _NameOrNetwork:
    """The schema of a reference: what is no mapping is read as a name, so that faults are told of one of the two."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {NAME: handler.generate_schema(Name), NETWORK: handler.generate_schema(Network)}
        return core_schema.tagged_union_schema(choices, discriminator=_name_or_network)


NAME, NETWORK = "[name]", "[network]"


def _name_or_network(value: Any) -> str:
    return NETWORK if isinstance(value, Mapping | Network) else NAME


Source = Annotated[Name | Network, _NameOrNetwork()]
"""A network by its name in the spec, or written in its place."""


def of_kind(kind: str, **options: Any) -> Network:
    """The network that a spec writes as ``{kind: …, …}``."""
    return Network.variants[kind](**options)


def _worded(value: Any) -> str:
    """An option without the marks of a programming language."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_worded(part)}" for name, part in value.items())
    return ", ".join(map(_worded, value)) if isinstance(value, tuple) else str(value)


def smaller(source: Source) -> Source:
    """The source at toy size: a name as it is."""
    return source if isinstance(source, str) else source.smoke()
