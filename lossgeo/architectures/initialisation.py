"""Random initial weights: functions that the initialisations of architectures share."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod, sqrt
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.landscape.weights import Layout
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


def uniform_by_fan_in(layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
    """Weights and biases uniform in ±1/√fan-in, as layers of torch start (LeCun et al. 1998; He et al. 2015).

    A bias, whose name ends in ``bias``, takes the fan-in of the parameter beside it whose name ends in ``weight``.

    Raises:
        ValueError: if a parameter is neither a weight of two or more dimensions nor the bias beside one.
    """
    for name, shape in layout.shapes:
        if len(_weight_beside(name, layout)) < 2:
            raise ValueError(
                f"initialisation: expected weights of two or more dimensions and the biases beside them, got {name!r} "
                f"of shape {shape}, which has no fan-in; a scale that starts uniform around zero is wrong; say how "
                f"{name!r} starts in the architecture's own `initialise`, e.g. ones for a scale and zeros for a shift"
            )
    return uniform(layout, {name: 1 / sqrt(count) for name, count in fans_in(layout).items()}, generator)


def fans_in(layout: Layout) -> dict[str, int]:
    """How many inputs a unit of each parameter's layer sums over; a bias counts as the ``weight`` beside it.

    >>> fans_in(Layout((("conv.weight", (6, 3, 5, 5)), ("conv.bias", (6,)))))
    {'conv.weight': 75, 'conv.bias': 75}
    """
    return {name: prod(_weight_beside(name, layout)[1:]) for name, _ in layout.shapes}


def uniform(layout: Layout, bounds: Mapping[str, float], generator: Generator) -> Float[Tensor, " D"]:
    """Every parameter uniform within ± its bound, in the order of the layout."""
    return torch.cat(
        [
            torch.empty(prod(shape)).uniform_(-bounds[name], bounds[name], generator=generator)
            for name, shape in layout.shapes
        ]
    )


def _weight_beside(name: str, layout: Layout) -> tuple[int, ...]:
    """The shape of the weight that belongs to a bias; for any other parameter its own shape."""
    shapes = dict(layout.shapes)
    weight = name.removesuffix("bias") + "weight"
    return shapes[weight] if name.endswith("bias") and weight in shapes else shapes[name]
