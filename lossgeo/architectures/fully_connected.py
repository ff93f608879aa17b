"""Functions that fully connected architectures share."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Annotated

from pydantic import Field

from lossgeo.landscape.weights import Layout

Width = Annotated[int, Field(ge=1, le=1_000_000)]
"""Number of units in a hidden layer."""


def fully_connected(inputs: tuple[int, ...], hidden: tuple[int, ...], outputs: int) -> Layout:
    """Shapes of a fully connected network: ``layer0.weight`` `[h d]`, ``layer0.bias`` `[h]`, and so on.

    >>> fully_connected((1, 2, 2), (3,), 10).dimension
    55
    """
    shapes: list[tuple[str, tuple[int, ...]]] = []
    for i, (before, after) in enumerate(pairwise((prod(inputs), *hidden, outputs))):
        shapes += [(f"layer{i}.weight", (after, before)), (f"layer{i}.bias", (after,))]
    return Layout(tuple(shapes))
