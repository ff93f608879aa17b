"""Pictures in folders and archives that tests plant, and the data set that expects them."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lossgeo.datasets.image_folder import ImageFolder
from lossgeo.errors import DataError

SIZE = 5
CLASSES = ("ant", "bee", "cat")
Files = dict[str, bytes]


def pixels(number: int, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (size, size, 3), dtype=np.uint8)


def encoded(values: np.ndarray, form: str = "PNG", mode: str = "RGB") -> bytes:
    buffer = BytesIO()
    Image.fromarray(values).convert(mode).save(buffer, form)
    return buffer.getvalue()


def planted() -> Files:
    """Four pictures of each class in train, two in test, numbered in their order."""
    places = [
        f"{part}/{name}/{i}.png"
        for part, count in (("train", 4), ("test", 2))
        for name in CLASSES
        for i in range(count)
    ]
    return {place: encoded(pixels(number)) for number, place in enumerate(places)}


def folder(files: Mapping[str, bytes], data: Path) -> ImageFolder:
    for name, content in files.items():
        path = data / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return dataset("own")


def archive(
    files: Mapping[str, bytes], data: Path, ending: str = ".tar", *, more: tuple[tarfile.TarInfo, ...] = ()
) -> ImageFolder:
    """An archive with the files, last first, and other members after them."""
    data.mkdir(exist_ok=True)
    mode = {".tar": "w", ".tar.gz": "w:gz", ".tar.xz": "w:xz"}[ending]
    with tarfile.open(data / f"own{ending}", mode) as tar:  # type: ignore[call-overload]  # a mode that is known
        for name, content in reversed(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, BytesIO(content))
        for member in more:
            tar.addfile(member, BytesIO(bytes(member.size)))
    return dataset(f"own{ending}")


def dataset(source: str, **options: int | str) -> ImageFolder:
    sizes = {"classes": 3, "size": SIZE, "train_files": 12, "test_files": 6, "train": 8, "validation": 4}
    return ImageFolder.model_validate({"source": source, **sizes, **options})


def completed(incomplete: ImageFolder, data: Path) -> ImageFolder:
    """With the digest that its error tells to write."""
    with pytest.raises(DataError) as caught:
        incomplete.prepare([data])
    found = re.search(r"\n  sha256: ([0-9a-f]{64})$", str(caught.value))
    assert found is not None, caught.value
    return incomplete.model_copy(update={"sha256": found[1]})
