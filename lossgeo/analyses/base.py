"""The role of an analysis, what it is given, and what it gives."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypeVar

from jaxtyping import Float, Float64
from pydantic import Field

from lossgeo.analyses.headline import Headline
from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.geometry.subspace import Subspace
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import Landscape, Progress
from lossgeo.landscape.task import CLASSIFICATION, Task
from lossgeo.landscape.weights import Points
from lossgeo.measures.part import UNDIVIDED, Part
from lossgeo.measures.record import Record, Row, Values
from lossgeo.networks.made_of import Surroundings
from lossgeo.variant import Name, Variant

if TYPE_CHECKING:
    from torch import Generator, Tensor

R = TypeVar("R")

ComparisonNeed = Literal["none", "optional", "required"]
"""Whether an analysis compares a subspace with an independent network; an optional comparison is left out where a
study has none."""

SHARED_COST = 0.1
"""The cost of a point whose first layer is shared, as a part of one forward pass."""


@dataclass(frozen=True)
class Result(Generic[R]):
    """The record of an analysis for one subspace and seed of a study.

    Args:
        subspace: its name in the spec.
        index: its place in the spec, which decides its colour.
        seed: of the study; None where no seed changes the weights.
        family: what kind of subspace it is.
        analysis: with its options.
        record: what was found.
        group: name of the entry in the spec; it stands for several subspaces where there are several split epochs.
        task: what the networks are asked to do.
    """

    subspace: str
    index: int
    seed: int | None
    family: Family
    analysis: Analysis
    record: R
    group: str = ""
    task: Task = CLASSIFICATION

    @property
    def seed_text(self) -> str:
        """The seed, or a dash where no seed changes anything."""
        return "–" if self.seed is None else str(self.seed)

    @property
    def heading(self) -> str:
        """The subspace, and the seed if there is one."""
        return self.subspace if self.seed is None else f"{self.subspace} · seed {self.seed}"

    @property
    def columns(self) -> Row:
        """The columns of a table that say what the rows of its record are of."""
        split = {} if self.split_epoch is None else {"split_epoch": self.split_epoch}
        return {"subspace": self.subspace, "seed": self.seed, **split}

    @property
    def stem(self) -> str:
        """The end of the names of its files."""
        return f"-{self.subspace}" if self.seed is None else f"-{self.subspace}-{self.seed}"

    @property
    def split_epoch(self) -> int | None:
        """The epoch after which the branches at the corners of a hull separated; None for other subspaces."""
        return self.family.split_epoch


@dataclass(frozen=True)
class Subject:
    """A fitted subspace, with everything that an analysis may use.

    Args:
        family: what kind of subspace it is.
        fitted: its parameters.
        independent: a network that it is not made of, as one point; None where the analysis compares with none, or the
            study has none.
        landscape: opens the landscape of a split; ``task.splits(…)`` has the names that there are.
        stream: gives the generator of a name; it belongs to the seed of the subspace.
        progress: receives the share done and what is being done.
        task: how the loss is measured, and whether there are examples and right answers.
        origins: what the corners were trained from, `[D]` each: their `"initialisation"` and, of a hull of branches,
            the weights at the `"split"`; empty where each corner has its own.
        update: see `updated`.
        part: the rows of its work that an analysis is asked for; all, unless it is divided.
    """

    family: Family
    fitted: Fitted
    independent: Points | None
    landscape: Callable[[str], Landscape]
    stream: Callable[[str], Generator]
    progress: Progress
    task: Task = CLASSIFICATION
    origins: Mapping[str, Float[Tensor, " D"]] = field(default_factory=dict)
    update: Callable[[int, Generator], Float64[Tensor, " D"]] | None = None
    part: Part = UNDIVIDED

    @property
    def subspace(self) -> Subspace:
        """The subspace θ(t) = Φ(t) B."""
        return self.family.subspace(self.fitted)

    @property
    def corners(self) -> Points:
        """The weights at the corners."""
        return self.subspace.at(self.family.corners)

    @property
    def network(self) -> Points:
        """The independent network, as one point.

        Raises:
            ValueError: if there is none: the analysis said that it can do without, or that it compares with none.
        """
        if self.independent is None:
            raise ValueError("there is no independent network here; let `comparison` of the analysis say 'required'")
        return self.independent

    def updated(self, corner: int, generator: Generator) -> Float64[Tensor, " D"]:
        """The weights after one stochastic step of the training from a corner, in float64.

        The optimizer has the state that it had there if the corner is a checkpoint of a trajectory, else a fresh one.

        Raises:
            ValueError: if the analysis did not say that it needs the training.
        """
        if self.update is None:
            raise ValueError("there is no training here; set `needs_training = True` on the analysis")
        return self.update(corner, generator)


class Analysis(Variant):
    """A question about a fitted subspace, or a network as a subspace of no dimension, answered for every seed.

    Laws (checked for every analysis by ``lossgeo.contracts``):
        the same subject gives the same bits; the record survives the store; its table has at least one row, and the
        columns and values that `columns` declares, if it declares any;
        however many parts it is divided into, joined they are what it computes undivided, bit for bit.
    """

    record: ClassVar[type[Record]]
    least_dimension: ClassVar[int] = 1
    """Of the subspaces that it can be of; where it is 0, a network on its own is a subject too."""
    of_networks: ClassVar[bool] = False
    """Whether it is of the named networks too where `of` is empty."""
    needs_training: ClassVar[bool] = False
    needs_classes: ClassVar[bool] = False
    needs_examples: ClassVar[bool] = False
    columns_across: ClassVar[tuple[str, ...]] = ()
    """The columns that only the rows on all seeds together have, see `across`; there are none with a single seed."""

    name: Name | None = Field(
        default=None, description="name of the analysis in tables, files and claims; null: its kind"
    )
    title: str | None = Field(
        default=None, max_length=200, description="heading of the report section; null: that of the kind"
    )
    of: tuple[str, ...] = Field(
        default=(), description="names of the subspaces and networks to analyse; []: all subspaces that fit"
    )
    swept: bool = Field(default=True, description="whether to repeat the analysis at every setting of the sweep")

    @property
    def called(self) -> str:
        """The name of the analysis, by default its kind."""
        return self.name or self.kind

    def undefined_for(self, task: Task) -> str | None:
        """The reason why the analysis has no meaning for losses of this task; None if it has one."""
        if self.needs_examples and not task.has_examples:
            return "its loss is a mean over no examples"
        if self.needs_classes and not task.has_accuracy:
            return "none of its answers is right or wrong"
        return None

    def comparison(self, family: Family) -> ComparisonNeed:  # noqa: ARG002  # most compare with none
        """Whether a subspace of that family is compared with an independent network."""
        return "none"

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        """Faults of the options beside the rest of the study, with paths from the options inwards."""
        del study
        return iter(())

    def needs(self, family: Family) -> str | None:
        """The subspaces that the analysis can be of, in words, where one of a family is none of them; else None."""
        if family.dimension >= self.least_dimension:
            return None
        return f"a subspace of {self.least_dimension} or more dimensions; a network on its own has none"

    def needs_of_all(self, families: Sequence[Family]) -> str | None:
        """The choice of subjects that the analysis can be of together, in words, where some are none; else None."""
        del families
        return None

    def grouped(self, names: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
        """The subjects of each record: one."""
        return [(name,) for name in names]

    def columns(self, family: Family) -> Mapping[str, Values]:
        """The columns of the table for a subspace of a family, each with the values that it can have.

        Unless a kind says more, they are the columns that the record declares, with any values. They are empty if they
        are not declared: claims on the table are then checked once there are results.
        """
        del family
        return dict.fromkeys(self.record.columns)

    @abstractmethod
    def compute(self, subject: Subject) -> Record:
        """The record of one subspace."""

    def evaluations(self, family: Family) -> float:
        """Roughly how many weight vectors are evaluated on a test set.

        For the order of jobs, the time left, and the number of parts: no number of a result depends on it.
        """
        del family
        return 1.0

    def parts(self, family: Family) -> int:
        """Into how many parts it can be divided, at most; each is then a job, beside the others and resumed alone.

        `compute` takes the rows of its work that ``subject.part.of(n)`` says, and `joined` makes one record of the
        parts.
        """
        del family
        return 1

    def joined(self, parts: Sequence[Any]) -> Record:
        """The record of the whole from those of its parts, in their order; bit for bit that of one part.

        Raises:
            TypeError: if the analysis has several parts and does not say how they are joined.
        """
        raise TypeError(f"{self.kind}: expected a way to join its {len(parts)} parts; define `joined`, as `parts` is")

    @classmethod
    def headline(cls, results: Sequence[Any]) -> Headline | None:
        """The answer of a whole study for the top of its report; None if there is nothing to say."""
        del results
        return None

    @classmethod
    def across(cls, results: Sequence[Any]) -> list[Row]:
        """Rows on all seeds together, which follow those of the single records; none by default."""
        del results
        return []

    def everywhere(self) -> Self:
        """The analysis without the options that change no number and so are in no key: names, subspaces, sweeps."""
        return self.model_copy(update={"name": None, "title": None, "of": (), "swept": True})


def by_subspace(results: Sequence[Result[R]]) -> dict[str, list[Result[R]]]:
    """Name of a subspace → its results over the seeds, in the order of the spec."""
    grouped: dict[str, list[Result[R]]] = {}
    for result in results:
        grouped.setdefault(result.subspace, []).append(result)
    return grouped
