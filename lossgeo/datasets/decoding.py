"""Pictures decoded from files into numbers, and a cached copy of the numbers that saves decoding again."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from jaxtyping import UInt8
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from lossgeo.datasets.picture_files import PARTS, PictureFile
from lossgeo.datasets.pictures import Official
from lossgeo.datasets.places import cache_folder
from lossgeo.errors import DataError
from lossgeo.lazy import torch

FORMATS = ("JPEG", "PNG")

Categories = Mapping[tuple[str, str], UInt8[np.ndarray, "h w 3"]]
"""The pictures of a part by their class and the name of their file."""


def decoded(files: Iterable[PictureFile], source: Path, size: int) -> Official:
    """All pictures, sorted by class and file name; classes are numbered in alphabetical order.

    Raises:
        DataError: if a file is no RGB picture of `size` × `size`, or the two parts do not have the same classes.
    """
    parts: dict[str, dict[tuple[str, str], UInt8[np.ndarray, "h w 3"]]] = {part: {} for part in PARTS}
    for part, category, name, content in files:
        place = f"{source}: '{part}/{category}/{name}'"
        if (category, name) in parts[part]:
            raise DataError(f"{place}: expected once, got twice")
        parts[part][category, name] = _pixels(content, place, size)
    names = [sorted({category for category, _ in part}) for part in parts.values()]
    if names[0] != names[1]:
        others = sorted(set(names[0]) ^ set(names[1]))
        raise DataError(f"{source}: expected the same classes in train and test, got {others} in one of them")
    return Official(*_stacked(parts["train"], names[0], size), *_stacked(parts["test"], names[0], size))


def _stacked(part: Categories, names: list[str], size: int) -> tuple[torch.Tensor, torch.Tensor]:
    number = {name: i for i, name in enumerate(names)}
    order = sorted(part)
    inputs = np.empty((len(order), 3, size, size), np.uint8)
    for i, key in enumerate(order):
        inputs[i] = part[key].transpose(2, 0, 1)
    return torch.from_numpy(inputs), torch.tensor([number[category] for category, _ in order], dtype=torch.int64)


def _pixels(content: bytes, place: str, size: int) -> UInt8[np.ndarray, "h w 3"]:
    """The pixels of a picture, decoded after its header has been checked."""
    from PIL import Image

    refused = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is refused below
            image = Image.open(BytesIO(content), formats=FORMATS)
        if image.size == (size, size) and image.mode == "RGB":
            return np.array(image)
    except refused as error:
        raise DataError(f"{place}: expected a picture ({' or '.join(FORMATS)}), got another file ({error})") from error
    got = f"{image.size[0]} × {image.size[1]} {image.mode}"
    raise DataError(f"{place}: expected {size} × {size} RGB, got {got}; nothing is resized or converted here")


def digest(official: Official) -> str:
    """SHA-256 of all numbers: equal for a folder and an archive, and for every lossless compression of a picture."""
    total = sha256()
    for name, value in sorted(vars(official).items()):
        total.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        total.update(value.numpy().data)
    return total.hexdigest()


def kept(stamp: str, expected: str) -> Official | None:
    """The cached numbers for the source with that stamp, if they have the expected digest."""
    with suppress(OSError, SafetensorError, TypeError):
        arrays = load_file(_place(stamp))
        official = Official(**{name: torch.from_numpy(array) for name, array in arrays.items()})
        return official if digest(official) == expected else None
    return None


def keep(stamp: str, official: Official) -> None:
    """Write the numbers to the user's cache, completely or not at all; does nothing if the cache cannot be written."""
    place = _place(stamp)
    arrays = {name: tensor.numpy() for name, tensor in vars(official).items()}
    with suppress(OSError, SafetensorError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=place.parent) as aside:
            save_file(arrays, Path(aside) / place.name)
            (Path(aside) / place.name).replace(place)


def _place(stamp: str) -> Path:
    return cache_folder() / "decoded" / f"{stamp}.safetensors"
