"""The data set CIFAR-10."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from lossgeo.datasets.pictures import Official
from lossgeo.datasets.published import Published, torchvision_class
from lossgeo.lazy import torch


class Cifar10(Published, kind="cifar10"):
    """Colour pictures of ten kinds of things, 32 × 32, 50,000 for training and 10,000 for testing (Krizhevsky 2009)."""

    inputs: ClassVar[tuple[int, ...]] = (3, 32, 32)
    outputs: ClassVar[int] = 10
    official_train: ClassVar[int] = 50_000
    official_test: ClassVar[int] = 10_000
    files: ClassVar[Mapping[str, str]] = {
        "cifar-10-batches-py/data_batch_1": "c99cafc152244af753f735de768cd75f",
        "cifar-10-batches-py/data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "cifar-10-batches-py/data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "cifar-10-batches-py/data_batch_4": "634d18415352ddfa80567beed471001a",
        "cifar-10-batches-py/data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "cifar-10-batches-py/test_batch": "40351d587109b95175f43aff81a1287e",
        "cifar-10-batches-py/batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
    }

    train: int = Field(default=45_000, ge=1, description="number of training examples, from the official 50,000")
    validation: int = Field(
        default=5_000, ge=1, description="number of validation examples, from the rest of the 50,000"
    )

    def read_files(self, folder: Path, *, download: bool) -> Official:
        """Both parts, channels first: `[N 3 32 32]`. The official files are pickles, so only verified ones are read."""
        reader = torchvision_class("CIFAR10")
        train, test = (reader(folder, train=part, download=download) for part in (True, False))
        inputs = [torch.from_numpy(part.data).permute(0, 3, 1, 2).contiguous() for part in (train, test)]
        targets = [torch.tensor(part.targets) for part in (train, test)]
        return Official(inputs[0], targets[0], inputs[1], targets[1])
