"""Planes and hulls over networks: the loss and the error at many points on many pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from benchmarks.loops import loader, memory
from benchmarks.rates import bytes_per_second, operations_per_second
from benchmarks.row import Row
from benchmarks.side_by_side import seconds_side_by_side
from lossgeo.architectures.base import Architecture
from lossgeo.architectures.lenet5 import LeNet5
from lossgeo.architectures.mlp import Mlp
from lossgeo.devices import cores
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.landscape import Evaluation
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.weights import Points

NETWORKS: dict[str, Architecture] = {
    "784-512-10": Mlp(hidden=(512,)),
    "784-300-100-10": Mlp(hidden=(300, 100)),
    "LeNet-5": LeNet5(),
}
SHAPE, CLASSES = (1, 28, 28), 10


@dataclass(frozen=True)
class Surface:
    """Points over networks, to be evaluated on pictures.

    Args:
        network: its name.
        vectors: K, the networks that are combined.
        points: n, how many combinations.
        pictures: how many, of noise.
    """

    network: str
    vectors: int
    points: int
    pictures: int

    @property
    def basis(self) -> Tensor:
        """The networks, `[K D]`."""
        generator, network = torch.Generator().manual_seed(0), NETWORKS[self.network]
        layout = network.layout(SHAPE, CLASSES)
        return torch.stack([network.initialise(layout, generator) for _ in range(self.vectors)])

    @property
    def coefficients(self) -> Tensor:
        """Φ, `[n K]`, rows of sum one."""
        drawn = torch.rand(self.points, self.vectors, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        return drawn / drawn.sum(1, keepdim=True)

    @property
    def data(self) -> tuple[Tensor, Tensor]:
        """Pixels and classes."""
        generator = torch.Generator().manual_seed(2)
        pixels = torch.randint(0, 256, (self.pictures, *SHAPE), generator=generator, dtype=torch.uint8)
        return pixels, torch.randint(0, CLASSES, (self.pictures,), generator=generator)

    @property
    def limit_seconds(self) -> float | None:
        """The time of the products that no point shares with another, for a network of linear layers only."""
        widths = [int(part) for part in self.network.split("-") if part.isdigit()]
        if len(widths) < 3:
            return None
        shared = self.vectors * widths[0] * widths[1]
        own = self.vectors * widths[1] + sum(a * b for a, b in pairwise(widths[1:]))
        return 2 * self.pictures * (shared + self.points * own) / operations_per_second()


def prepared(surface: Surface, first: int, last: int) -> Callable[[], Evaluation]:
    """The evaluation of some of the points, ready to begin."""
    network = NETWORKS[surface.network]
    every = Points(surface.coefficients, surface.basis)
    landscape = NetworkLandscape(network, network.layout(SHAPE, CLASSES), Examples(*surface.data))
    some = every.block(slice(first, last))
    with pinned():
        landscape.first(512).evaluate(every.block(slice(first, first + 8)))

    def evaluate() -> Evaluation:
        with pinned():
            return landscape.evaluate(some)

    return evaluate


def rows(name: str, surface: Surface, wanted_of_memory: float, wanted_of_loader: float | None = None) -> Iterator[Row]:
    """The rows of a surface: beside the loop in memory, and beside that over a loader where that is asked for."""
    bounds = np.linspace(0, surface.points, cores() + 1).astype(int).tolist()
    shares = [(surface, *bound) for bound in pairwise(bounds)]
    seconds, found = seconds_side_by_side(prepared, shares)
    losses = np.concatenate([part.loss for part in found])
    for loop, wanted, count in ((memory, wanted_of_memory, 8), (loader, wanted_of_loader, 1)):
        if wanted is not None:
            weights = surface.coefficients[:count].float() @ surface.basis
            taken, plain = loop(surface.network, weights, *surface.data)
            yield Row(
                name=name,
                plain=loop.__name__,
                ours_seconds=seconds / surface.points,
                plain_seconds=taken / count,
                limit_seconds=None if surface.limit_seconds is None else surface.limit_seconds / surface.points,
                wanted=wanted,
                difference=float(np.abs(losses[:count] / np.array(plain) - 1).max()),
                sizes={"points": surface.points, "vectors": surface.vectors, "pictures": surface.pictures},
                threads=len(shares),
                notes={
                    "network": surface.network,
                    "seconds": "of a point",
                    "bytes": f"{bytes_per_second():.2e} a second",
                },
            )


def plane() -> Iterator[Row]:
    """A plane of a network with one hidden layer."""
    return rows("plane, 784-512-10", Surface("784-512-10", 3, 41 * 41, 60_000), 40, 300)


def plane_of_three_layers() -> Iterator[Row]:
    """A plane of a network with three layers."""
    return rows("plane, 784-300-100-10", Surface("784-300-100-10", 3, 21 * 21, 60_000), 10)


def plane_of_lenet() -> Iterator[Row]:
    """A plane of LeNet-5."""
    return rows("plane, LeNet-5", Surface("LeNet-5", 3, 5 * 5, 60_000), 5)


def hull() -> Iterator[Row]:
    """Samples of a hull of networks with one hidden layer."""
    return rows("hull, 784-512-10", Surface("784-512-10", 16, 128, 50_000), 20)


def hull_of_lenet() -> Iterator[Row]:
    """Samples of a hull of LeNet-5."""
    return rows("hull, LeNet-5", Surface("LeNet-5", 16, 32, 50_000), 6)
