"""MNIST and Fashion-MNIST, which share a format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from lossgeo.datasets.pictures import Official
from lossgeo.datasets.published import Published, torchvision_class


class Mnist(Published, kind="mnist"):
    """Handwritten digits, 28 × 28, 60,000 for training and 10,000 for testing (LeCun, Cortes and Burges 1998)."""

    inputs: ClassVar[tuple[int, ...]] = (1, 28, 28)
    outputs: ClassVar[int] = 10
    official_train: ClassVar[int] = 60_000
    official_test: ClassVar[int] = 10_000
    torchvision_name: ClassVar[str] = "MNIST"
    files: ClassVar[Mapping[str, str]] = {
        "MNIST/raw/train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "MNIST/raw/train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "MNIST/raw/t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "MNIST/raw/t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }

    train: int = Field(default=50_000, ge=1, description="number of training examples, from the official 60,000")
    validation: int = Field(
        default=10_000, ge=1, description="number of validation examples, from the rest of the 60,000"
    )

    def read_files(self, folder: Path, *, download: bool) -> Official:
        """Both parts, with a channel axis: `[N 1 28 28]`."""
        reader = torchvision_class(self.torchvision_name)
        train, test = (reader(folder, train=part, download=download) for part in (True, False))
        return Official(train.data[:, None], train.targets, test.data[:, None], test.targets)


class FashionMnist(Mnist, kind="fashion_mnist"):
    """Pictures of clothing, 28 × 28, 60,000 for training and 10,000 for testing (Xiao, Rasul and Vollgraf 2017)."""

    torchvision_name: ClassVar[str] = "FashionMNIST"
    files: ClassVar[Mapping[str, str]] = {
        "FashionMNIST/raw/train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "FashionMNIST/raw/train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "FashionMNIST/raw/t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "FashionMNIST/raw/t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    }
