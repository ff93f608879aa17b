"""The landscape of a network on a set of examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from lossgeo.landscape.landscape import Evaluation, Landscape, Progress, silent
from lossgeo.landscape.weights import Layout, Parameters, Points

EXAMPLES_AT_ONCE = 1000
"""Examples of one forward pass. Sums are taken in this order, so a change of it changes the last bits."""

EXAMPLES_AT_ONCE_SHARED = 250
"""The same where the first layer is shared: K hidden layers of so many examples should stay in the cache."""

POINTS_AT_ONCE = 64
"""Weight vectors that are written out at the same time."""


@runtime_checkable
class Network(Protocol):
    """A network as a pure function of its parameters."""

    def forward(self, parameters: Parameters, inputs: Tensor, dropout: Generator | None) -> Float[Tensor, "b c"]:
        """The logits; with `dropout` given, units are dropped at random from that stream."""
        ...


@runtime_checkable
class SharedNetwork(Network, Protocol):
    """A network whose first layer is linear in its parameters: forward = rest ∘ first.

    Law: ``first(Σ φₖ pₖ, x) = Σ φₖ first(pₖ, x)``.
    """

    first_parameters: frozenset[str]

    def first(self, parameters: Parameters, inputs: Tensor) -> Tensor:
        """The pre-activations of the first layer, `[b …]`."""
        ...

    def rest(self, parameters: Parameters, hidden: Tensor, dropout: Generator | None) -> Float[Tensor, "b c"]:
        """The logits from the pre-activations of the first layer; does not need `first_parameters`."""
        ...


@dataclass(frozen=True)
class Examples:
    """Labelled examples in memory: inputs as they were stored, normalised when a batch is read.

    Args:
        inputs: `[N …]` uint8.
        targets: `[N]` int64, class numbers.
        mean, std: of the inputs scaled to [0, 1], one per channel; (0,) and (1,) leave them in [0, 1].
    """

    inputs: UInt8[Tensor, "N ..."]
    targets: Int64[Tensor, " N"]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, index: slice | Tensor) -> tuple[Float[Tensor, "b ..."], Int64[Tensor, " b"]]:
        """Inputs as float32 (x / 255 − mean) / std and their targets."""
        inputs = self.inputs[index].to(torch.float32) / 255
        if self.mean != (0.0,) or self.std != (1.0,):
            channel = (1, -1, *[1] * (inputs.dim() - 2))
            inputs = (inputs - torch.tensor(self.mean).view(channel)) / torch.tensor(self.std).view(channel)
        return inputs, self.targets[index]


class NetworkLandscape(Landscape):
    """Mean cross-entropy (nats) and accuracy of a network on fixed examples."""

    def __init__(self, network: Network, layout: Layout, examples: Examples) -> None:
        self.network = network
        self.layout = layout
        self.examples = examples

    @property
    def dimension(self) -> int:
        """D, the number of weights."""
        return self.layout.dimension

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """Evaluate every point; the first layer is shared where that is less work.

        Raises:
            ValueError: if the points do not have `dimension` weights.
        """
        if points.basis.shape[1] != self.dimension:
            raise ValueError(f"this landscape has {self.dimension} weights, got points of {points.basis.shape[1]}")
        with torch.no_grad():
            if isinstance(self.network, SharedNetwork) and len(points) > len(points.basis):
                return self.evaluate_shared(points, progress)
            return self.evaluate_plainly(points, progress)

    def evaluate_plainly(self, points: Points, progress: Progress = silent) -> Evaluation:
        """One forward pass a point: the definition that the shared evaluation is tested against."""
        tally = Tally(len(points))
        for start in range(0, len(points), POINTS_AT_ONCE):
            for i, theta in enumerate(points.dense(slice(start, start + POINTS_AT_ONCE)), start):
                parameters = self.layout.split(theta)
                for inputs, targets in self._batches(EXAMPLES_AT_ONCE):
                    tally.add(i, self.network.forward(parameters, inputs, None), targets)
                progress((i + 1) / len(points), f"point {i + 1}/{len(points)}")
        return tally.mean(len(self.examples))

    def evaluate_shared(self, points: Points, progress: Progress = silent) -> Evaluation:
        """X · θ₁(t) = Σₖ φₖ(t) (x · B₁ₖ): the inputs meet each basis vector once, not each point."""
        network = self.network
        if not isinstance(network, SharedNetwork):
            raise TypeError(f"{type(network).__name__} has no first layer to share; use `evaluate_plainly`")
        coefficients = points.coefficients.to(points.basis)
        basis = [self.layout.split(row) for row in points.basis]
        rest = [name for name, _ in self.layout.shapes if name not in network.first_parameters]
        stacked = {name: torch.stack([row[name] for row in basis]) for name in rest}
        count = ceil(len(self.examples) / EXAMPLES_AT_ONCE_SHARED)
        tally = Tally(len(points))
        for j, (inputs, targets) in enumerate(self._batches(EXAMPLES_AT_ONCE_SHARED), 1):
            hidden = torch.stack([network.first(row, inputs) for row in basis])  # [K b …]
            for start in range(0, len(points), POINTS_AT_ONCE):
                weights = coefficients[start : start + POINTS_AT_ONCE]
                combined = {name: torch.tensordot(weights, value, 1) for name, value in stacked.items()}
                for i, phi in enumerate(weights):
                    parameters = {name: value[i] for name, value in combined.items()}
                    logits = network.rest(parameters, torch.tensordot(phi, hidden, 1), None)
                    tally.add(start + i, logits, targets)
            progress(j / count, f"examples {j * EXAMPLES_AT_ONCE_SHARED:,} at {len(points):,} points")
        return tally.mean(len(self.examples))

    def _batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        return (self.examples.batch(slice(i, i + size)) for i in range(0, len(self.examples), size))


class Tally:
    """Sums of losses (float64) and counts of correct answers (int64) at n points."""

    def __init__(self, n: int) -> None:
        self.loss = np.zeros(n)
        self.correct = np.zeros(n, dtype=np.int64)

    def add(self, i: int, logits: Float[Tensor, "b c"], targets: Int64[Tensor, " b"]) -> None:
        """Count a batch of examples for point `i`."""
        self.loss[i] += cross_entropy(logits, targets, reduction="none").sum(dtype=torch.float64).item()
        self.correct[i] += (logits.argmax(1) == targets).sum().item()

    def mean(self, count: int) -> Evaluation:
        """The means over `count` examples; where the loss is not finite there is no answer to call correct."""
        finite = np.isfinite(self.loss)
        return Evaluation(loss=self.loss / count, accuracy=np.where(finite, self.correct / count, np.nan))
