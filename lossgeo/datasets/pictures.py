"""Data sets of pictures with classes, published in two parts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from jaxtyping import Int64, UInt8
from pydantic import Field, model_validator
from torch import Tensor

from lossgeo.datasets.base import Dataset, Split
from lossgeo.landscape.augmentation import Augmentation
from lossgeo.landscape.examples import Examples


@dataclass(frozen=True)
class Official:
    """A data set as it was published: inputs `[N c h w]` uint8 and classes `[N]` int64, of both parts."""

    train_inputs: UInt8[Tensor, "N c h w"]
    train_targets: Int64[Tensor, " N"]
    test_inputs: UInt8[Tensor, "M c h w"]
    test_targets: Int64[Tensor, " M"]


class Pictures(Dataset):
    """Pictures with classes: train and validation are drawn from the official training set, the test set is kept apart.

    A kind states the sizes of its official parts, beside `inputs` and `outputs`, the number of classes.
    """

    train: int = Field(default=1, ge=1, description="examples to train on, from the official training set")
    validation: int = Field(default=1, ge=1, description="other examples of the official training set")
    test: int | None = Field(
        default=None, ge=1, description="the first so many of the official test set; all by default"
    )
    normalization: Literal["unit", "standard"] = Field(
        default="unit",
        description="unit: inputs in [0, 1]; standard: zero mean and unit variance of each channel over train",
    )
    augmentation: Augmentation = Field(
        default="none",
        description="of training steps; crop_flip: shifted by up to 4 pixels, black outside, and mirrored at random",
    )

    @property
    @abstractmethod
    def official_train(self) -> int:
        """Pictures in the official training set."""

    @property
    @abstractmethod
    def official_test(self) -> int:
        """Pictures in the official test set."""

    @property
    def sizes(self) -> Mapping[Split, int]:
        """As the options say; the whole official test set if they do not."""
        test = self.official_test if self.test is None else self.test
        return {"train": self.train, "validation": self.validation, "test": test}

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

    def read(self, folders: Sequence[Path]) -> Mapping[Split, Examples]:
        """The three parts; train and validation are disjoint draws of the permutation of `split_seed`."""
        official = self.official(folders)
        order = self.permutation(self.official_train)
        train = official.train_inputs[order[: self.train]]
        mean, std = _moments(train) if self.normalization == "standard" else ((0.0,), (1.0,))

        def examples(inputs: Tensor, targets: Tensor) -> Examples:
            return Examples(inputs, targets, mean, std, task=self.task, augmentation=self.augmentation)

        others = order[self.train : self.train + self.validation]
        return {
            "train": examples(train, official.train_targets[order[: self.train]]),
            "validation": examples(official.train_inputs[others], official.train_targets[others]),
            "test": examples(official.test_inputs[: self.test], official.test_targets[: self.test]),
        }


def _moments(inputs: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of every channel, scaled to [0, 1]."""
    values = inputs.double().div(255).transpose(0, 1).flatten(1)
    return tuple(values.mean(1).tolist()), tuple(values.std(1, unbiased=False).tolist())
