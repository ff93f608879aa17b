"""The orders in which forward passes at many points can be made, and what the points then share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from jaxtyping import Float

from lossgeo.landscape.forward import NetworkFunction, SharedFirstLayer
from lossgeo.landscape.mode import EVALUATION
from lossgeo.landscape.normalization import Normalization
from lossgeo.landscape.weights import Layout, Parameters, Points
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

POINTS_AT_ONCE = 8
"""Points whose first layers are computed together. Eight times the 6 channels of LeNet-5 fill three vector registers,
where 6 fill less than half of one; the hidden layers of more points would leave the cache."""

Outputs: TypeAlias = "Callable[[Tensor], Iterator[Float[Tensor, 'b ...']]]"
"""A batch of inputs → the outputs at every point of a group, point by point."""


@dataclass(frozen=True)
class Group:
    """Points whose weights are in memory at the same time.

    Args:
        points: m of them.
        weights: parameters of all, by name, `[m …]`.
    """

    points: Points
    weights: Mapping[str, Tensor]

    def parameters(self, i: int) -> Parameters:
        """The parameters of the `i`-th point, by name."""
        return {name: value[i] for name, value in self.weights.items()}

    def chunks(self) -> Iterator[range]:
        """The numbers of the points, a few at a time."""
        m = len(self.points)
        return (range(i, min(i + POINTS_AT_ONCE, m)) for i in range(0, m, POINTS_AT_ONCE))


class Order(ABC):
    """A way to make the forward passes of a group of points; all orders give the same outputs up to rounding."""

    @property
    def examples_at_once(self) -> int | None:
        """The batch that the outputs depend on; None if they do not."""
        return None

    def needs(self, name: str) -> bool:  # noqa: ARG002  # most need all
        """Whether a parameter has to be computed for every point."""
        return True

    @abstractmethod
    def outputs(self, group: Group) -> Outputs:
        """The forward passes of a group, as a function from inputs to the outputs at every point."""


@dataclass(frozen=True)
class PointByPoint(Order):
    """An order with one forward pass for each point: the definition that the other orders are tested against."""

    network: NetworkFunction
    normalization: Normalization

    @property
    def examples_at_once(self) -> int | None:
        return self.normalization.batch

    def outputs(self, group: Group) -> Outputs:
        # The statistics of BatchNorm layers are found once for each point, not for each batch.
        forward = self.network.forward
        parameters = [group.parameters(i) for i in range(len(group.points))]
        modes = [self.normalization.mode(forward, own, group.points, i) for i, own in enumerate(parameters)]
        return lambda inputs: (forward(own, inputs, mode) for own, mode in zip(parameters, modes, strict=True))


@dataclass(frozen=True)
class SideBySide(Order):
    """An order that computes the first layers of several points as one layer with that many times the units."""

    network: SharedFirstLayer

    def outputs(self, group: Group) -> Outputs:
        def outputs(inputs: Tensor) -> Iterator[Tensor]:
            for some in group.chunks():
                own = {name: group.weights[name][some.start : some.stop] for name in self.network.first_parameters}
                joined = self.network.first({name: value.flatten(0, 1) for name, value in own.items()}, inputs)
                for i, hidden in zip(some, joined.unflatten(1, (len(some), -1)).unbind(1), strict=True):
                    yield self.network.rest(group.parameters(i), hidden, EVALUATION)

        return outputs


@dataclass(frozen=True)
class CombinedFirstLayer(Order):
    """An order with X · θ₁(t) = Σₖ φₖ(t) (x · B₁ₖ): the inputs meet each basis vector once, not each point."""

    network: SharedFirstLayer
    layout: Layout

    def needs(self, name: str) -> bool:
        # First layers are combined from those of the basis vectors.
        return name not in self.network.first_parameters

    def outputs(self, group: Group) -> Outputs:
        coefficients = group.points.coefficients.to(group.points.basis)
        basis = [self.layout.split(row) for row in group.points.basis]

        def outputs(inputs: Tensor) -> Iterator[Tensor]:
            layers = torch.stack([self.network.first(row, inputs) for row in basis])  # [K b …]
            for some in group.chunks():
                combined = coefficients[some.start : some.stop] @ layers.flatten(1)
                for i, hidden in zip(some, combined.view(-1, *layers.shape[1:]), strict=True):
                    yield self.network.rest(group.parameters(i), hidden, EVALUATION)

        return outputs
