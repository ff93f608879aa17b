"""How much a surface gains from a shared first layer: its time as a ratio to one forward pass a point, in the same run.

python benchmarks/first_layer.py
"""

from __future__ import annotations

from statistics import median
from time import perf_counter

import torch

from lossgeo.architectures.mlp import Mlp
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points

EXAMPLES, POINTS, ROUNDS = 10_000, 64, 3


def main() -> None:
    """Time both evaluations in turn, for a plane (three vectors) and for a neural curve (41)."""
    network = Mlp(hidden=(512,))
    layout = network.layout((1, 28, 28), 10)
    generator = stream(0, "benchmark")
    inputs = torch.randint(0, 256, (EXAMPLES, 1, 28, 28), generator=generator).to(torch.uint8)
    examples = Examples(inputs, torch.randint(0, 10, (EXAMPLES,), generator=generator))
    landscape = NetworkLandscape(network, layout, examples)
    for vectors in (3, 41):
        basis = torch.stack([network.initialise(layout, generator) for _ in range(vectors)])
        coefficients = torch.rand(POINTS, vectors, generator=generator, dtype=torch.float64)
        points = Points(coefficients / coefficients.sum(1, keepdim=True), basis)
        ratios = []
        with pinned(), torch.no_grad():
            for _ in range(ROUNDS):
                start = perf_counter()
                landscape.evaluate_shared(points)
                middle = perf_counter()
                landscape.evaluate_plainly(points)
                ratios.append((middle - start) / (perf_counter() - middle))
        print(
            f"{vectors} basis vectors, {POINTS} points, {EXAMPLES:,} examples: {median(ratios):.2f} of the plain time"
        )


if __name__ == "__main__":
    main()
