"""Data sets of pictures with classes, published in two parts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from jaxtyping import Int64, UInt8
from pydantic import Field, model_validator

from lossgeo.datasets.base import Dataset, Split
from lossgeo.landscape.augmentation import Augmentation
from lossgeo.landscape.examples import Examples

if TYPE_CHECKING:
    from torch import Tensor


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

    train: int = Field(default=1, ge=1, description="number of training examples, from the official training set")
    validation: int = Field(default=1, ge=1, description="number of validation examples, from its rest")
    test: int | None = Field(
        default=None, ge=1, description="use only the first N examples of the official test set; null: all"
    )
    normalization: Literal["unit", "standard"] = Field(
        default="unit",
        description="unit: pixels in [0, 1]; standard: mean 0 and variance 1 in each channel, over training examples",
    )
    augmentation: Augmentation = Field(
        default="none",
        description="random changes in training steps; crop_flip: shift by up to 4 pixels, fill with black, mirror",
    )

    @property
    @abstractmethod
    def official_train(self) -> int:
        """The number of pictures in the official training set."""

    @property
    @abstractmethod
    def official_test(self) -> int:
        """The number of pictures in the official test set."""

    @property
    def sizes(self) -> Mapping[Split, int]:
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
        self.official(folders)

    def read(self, folders: Sequence[Path]) -> Mapping[Split, Examples]:
        """The three splits; training and validation examples are disjoint draws of the permutation of `split_seed`."""
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
    """Mean and standard deviation of every channel, of pixels scaled to [0, 1]."""
    values = inputs.double().div(255).transpose(0, 1).flatten(1)
    return tuple(values.mean(1).tolist()), tuple(values.std(1, unbiased=False).tolist())
