"""Analyses of several subspaces and networks together, in one record."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pydantic import Field

from lossgeo.analyses.base import Analysis, Subject
from lossgeo.families.base import Family
from lossgeo.landscape.landscape import Landscape, Progress
from lossgeo.landscape.task import CLASSIFICATION, Task
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.record import Record, Row

if TYPE_CHECKING:
    from torch import Generator

R = TypeVar("R")


@dataclass(frozen=True)
class Subjects:
    """Subspaces and networks of one seed that are looked at together, on one landscape.

    Args:
        named: by name, in the order of the spec; at least one.
        stream: gives the generator of a name; it belongs to the seed and to all of them.
        progress: is told the share done and what is being done.
    """

    named: Mapping[str, Subject]
    stream: Callable[[str], Generator]
    progress: Progress

    @property
    def first(self) -> Subject:
        """The first of them."""
        return next(iter(self.named.values()))

    @property
    def task(self) -> Task:
        """How the loss is measured: the same for all."""
        return self.first.task

    def landscape(self, split: str) -> Landscape:
        """The landscape of a split: the same for all."""
        return self.first.landscape(split)

    @property
    def corners(self) -> Points:
        """The corners of all of them, one subject after the other."""
        every = [subject.corners for subject in self.named.values()]
        kept = [corners.statistics for corners in every if corners.statistics is not None]
        weights = torch.cat([corners.dense() for corners in every])
        return Points.of(weights, torch.cat(kept) if len(kept) == len(every) else None)

    @property
    def corner_names(self) -> tuple[str, ...]:
        """The names of the corners: that of a network, or of the subspace with the number of the corner."""
        return tuple(
            name if count == 1 else f"{name}, corner {i + 1}"
            for name, subject in self.named.items()
            for count in [subject.family.corner_count]
            for i in range(count)
        )

    @property
    def owners(self) -> tuple[Subject, ...]:
        """The subject of every corner."""
        return tuple(subject for subject in self.named.values() for _ in subject.family.corners)


class JointAnalysis(Analysis):
    """A question about several subspaces and networks together, asked once for every seed.

    By default it is of all subspaces and all named networks. Its record says which of them a row is about; the names
    are part of its key.
    """

    least_dimension: ClassVar[int] = 0
    of_networks: ClassVar[bool] = True

    of: tuple[str, ...] = Field(default=(), description="names of the subspaces and networks to compare; []: all")

    @abstractmethod
    def compare(self, subjects: Subjects) -> Record:
        """The record of all subjects of a seed."""

    def grouped(self, names: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
        """All of them together."""
        return [names]

    def compute(self, subject: Subject) -> Record:
        """The record of one subspace alone: its corners beside one another."""
        return self.compare(Subjects({"subspace": subject}, subject.stream, subject.progress))

    def evaluations_of_all(self, families: Sequence[Family]) -> float:
        """Roughly how many weight vectors it evaluates on a test set; by default those of every subject."""
        return sum(map(self.evaluations, families))


@dataclass(frozen=True)
class JointResult(Generic[R]):
    """The record of an analysis of several subjects together, for one seed of a study.

    Args:
        subjects: names of the subspaces and networks.
        seed: of the study; None where no seed changes the weights.
        analysis: with its options.
        record: what was found.
        task: what the networks are asked to do.
    """

    subjects: tuple[str, ...]
    seed: int | None
    analysis: Analysis
    record: R
    task: Task = CLASSIFICATION

    @property
    def heading(self) -> str:
        """The seed, where there is one."""
        return "" if self.seed is None else f"seed {self.seed}"

    @property
    def columns(self) -> Row:
        """The columns of a table that say what the rows of its record are of."""
        return {"seed": self.seed}

    @property
    def stem(self) -> str:
        """The end of the names of its files."""
        return "" if self.seed is None else f"-{self.seed}"
