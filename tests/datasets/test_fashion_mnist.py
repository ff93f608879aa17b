"""The real Fashion-MNIST, where it lies beside the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from lossgeo.datasets.mnist import FashionMnist

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.fashion,
    pytest.mark.skipif(not (DATA / "FashionMNIST" / "raw").is_dir(), reason="Fashion-MNIST is not in ../shared/data"),
]


def test_the_splits_of_the_paper_have_their_sizes() -> None:
    parts = FashionMnist().split((DATA,))

    assert {name: len(examples) for name, examples in parts.items()} == {
        "train": 50_000,
        "validation": 10_000,
        "test": 10_000,
    }


def test_train_and_validation_are_the_official_training_set_once_each() -> None:
    parts, official = FashionMnist().split((DATA,)), FashionMnist().official((DATA,))

    split = torch.cat([parts["train"].inputs, parts["validation"].inputs]).flatten(1).numpy()
    whole = official.train_inputs.flatten(1).numpy()
    np.testing.assert_array_equal(np.sort(split @ np.arange(784)), np.sort(whole @ np.arange(784)))


def test_every_class_has_a_thousand_official_test_examples() -> None:
    assert FashionMnist().split((DATA,))["test"].targets.bincount().tolist() == [1000] * 10


def test_the_moments_of_the_training_set_are_the_ones_that_everybody_quotes() -> None:
    train = FashionMnist(train=59_999, validation=1, normalization="standard").split((DATA,))["train"]

    assert (train.mean[0], train.std[0]) == pytest.approx((0.2860, 0.3530), abs=1e-4)
