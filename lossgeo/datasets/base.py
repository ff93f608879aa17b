"""What a data set is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal, Self

import torch
from jaxtyping import Int64, UInt8
from pydantic import Field, model_validator
from torch import Tensor

from lossgeo.landscape.network import Examples
from lossgeo.landscape.randomness import stream
from lossgeo.variant import Variant

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Official:
    """A data set as it was published: inputs `[N …]` uint8 and classes `[N]` int64, of both parts."""

    train_inputs: UInt8[Tensor, "N ..."]
    train_targets: Int64[Tensor, " N"]
    test_inputs: UInt8[Tensor, "M ..."]
    test_targets: Int64[Tensor, " M"]


class Dataset(Variant):
    """Labelled examples in memory, split into train and validation once; the official test set is kept apart.

    A kind states what is in it: `inputs` (shape of an example), `classes`, and the sizes of its official parts.
    The content is fixed by the kind, which verifies it; a key therefore needs no digest of the files.
    """

    inputs: ClassVar[tuple[int, ...]]
    classes: ClassVar[int]
    official_train: ClassVar[int]
    official_test: ClassVar[int]

    train: int = Field(default=1, ge=1, description="examples to train on, from the official training set")
    validation: int = Field(default=1, ge=1, description="other examples of the official training set")
    test: int | None = Field(
        default=None, ge=1, description="the first so many of the official test set; all by default"
    )
    split_seed: int = Field(
        default=0, ge=0, lt=2**63, description="of the one permutation that splits train from validation"
    )
    normalization: Literal["unit", "standard"] = Field(
        default="unit",
        description="unit: inputs in [0, 1]; standard: zero mean and unit variance of each channel over train",
    )

    @model_validator(mode="after")
    def _fits_the_official_sizes(self) -> Self:
        if self.train + self.validation > self.official_train:
            raise ValueError(
                f"train + validation of at most {self.official_train:,} examples, the official training set"
            )
        if self.test is not None and self.test > self.official_test:
            raise ValueError(f"test of at most {self.official_test:,} examples, the official test set")
        return self

    @abstractmethod
    def official(self, folders: Sequence[Path]) -> Official:
        """The whole data set, looked for in `folders` in turn.

        Raises:
            DataError: if it is in none of them and cannot be had, or is not the official one.
        """

    def prepare(self, folders: Sequence[Path]) -> None:
        """Make sure, before any job starts, that `official` will find verified files."""
        self.official(folders)

    def split(self, folders: Sequence[Path]) -> Mapping[Split, Examples]:
        """The three parts; train and validation are disjoint draws of the permutation of `split_seed`."""
        return _split(self, tuple(folders))

    def smoke(self) -> Self:
        """At most 256, 128 and 128 examples."""
        sizes = {
            "train": min(self.train, 256),
            "validation": min(self.validation, 128),
            "test": min(self.test or 128, 128),
        }
        return self.model_copy(update=sizes)


@lru_cache(maxsize=2)
def _split(dataset: Dataset, folders: tuple[Path, ...]) -> Mapping[Split, Examples]:
    official = dataset.official(folders)
    order = torch.randperm(dataset.official_train, generator=stream(dataset.split_seed, "split"))
    train = order[: dataset.train]
    validation = order[dataset.train : dataset.train + dataset.validation]
    standard = dataset.normalization == "standard"
    mean, std = _moments(official.train_inputs[train]) if standard else ((0.0,), (1.0,))
    return {
        "train": Examples(official.train_inputs[train], official.train_targets[train], mean, std),
        "validation": Examples(official.train_inputs[validation], official.train_targets[validation], mean, std),
        "test": Examples(official.test_inputs[: dataset.test], official.test_targets[: dataset.test], mean, std),
    }


def _moments(inputs: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of every channel, scaled to [0, 1]."""
    values = inputs.double().div(255).transpose(0, 1).flatten(1)
    return tuple(values.mean(1).tolist()), tuple(values.std(1, unbiased=False).tolist())
