"""What an architecture is."""

from __future__ import annotations

from abc import abstractmethod
from math import prod, sqrt

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from lossgeo.landscape.weights import Layout, Parameters
from lossgeo.variant import Variant


class Architecture(Variant):
    """A network as a pure function of its parameters.

    An architecture whose first layer is linear in its parameters may also give ``first_parameters``, ``first`` and
    ``rest`` (see :class:`lossgeo.landscape.network.SharedNetwork`); surfaces are then several times faster.

    Laws (checked for every architecture in ``tests/test_contracts.py``):
        ``forward`` is deterministic without dropout and does not change its arguments;
        rows do not interact: ``forward(p, x)[i] = forward(p, x[i:i+1])[0]`` up to rounding;
        ``forward = rest ∘ first`` and ``first`` is linear in the parameters, where they are given.
    """

    @abstractmethod
    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:
        """Names and shapes of the parameters for examples of shape `inputs` and `outputs` classes."""

    @abstractmethod
    def forward(self, parameters: Parameters, inputs: Tensor, dropout: Generator | None) -> Float[Tensor, "b c"]:
        """The logits for a batch of inputs; with `dropout` given, units are dropped from that stream."""

    def initialise(self, layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
        """Weights and biases uniform in ±1/√fan-in, as layers of torch start (LeCun et al. 1998; He et al. 2015).

        A parameter that ends in ``bias`` takes the fan-in of the one that ends in ``weight`` instead.
        """
        shapes = dict(layout.shapes)
        pieces = []
        for name, shape in layout.shapes:
            weight = shapes.get(name.removesuffix("bias") + "weight", shape)
            bound = 1 / sqrt(prod(weight[1:]))
            pieces.append(torch.empty(prod(shape)).uniform_(-bound, bound, generator=generator))
        return torch.cat(pieces)
