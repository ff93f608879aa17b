"""The statistics of BatchNorm layers where weights are evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from jaxtyping import Float

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.mode import EVALUATION, Mode
from lossgeo.landscape.weights import NO_WEIGHTS, Layout, Parameters, Points
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

BatchNorm = Literal["recalibrate", "checkpoint", "batch"]
"""Statistics estimated anew at every weight vector; those kept in training, combined as the weights; the batch's."""

CALIBRATION_EXAMPLES = 2000
"""The number of training examples, the first ones without augmentation, that statistics are estimated from."""

CALIBRATION_BATCH = 200
"""Examples in a batch: means over 2,000 pictures spread much less than those of one training batch of 128."""

OWN_BATCH = 64
"""Examples in a batch that is normalised with its own statistics."""


@runtime_checkable
class Forward(Protocol):
    """The forward pass of a network."""

    def __call__(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Tensor:
        """The outputs of a network in a mode."""
        ...


@dataclass(frozen=True)
class Normalization:
    """The policy for BatchNorm statistics, with the data that it needs.

    The statistics kept in the training of end points do not hold between them, where the variance of averaged networks
    collapses (Jordan et al. 2022, arXiv:2211.08403); so they are estimated anew wherever weights are evaluated,
    as a cumulative average over fixed training batches without augmentation, as Izmailov et al. 2018
    (arXiv:1803.05407) do for averaged weights. Weights and kept statistics are not changed.

    Args:
        layout: names and shapes of the statistics, S numbers; empty for a network without BatchNorm layers.
        policy: where the statistics come from.
        examples: to estimate them from, for the policy `recalibrate`.
    """

    layout: Layout = NO_WEIGHTS
    policy: BatchNorm = "recalibrate"
    examples: Examples | None = None

    @property
    def is_needed(self) -> bool:
        """Whether the network has BatchNorm layers."""
        return self.layout.dimension > 0

    @property
    def batch(self) -> int | None:
        """The number of examples that are normalised with the statistics of one another; None where none are."""
        return OWN_BATCH if self.is_needed and self.policy == "batch" else None

    def mode(self, forward: Forward, parameters: Parameters, points: Points, i: int) -> Mode:
        """The mode in which to evaluate the `i`-th point, which has the given parameters.

        Raises:
            ValueError: if what the policy needs is not there.
        """
        if not self.is_needed or self.policy == "batch":
            return EVALUATION
        if self.policy == "checkpoint":
            return Mode(statistics=self.layout.split(self._kept(points)[i]))
        return Mode(statistics=self.layout.split(self.recalibrated(forward, parameters)))

    @staticmethod
    def _kept(points: Points) -> Tensor:
        if points.statistics is None:
            raise ValueError("these weights come without statistics of BatchNorm layers; use `batch_norm: recalibrate`")
        return points.statistics

    def recalibrated(self, forward: Forward, parameters: Parameters) -> Float[Tensor, " S"]:
        """Mean and unbiased variance of the inputs of every BatchNorm layer, averaged over the calibration batches.

        Raises:
            ValueError: if there are no examples to estimate them from.
        """
        if self.examples is None or len(self.examples) == 0:
            raise ValueError("statistics of BatchNorm layers are estimated from training examples, got none")
        first = next(iter(parameters.values()))
        batches = torch.arange(len(self.examples), device=first.device).split(CALIBRATION_BATCH)
        total = first.new_zeros(self.layout.dimension)
        with torch.no_grad():
            for index in batches:
                seen: dict[str, Tensor] = {}
                forward(parameters, self.examples.batch(index)[0].to(first), Mode(seen=seen))
                total += self.layout.join(seen)
        return total / len(batches)


class Running:
    """The statistics kept in training: exponential averages over the batches, as torch's layers keep them.

    They start at mean 0 and variance 1, or where another training has left them.

    Args:
        layout: names and shapes of the statistics.
        start: where they start.
        device: where they are.
    """

    MOMENTUM = 0.1

    def __init__(
        self, layout: Layout, start: Float[Tensor, "1 S"] | None = None, device: torch.device | str = "cpu"
    ) -> None:
        self.layout = layout
        fresh = {name: torch.full(shape, 1.0 * name.endswith("variance")) for name, shape in layout.shapes}
        self.vector = (layout.join(fresh) if fresh else torch.zeros(0)).to(device)
        if start is not None:
            self.vector.copy_(start[0])

    def update(self, seen: Parameters) -> None:
        """Move the averages a tenth of the way to the statistics of a batch."""
        if seen:
            self.vector.lerp_(self.layout.join(seen), self.MOMENTUM)
