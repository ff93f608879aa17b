"""How much evaluating many networks at once gains: the time as a ratio to one forward pass a point, in the same run.

python benchmarks/many_networks.py
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time

import torch

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.convolutional import max_pool
from lossgeo.architectures.lenet5 import LeNet5
from lossgeo.architectures.mlp import Mlp
from lossgeo.architectures.resnet20 import ResNet20
from lossgeo.architectures.siren import Siren
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.normalization import Normalization
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.passes import fastest
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import CLASSIFICATION, REGRESSION
from lossgeo.landscape.weights import Points

ROUNDS, PICTURES = 5, 50_000

CASES: tuple[tuple[Architecture, tuple[int, ...], int, int, int], ...] = (
    (LeNet5(), (3, 32, 32), 3, 96, 256),
    (LeNet5(), (3, 32, 32), 32, 256, 64),
    (LeNet5(), (3, 32, 32), 32, 32, 512),
    (Mlp(hidden=(512,)), (1, 28, 28), 3, 64, 1024),
    (Mlp(hidden=(512,)), (1, 28, 28), 41, 256, 256),
    (Siren(), (1,), 32, 64, 1024),
    (ResNet20(), (3, 32, 32), 4, 4, 128),
)
"""Network, shape of the inputs, basis vectors, points, examples."""


def main() -> None:
    """Time every case in turn with its plain twin, and pooling with that of torch."""
    for network, shape, vectors, count, examples in CASES:
        landscape, points = _landscape(network, shape, examples), _points(network, shape, vectors, count)
        order = fastest(network, landscape.layout, landscape.normalization, points)
        with pinned():
            times = [
                (_seconds(lambda: landscape.evaluate(points)), _seconds(lambda: landscape.evaluate_plainly(points)))  # noqa: B023  # called at once
                for _ in range(ROUNDS)
            ]
        each = min(quick for quick, _ in times) / count / examples * PICTURES
        print(
            f"{network.kind}, {count} points over {vectors} vectors, {type(order).__name__}: "
            f"{median(quick / plain for quick, plain in times):.2f} of the plain time; "
            f"{each:.2f} s a point for {PICTURES:,} examples"
        )
    pictures = torch.rand(64, 6, 28, 28, generator=stream(0, "pictures"))
    with pinned():
        ratios = [
            _seconds(lambda: max_pool(pictures)) / _seconds(lambda: torch.nn.functional.max_pool2d(pictures, 2))
            for _ in range(20 * ROUNDS)
        ]
    print(f"pooling takes {median(ratios):.2f} of the time of torch's kernel")


def _landscape(network: Architecture, shape: tuple[int, ...], count: int) -> NetworkLandscape:
    generator = stream(0, "examples")
    if isinstance(network, Siren):
        inputs, targets = torch.rand(count, *shape, generator=generator), torch.rand(count, 1, generator=generator)
        examples = Examples(inputs, targets, task=REGRESSION)
    else:
        pixels = torch.randint(0, 256, (count, *shape), generator=generator, dtype=torch.uint8)
        mean = (0.5,) * shape[0]
        classes = torch.randint(0, 10, (count,), generator=generator)
        examples = Examples(pixels, classes, mean, mean, CLASSIFICATION)
    normalization = Normalization(network.statistics(shape), "batch")
    return NetworkLandscape(network, network.layout(shape, _outputs(network)), examples, normalization)


def _points(network: Architecture, shape: tuple[int, ...], vectors: int, count: int) -> Points:
    generator, layout = stream(0, "weights"), network.layout(shape, _outputs(network))
    basis = torch.stack([network.initialise(layout, generator) for _ in range(vectors)])
    coefficients = torch.rand(count, vectors, generator=generator, dtype=torch.float64)
    return Points(coefficients / coefficients.sum(1, keepdim=True), basis)


def _outputs(network: Architecture) -> int:
    return 1 if isinstance(network, Siren) else 10


def _seconds(step: Callable[[], object]) -> float:
    start = process_time()
    with torch.no_grad():
        step()
    return process_time() - start


if __name__ == "__main__":
    main()
