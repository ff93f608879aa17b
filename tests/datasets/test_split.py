from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from lossgeo.datasets.base import Dataset
from lossgeo.datasets.digits import Digits
from lossgeo.datasets.mnist import FashionMnist
from lossgeo.datasets.pictures import Official, Pictures
from lossgeo.errors import DataError
from lossgeo.landscape.examples import Examples


class Numbered(Pictures):
    """Examples whose two pixels are the two bytes of their number; the test set counts on from 1,000."""

    inputs: ClassVar[tuple[int, ...]] = (1, 1, 2)
    outputs: ClassVar[int] = 3
    official_train: ClassVar[int] = 1000
    official_test: ClassVar[int] = 200

    train: int = 700
    validation: int = 200

    def official(self, folders: Sequence[Path]) -> Official:
        """All of them, the class being the number modulo three."""
        del folders
        number = torch.arange(1200)
        inputs = torch.stack([number // 256, number % 256], dim=1).to(torch.uint8)[:, None, None]
        return Official(inputs[:1000], number[:1000] % 3, inputs[1000:], number[1000:] % 3)


def numbers(examples: Examples) -> list[int]:
    found: list[int] = (examples.inputs.long() @ torch.tensor([256, 1])).flatten().tolist()
    return found


def test_no_example_is_in_two_splits() -> None:
    parts = Numbered().split(())

    everything = [number for examples in parts.values() for number in numbers(examples)]
    assert len(set(everything)) == len(everything) == 700 + 200 + 200


def test_the_test_split_is_the_official_one_in_its_order() -> None:
    assert numbers(Numbered().split(())["test"]) == list(range(1000, 1200))


def test_fewer_test_examples_are_the_first_of_the_official_ones() -> None:
    assert numbers(Numbered(test=7).split(())["test"]) == list(range(1000, 1007))


def test_every_example_keeps_its_class() -> None:
    for examples in Numbered().split(()).values():
        assert examples.targets.tolist() == [number % 3 for number in numbers(examples)]


def test_the_same_seed_splits_the_same_way() -> None:
    first, second = (Numbered(split_seed=5, test=n).split(()) for n in (1, 2))

    assert numbers(first["train"]) == numbers(second["train"])


def test_another_seed_splits_another_way() -> None:
    first, second = (Numbered(split_seed=seed).split(()) for seed in (0, 1))

    assert sorted(numbers(first["validation"])) != sorted(numbers(second["validation"]))


def test_a_smaller_training_set_is_a_part_of_the_larger() -> None:
    small, large = (Numbered(train=n).split(())["train"] for n in (50, 700))

    assert numbers(small) == numbers(large)[:50]


def test_the_split_is_not_the_official_order() -> None:
    assert numbers(Numbered().split(())["train"]) != list(range(700))


def test_inputs_are_kept_as_bytes() -> None:
    assert all(examples.inputs.dtype == torch.uint8 for examples in Numbered().split(()).values())


def test_unit_normalisation_leaves_inputs_between_zero_and_one() -> None:
    inputs, _ = Digits().split(())["train"].batch(slice(None))

    assert (float(inputs.min()), float(inputs.max())) == pytest.approx((0.0, 240 / 255))


def test_standard_normalisation_has_zero_mean_and_unit_variance_over_the_training_set() -> None:
    inputs, _ = Digits(normalization="standard").split(())["train"].batch(slice(None))

    assert (float(inputs.mean()), float(inputs.std(correction=0))) == pytest.approx((0, 1), abs=1e-5)


def test_standard_normalisation_of_every_split_is_that_of_the_training_set() -> None:
    parts = Digits(normalization="standard").split(())

    assert parts["test"].mean == parts["validation"].mean == parts["train"].mean
    assert parts["train"].mean[0] == pytest.approx(float((parts["train"].inputs / 255).mean()), rel=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"train": 1400, "validation": 38},
            "train [+] validation of at most 1,437 examples, the official training set",
        ),
        ({"test": 361}, "test of at most 360 examples, the official test set"),
    ],
)
def test_more_examples_than_there_are_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Digits(**options)  # type: ignore[arg-type]  # only sizes are given


def test_the_digits_are_those_of_scikit_learn() -> None:
    images, labels = load_digits(return_X_y=True)

    found = Digits().official(())

    inputs = torch.cat([found.train_inputs, found.test_inputs]).numpy()
    np.testing.assert_array_equal(inputs.reshape(1797, 64), images * 15)
    np.testing.assert_array_equal(torch.cat([found.train_targets, found.test_targets]).numpy(), labels)


def test_digits_that_are_not_the_bundled_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = load_digits(return_X_y=True)
    images[17, 3] += 1
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda **_: (images, labels))

    with pytest.raises(
        DataError, match=r"digits: scikit-learn's bundled digits have SHA-256 .*; reinstall scikit-learn"
    ):
        Digits().official(())


@pytest.mark.parametrize("dataset", [Digits(), FashionMnist(), Numbered()], ids=lambda dataset: type(dataset).__name__)
def test_a_smoke_run_takes_few_examples(dataset: Dataset) -> None:
    small = dataset.smoke()

    assert (small.train, small.validation, small.test) == (256, 128, 128)
