"""What an architecture is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from math import prod, sqrt

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import Layout, Parameters
from lossgeo.variant import Variant


class Architecture(Variant):
    """A network as a pure function of its parameters.

    An architecture whose first layer is linear in its parameters may also give ``first_parameters``, ``first`` and
    ``rest`` (see :class:`lossgeo.landscape.forward.SharedNetwork`); surfaces are then several times faster.

    Laws (checked for every architecture in ``tests/test_contracts.py``):
        ``forward`` is deterministic without dropout and does not change its arguments;
        rows do not interact, once the statistics of BatchNorm layers are given:
        ``forward(p, x, mode)[i] = forward(p, x[i:i+1], mode)[0]`` up to rounding;
        ``forward = rest ∘ first`` and ``first`` is linear in the parameters, where they are given.
    """

    @abstractmethod
    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:
        """Names and shapes of the parameters for examples of shape `inputs` and so many outputs, one per class.

        Raises:
            ValueError: if the architecture has no network for examples of this shape.
        """

    def statistics(self, inputs: tuple[int, ...]) -> Layout:  # noqa: ARG002  # no BatchNorm, whatever the inputs
        """Names and shapes of the statistics that BatchNorm layers normalise with; none where there are none."""
        return Layout(())

    @abstractmethod
    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b c"]:
        """The outputs for a batch of inputs, logits of classes; `mode` says what is dropped and normalised with."""

    def initialise(self, layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
        """Weights and biases uniform in ±1/√fan-in, as layers of torch start (LeCun et al. 1998; He et al. 2015).

        A parameter that ends in ``bias`` takes the fan-in of the one that ends in ``weight`` instead.
        """
        return uniform(layout, {name: 1 / sqrt(count) for name, count in fans_in(layout).items()}, generator)


def fans_in(layout: Layout) -> dict[str, int]:
    """How many inputs a unit of each parameter's layer sums over; a bias counts as the ``weight`` beside it.

    >>> fans_in(Layout((("conv.weight", (6, 3, 5, 5)), ("conv.bias", (6,)))))
    {'conv.weight': 75, 'conv.bias': 75}
    """
    shapes = dict(layout.shapes)
    weights = {name: shapes.get(name.removesuffix("bias") + "weight", shape) for name, shape in layout.shapes}
    return {name: prod(shape[1:]) for name, shape in weights.items()}


def uniform(layout: Layout, bounds: Mapping[str, float], generator: Generator) -> Float[Tensor, " D"]:
    """Every parameter uniform within ± its bound, in the order of the layout."""
    return torch.cat(
        [
            torch.empty(prod(shape)).uniform_(-bounds[name], bounds[name], generator=generator)
            for name, shape in layout.shapes
        ]
    )
