"""Products of the Hessian of a landscape with a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

EXAMPLES_AT_ONCE = 125
"""Examples whose intermediate values of three passes are in memory at the same time."""


def hessian(landscape: Landscape, point: Points) -> Callable[[Tensor], Tensor]:
    """The map v → ∇²L(θ) v of the mean loss over all examples, `[D]` → `[D]`, in the precision of the point.

    The gradient of ∇L · v, by a second backward pass (Pearlmutter, *Fast Exact Multiplication by the Hessian*, 1994).
    Slices of the examples count by their lengths. All D weights take part, biases too.

    Raises:
        ValueError: if there is more than one point.
    """
    loss, theta = landscape.smooth_at(point), point.dense()[0].requires_grad_()
    parts = [slice(i, min(i + EXAMPLES_AT_ONCE, landscape.size)) for i in range(0, landscape.size, EXAMPLES_AT_ONCE)]

    def product(vector: Float[Tensor, " D"]) -> Float[Tensor, " D"]:
        total = torch.zeros_like(vector)
        for part in parts:
            (gradient,) = torch.autograd.grad(loss(theta, part), theta, create_graph=True)
            if gradient.requires_grad:  # it does not where the loss is linear
                (change,) = torch.autograd.grad(gradient @ vector, theta)
                total += (part.stop - part.start) / landscape.size * change
        return total

    return product
