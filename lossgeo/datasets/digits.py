"""The handwritten digits that scikit-learn contains."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from lossgeo.datasets.pictures import Official, Pictures
from lossgeo.errors import DataError
from lossgeo.lazy import torch

SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


class Digits(Pictures, kind="digits"):
    """1,797 handwritten digits of 8 × 8 pixels, bundled with scikit-learn: needs no download.

    They are the test part of Alpaydin and Kaynak's *Optical Recognition of Handwritten Digits* (1998), which has no
    further split; its last 360 are kept apart as the test set here. Grey values 0 … 16 are stored as 0 … 240.
    """

    inputs: ClassVar[tuple[int, ...]] = (1, 8, 8)
    outputs: ClassVar[int] = 10
    official_train: ClassVar[int] = 1437
    official_test: ClassVar[int] = 360

    train: int = Field(default=1137, ge=1, description="number of training examples, from the first 1,437")
    validation: int = Field(default=300, ge=1, description="number of validation examples, from the rest of the 1,437")

    def official(self, folders: Sequence[Path]) -> Official:
        """The bundled digits; `folders` are not searched, because scikit-learn brings its own copy.

        Raises:
            DataError: if scikit-learn's copy is not the one that results are stored for.
        """
        del folders
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        pixels, classes = images.astype(np.uint8), labels.astype(np.uint8)
        found = sha256(pixels.tobytes() + classes.tobytes()).hexdigest()
        if found != SHA256:
            raise DataError(
                f"digits: scikit-learn's bundled digits have SHA-256 {found}, expected {SHA256}; reinstall scikit-learn"
            )
        inputs = torch.from_numpy(pixels.reshape(-1, *self.inputs) * 15)
        targets = torch.from_numpy(classes.astype(np.int64))
        n = self.official_train
        return Official(inputs[:n], targets[:n], inputs[n:], targets[n:])
