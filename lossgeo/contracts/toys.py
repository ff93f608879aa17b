"""Small landscapes, networks and subspaces that the laws are held on."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from lossgeo.analyses.base import Subject
from lossgeo.architectures.mlp import Mlp
from lossgeo.families.base import Family
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import silent
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points

INPUTS = (1, 3, 3)
CLASSES = 4


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    """Standard normal numbers that belong to the seed and the shape."""
    return torch.randn(*shape, generator=stream(seed, "normal", *shape), dtype=dtype)


def toy_examples(count: int = 40, seed: int = 0, inputs: tuple[int, ...] = INPUTS) -> Examples:
    """Noise with classes that a small network can learn: the class is the place of the brightest of four pixels."""
    pixels = torch.randint(0, 256, (count, *inputs), generator=stream(seed, "inputs"), dtype=torch.uint8)
    return Examples(pixels, pixels.flatten(1)[:, :CLASSES].argmax(1))


def laid(family: Family, dimension: int = 31) -> Fitted:
    """The family through normal anchors."""
    return family.initial(normal(family.anchors, dimension), stream(0, "features"))


def domain_of(family: Family) -> Tensor:
    """Nine points of the domain."""
    return family.sample(9, stream(0, "samples"))


def landscape() -> NetworkLandscape:
    """A network of a few weights on forty examples."""
    small = Mlp(hidden=(4,))
    return NetworkLandscape(small, small.layout(INPUTS, CLASSES), toy_examples(40))


def subject(family: Family) -> Subject:
    """A family laid through initialisations on that landscape."""
    surface = landscape()
    return Subject(
        family=family,
        fitted=laid(family, surface.dimension),
        independent=Points.of(normal(1, surface.dimension, seed=1)),
        landscape=lambda _split: surface,
        stream=partial(stream, 0),
        progress=silent,
        update=lambda corner, generator: torch.randn(surface.dimension, generator=generator).double() + corner,
    )
