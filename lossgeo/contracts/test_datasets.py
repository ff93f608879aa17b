"""The laws of data sets."""

from __future__ import annotations

import pytest
import torch

from lossgeo.contracts.chosen import chosen, is_shipped, of_every
from lossgeo.datasets.base import Dataset
from lossgeo.errors import DataError
from lossgeo.landscape.task import CLASSIFICATION

WITHOUT_FILES = {"digits", "waveform"}
"""Shipped data sets that can be had without a file; those of plugins are tried."""


@of_every(Dataset)
def test_a_dataset_has_the_sizes_that_its_options_say(variant: type[Dataset]) -> None:
    dataset = variant.example().model_copy(update={"test": 3})

    assert dataset.sizes == {"train": dataset.train, "validation": dataset.validation, "test": 3}
    assert variant.example().sizes["test"] >= 3


@of_every(Dataset)
def test_a_dataset_states_its_shape_and_its_outputs(variant: type[Dataset]) -> None:
    dataset = variant.example()

    assert all(size > 0 for size in dataset.inputs)
    assert dataset.outputs > (1 if dataset.task is CLASSIFICATION else 0)


@of_every(Dataset)
def test_a_smoke_run_of_a_dataset_takes_few_examples(variant: type[Dataset]) -> None:
    whole, small = variant.example().sizes, variant.example().smoke().sizes

    most = (min(whole["train"], 256), min(whole["validation"], 128), min(whole["test"], 128))
    assert (small["train"], small["validation"], small["test"]) == most


@pytest.mark.parametrize(
    "variant", [one for kind, one in chosen(Dataset).items() if kind in WITHOUT_FILES or not is_shipped(one)]
)
def test_a_dataset_has_the_examples_that_it_states(variant: type[Dataset]) -> None:
    dataset = variant.example()
    try:
        parts = dataset.split(())
    except DataError as error:
        pytest.skip(f"this data set needs files: {error}")

    assert {name: len(examples) for name, examples in parts.items()} == dataset.sizes
    for examples in parts.values():
        inputs, targets = examples.batch(slice(5))
        assert (tuple(inputs.shape), inputs.dtype) == ((5, *dataset.inputs), torch.float32)
        assert examples.task is dataset.task
        assert (targets.dtype, targets.dim()) == (
            (torch.int64, 1) if dataset.task is CLASSIFICATION else (torch.float32, 2)
        )
