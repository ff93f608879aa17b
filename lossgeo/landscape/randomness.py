"""Independent streams of randomness, derived from a seed and the name of what is drawn."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator


def stream(seed: int | None, *name: str | int) -> Generator:
    """A CPU generator that depends on (`seed`, `name`) alone; None is the seed of what no seed changes.

    Streams with different names are independent for every purpose here: their seeds are the first 63 bits of
    SHA-256 of the seed and the name, so neither the order of calls nor a neighbouring seed matters.

    >>> stream(0, "order").initial_seed() == stream(0, "order").initial_seed()
    True
    >>> stream(0, "order").initial_seed() == stream(0, "dropout").initial_seed()
    False
    """
    digest = sha256("/".join(map(str, (seed, *name))).encode()).digest()
    generator = torch.Generator()
    generator.manual_seed(int.from_bytes(digest[:8], "big") >> 1)
    return generator
