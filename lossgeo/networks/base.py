"""What a network of a study is: whatever gives one weight vector for each seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticKnownError, core_schema

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
        """What they were made of, in words that no option changes; streams of randomness are named after it."""
        ...


W = TypeVar("W", bound=Weights)


class Workshop(Protocol[W]):
    """Makes the weights of one seed of a study."""

    def weights(self, source: Source) -> W:
        """Those of a network, by its name or itself."""
        ...

    def trained(self, name: tuple[str, ...], changes: Mapping[str, Any], start: W | None = None) -> W:
        """A network trained from a random initialisation, or from other weights and what is kept of their optimizer.

        Args:
            name: of its streams of randomness.
            changes: against the study's training.
            start: where it starts; None for an initialisation.
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

    def weights(self, made: Workshop[W]) -> W:
        """Its weights at a seed: by default what `combined` makes of those of its sources."""
        return made.combined(self)

    def combined(self, sources: Sequence[Points]) -> Points:
        """One point, from those of the sources and the corners of the subspaces, in their order."""
        raise NotImplementedError(f"{self.kind}: expected `weights` or `combined`, got neither; write one of them")

    def listing(self, owner: str, place: int) -> Listing:
        """How its training appears where the network has no name of its own but is a source of `owner`."""
        return Listing(f"network of {owner}", place, f"train network {place} of {owner}")


class _Lazily:
    """The schema of a network, or of its name, whose kind is looked up when it is read.

    So a network may refer to any other kind, also to one that is registered later.

    Args:
        may_be_name: whether a name may stand in its place.
    """

    def __init__(self, *, may_be_name: bool) -> None:
        self.may_be_name = may_be_name

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        serialization = core_schema.plain_serializer_function_ser_schema(_plain)
        return core_schema.no_info_plain_validator_function(self._read, serialization=serialization)

    def _read(self, value: Any) -> Any:
        is_network = isinstance(value, Mapping | Network) or not self.may_be_name
        return _network(value) if is_network else NAME.validate_python(value, strict=True)


Entry = Annotated[Network, _Lazily(may_be_name=False)]
"""A network of a spec's section."""

Source = Annotated[Name | Network, _Lazily(may_be_name=True)]
"""A network by its name in the spec, or written in its place."""

NAME: TypeAdapter[str] = TypeAdapter(Name)


def of_kind(kind: str, **options: Any) -> Network:
    """The network that a spec writes as ``{kind: …, …}``."""
    return Network.variants[kind](**options)


def smaller(source: Source) -> Source:
    """The source at toy size: a name as it is."""
    return source if isinstance(source, str) else source.smoke()


def _network(value: Any) -> Network:
    if isinstance(value, Network):
        return value
    if not isinstance(value, Mapping):
        raise PydanticKnownError("model_type", {"class_name": Network.__name__})
    kind = value.get("kind")
    if kind not in Network.variants:
        names = ", ".join(map(repr, sorted(Network.variants)))
        raise PydanticKnownError(
            "union_tag_invalid", {"discriminator": "kind", "tag": str(kind), "expected_tags": names}
        )
    plain = {name: tuple(part) if isinstance(part, list) else part for name, part in value.items()}
    try:
        return Network.variants[kind].model_validate(plain)
    except ValidationError as error:
        raise _at_kind(error, kind) from None


def _at_kind(error: ValidationError, kind: str) -> ValidationError:
    """The error with the kind before the place of every fault, as the union of a role has it."""
    faults = [
        InitErrorDetails(type=found["type"], loc=(kind, *found["loc"]), input=found["input"], ctx=found.get("ctx", {}))
        for found in error.errors(include_url=False)
    ]
    return ValidationError.from_exception_data(error.title, faults)


def described(source: Source) -> str:
    """A source in a few words: its name, or its kind with what is not as by default.

    >>> described("a"), described(of_kind("branch", number=2))
    ('a', 'branch (number 2)')
    """
    if isinstance(source, str):
        return source
    own = source.model_dump(exclude_defaults=True, exclude={"kind"})
    return f"{source.kind} ({', '.join(f'{name} {value}' for name, value in own.items())})" if own else source.kind


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else value.model_dump()
