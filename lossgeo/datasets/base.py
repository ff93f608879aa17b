"""The role of a data set: examples in memory, split for training, validation and test."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from jaxtyping import Int64
from pydantic import Field

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import CLASSIFICATION, Task
from lossgeo.lazy import torch
from lossgeo.variant import Variant

if TYPE_CHECKING:
    from torch import Tensor

Split = Literal["train", "validation", "test"]


class Dataset(Variant):
    """Examples in memory, split once into those for training, validation and test.

    A kind states what an example is: `inputs` (its shape), `outputs` (how many numbers a network gives for it: one a
    class, or the values of a regression), and the `task`. The kind and its options fix the content, which is verified
    when it is read: a kind whose content they do not fix has a digest of it among its options. A key therefore needs
    nothing of the files.
    """

    task: ClassVar[Task] = CLASSIFICATION

    train: int = Field(default=1, ge=1, description="number of training examples")
    validation: int = Field(default=1, ge=1, description="number of examples to choose the best epoch by")
    test: int | None = Field(default=None, ge=1, description="number of test examples; null: all")
    split_seed: int = Field(
        default=0,
        ge=0,
        lt=2**63,
        description="seed of the random split into training and validation, for all seeds of a study",
    )

    @property
    @abstractmethod
    def inputs(self) -> tuple[int, ...]:
        """Shape of an example."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """The number of outputs that a network has for one example."""

    @property
    @abstractmethod
    def sizes(self) -> Mapping[Split, int]:
        """The number of examples in every split."""

    @abstractmethod
    def read(self, folders: Sequence[Path]) -> Mapping[Split, Examples]:
        """The splits, read from the first of `folders` that has the data.

        Raises:
            DataError: if the data are in none of them and cannot be had, or are not those that the options name.
        """

    def prepare(self, folders: Sequence[Path]) -> None:
        """Make sure, before any job starts, that `read` will find verified data."""
        self.read(folders)

    def look_for(self, folders: Sequence[Path]) -> str | None:  # noqa: ARG002  # nothing, for what needs no files
        """The way in which a run will get data that are in no folder, in words; None if it need not.

        Nothing is read: whether the data are those that the options name is verified by `prepare`.

        Raises:
            DataError: if a run would not find them.
        """
        return None

    def split(self, folders: Sequence[Path]) -> Mapping[Split, Examples]:
        """The splits by name; those that were read last stay in memory."""
        return _split(self, tuple(folders))

    def permutation(self, count: int) -> Int64[Tensor, " {count}"]:
        """The permutation of `count` examples that `split_seed` stands for."""
        return torch.randperm(count, generator=stream(self.split_seed, "split"))

    def smoke(self) -> Self:
        sizes = self.sizes
        most = {"train": min(sizes["train"], 256), **{name: min(sizes[name], 128) for name in ("validation", "test")}}
        return self.model_copy(update=most)


@lru_cache(maxsize=2)
def _split(dataset: Dataset, folders: tuple[Path, ...]) -> Mapping[Split, Examples]:
    return dataset.read(folders)
