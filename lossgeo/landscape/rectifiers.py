"""The evaluation of rectifier networks at many points, in passes that are fused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.forward import RectifierNetwork
from lossgeo.landscape.landscape import Progress
from lossgeo.landscape.orders import CombinedFirstLayer, Order
from lossgeo.landscape.passes import groups, require_weights
from lossgeo.landscape.task import CLASSIFICATION
from lossgeo.landscape.weights import Layout, Points
from lossgeo.lazy import functional, torch

if TYPE_CHECKING:
    from torch import Tensor

NUMBERS_IN_CACHE = 2**16
"""Pre-activations of a block, all basis vectors together: 256 KiB, half of the second cache of a core."""

EXAMPLES_AT_ONCE = 256
"""Examples whose first layers are computed together, block by block to be combined."""

WORTH_COMPILING = 1e10
"""Multiplications that take about as long as to load or to compile the kernel."""


def is_worth_fusing(order: Order, layout: Layout, examples: Examples, points: Points) -> bool:
    """Whether an evaluation can be made in fused passes and is long enough; a block is evaluated as all points are."""
    if not isinstance(order, CombinedFirstLayer) or not isinstance(order.network, RectifierNetwork):
        return False
    is_possible = (
        bool(order.network.rectified_layers)
        and examples.task is CLASSIFICATION
        and examples.targets.dim() == 1
        and points.basis.dtype == torch.float32
        and examples.device.type == "cpu"
    )
    n = len(points) if points.among is None else points.among
    further = sum(prod(shape) for name, shape in layout.shapes if order.needs(name))
    return is_possible and n * len(examples) * further > WORTH_COMPILING


@dataclass(frozen=True)
class Rectifiers:
    """The further layers of a rectifier network whose first layers are combined."""

    network: RectifierNetwork
    layout: Layout

    def tally(self, examples: Examples, points: Points, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
        """The sum of the losses, float64 `[n]`, and the number of right answers, int64 `[n]`, at every point.

        A sum is not finite if a logit is not.

        Raises:
            ValueError: if the points do not have as many weights as the layout.
        """
        require_weights(self.layout, points)
        from lossgeo.kernels.rectifiers import LANES, TILE, add_losses

        losses, correct = np.zeros(len(points)), np.zeros(len(points), np.int64)
        basis = self._joined(points.basis)
        units = np.array([self._shape(f"{name}.bias")[0] for name in self.network.rectified_layers])
        for start, group in groups(self._needs, self.layout, points):
            rows = slice(start, start + len(group.points))
            phi = group.points.coefficients.to(torch.float32).numpy()
            weights = torch.cat(
                [self._packed(name, group.weights, (TILE, LANES)) for name in self.network.rectified_layers], 1
            ).numpy()
            for at in range(0, len(examples), EXAMPLES_AT_ONCE):
                inputs, targets = examples.batch(slice(at, at + EXAMPLES_AT_ONCE))
                first = self.network.first(basis, inputs).view(len(inputs), len(points.basis), -1).numpy()
                answers = targets.numpy()
                block = max(1, NUMBERS_IN_CACHE // first[0].size)
                for i in range(0, len(first), block):
                    add_losses(
                        *(first[i : i + block], phi, weights, units, answers[i : i + block]),
                        *(losses[rows], correct[rows]),
                    )
                share = (start + len(phi) * (at + len(inputs)) / len(examples)) / len(points)
                progress(share, f"{at + len(inputs):,} of {len(examples):,} examples")
        return losses, correct

    def _needs(self, name: str) -> bool:
        return name not in self.network.first_parameters

    def _shape(self, name: str) -> tuple[int, ...]:
        return dict(self.layout.shapes)[name]

    def _joined(self, basis: Float[Tensor, "K D"]) -> dict[str, Tensor]:
        """The first layers of all basis vectors as one layer of K times as many units."""
        rows = [self.layout.split(row) for row in basis]
        return {name: torch.cat([row[name] for row in rows]) for name in self.network.first_parameters}

    def _packed(self, name: str, weights: Mapping[str, Tensor], multiples: tuple[int, int]) -> Float[Tensor, "m r"]:
        """Weights and biases of a layer at every point, with zeros up to the multiples of its units and its inputs."""
        weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        units, inputs = (-size % multiple for size, multiple in zip(weight.shape[1:], multiples, strict=True))
        biases = -(bias.shape[1] + units) % multiples[1]
        return torch.cat(
            [functional.pad(weight, (0, inputs, 0, units)).flatten(1), functional.pad(bias, (0, units + biases))], 1
        )
