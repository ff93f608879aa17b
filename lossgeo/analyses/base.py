"""What an analysis is, and what it is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar

from jaxtyping import Float
from pydantic import Field
from torch import Generator, Tensor

from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.geometry.subspace import Subspace
from lossgeo.landscape.landscape import Landscape, Progress
from lossgeo.landscape.weights import Parameters
from lossgeo.statistics import Interval
from lossgeo.variant import Name, Variant

Row = Mapping[str, Any]
R = TypeVar("R")

SHARED_COST = 0.1
"""What a point costs where the first layer is shared, as a part of one forward pass."""


class Record(ABC):
    """The result of an analysis: a frozen dataclass of numbers and arrays."""

    @abstractmethod
    def table(self) -> list[Row]:
        """Tidy rows, one an observation, the unit in a column's name where there is one."""


@dataclass(frozen=True)
class Headline:
    """What a study answers in one sentence, and the numbers that stand beside it.

    Args:
        sentence: a complete one; formulas between dollar signs.
        numbers: what the number is of → its mean and interval over seeds, and the format to print it with.
        more: the same, for the summary only: what the sentence has already said.
    """

    sentence: str
    numbers: Mapping[str, tuple[Interval, str]]
    more: Mapping[str, tuple[Interval, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Result(Generic[R]):
    """The record of an analysis for one subspace and seed of a study.

    Args:
        subspace: its name in the spec.
        index: its place in the spec, which decides its colour.
        seed: of the study.
        family: what kind of subspace it is.
        analysis: with its options.
        record: what was found.
    """

    subspace: str
    index: int
    seed: int
    family: Family
    analysis: Analysis
    record: R


@dataclass(frozen=True)
class Subject:
    """A fitted subspace, and all that an analysis may ask about it.

    Args:
        family: what kind of subspace it is.
        parameters: its trained parameters, `basis` among them.
        independent: weights of a network trained on its own, `[D]`; None for an analysis that does not need one.
        landscape: opens the landscape of a split.
        stream: gives the generator of a name; it belongs to the seed of the subspace.
        progress: is told the share done and what is being done.
    """

    family: Family
    parameters: Parameters
    independent: Float[Tensor, " D"] | None
    landscape: Callable[[Split], Landscape]
    stream: Callable[[str], Generator]
    progress: Progress

    @property
    def subspace(self) -> Subspace:
        """The subspace θ(t) = Φ(t) B."""
        return self.family.subspace(self.parameters)

    @property
    def network(self) -> Float[Tensor, " D"]:
        """The weights of the independent network.

        Raises:
            ValueError: if the analysis did not say that it needs one.
        """
        if self.independent is None:
            raise ValueError("there is no independent network here; set `needs_network = True` on the analysis")
        return self.independent


class Analysis(Variant):
    """A question about a fitted subspace, asked for every seed.

    Laws (checked for every analysis in ``tests/test_contracts.py``):
        the same subject gives the same bits; the record survives the store; its table has at least one row.
    """

    record: ClassVar[type[Record]]
    needs_network: ClassVar[bool] = False

    name: Name | None = Field(default=None, description="heads its tables, arrays and figures; its kind by default")
    title: str | None = Field(
        default=None, max_length=200, description="heads its section; that of its kind by default"
    )
    of: tuple[str, ...] = Field(default=(), description="names of the subspaces; all of them by default")
    swept: bool = Field(default=True, description="repeat it at every value of the spec's sweep")

    @property
    def called(self) -> str:
        """Its name, or its kind."""
        return self.name or self.kind

    @abstractmethod
    def compute(self, subject: Subject) -> Record:
        """The record of one subspace."""

    def evaluations(self, family: Family) -> float:
        """Roughly how many weight vectors it evaluates on a test set; for the order of jobs and the time left only."""
        del family
        return 1.0

    @classmethod
    def headline(cls, results: Sequence[Result[Any]]) -> Headline | None:
        """What the results of a whole study answer, for the top of its report; None if there is nothing to say."""
        del results
        return None

    def everywhere(self) -> Self:
        """The analysis without what does not change a number, and so is not part of a key: names, subspaces, sweeps."""
        return self.model_copy(update={"name": None, "title": None, "of": (), "swept": True})


def by_subspace(results: Sequence[Result[R]]) -> dict[str, list[Result[R]]]:
    """Name of a subspace → its results over the seeds, in the order of the spec."""
    grouped: dict[str, list[Result[R]]] = {}
    for result in results:
        grouped.setdefault(result.subspace, []).append(result)
    return grouped


def listed(parts: Sequence[str]) -> str:
    """The parts as an English enumeration.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
