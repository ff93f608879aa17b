"""How a forward pass is made: what is dropped, and what BatchNorm layers normalise with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import batch_norm as normalised

from lossgeo.landscape.weights import Parameters

EPSILON = 1e-5
"""Added to variances, as torch's layers have it."""


@dataclass(frozen=True)
class Mode:
    """How a forward pass is made; by default without dropout, and with the statistics of the batch itself.

    Args:
        masks: what hidden units are multiplied with, by name, as the network's `masks` drew it; None drops nothing.
        statistics: mean and variance of every BatchNorm layer's inputs, by name; None takes those of the batch.
        seen: filled with the mean and the unbiased variance of the batch at every BatchNorm layer, where given.
    """

    masks: Mapping[str, Tensor] | None = None
    statistics: Mapping[str, Tensor] | None = None
    seen: dict[str, Tensor] | None = None


EVALUATION = Mode()
"""Of a network without BatchNorm layers."""


def batch_norm(inputs: Float[Tensor, "b ch ..."], name: str, parameters: Parameters, mode: Mode) -> Tensor:
    """(x − μ) / √(σ² + ε) · weight + bias for every channel (Ioffe and Szegedy 2015, arXiv:1502.03167).

    The statistics are ``<name>.mean`` and ``<name>.variance`` of the mode; else those of the batch, whose variance is
    then the biased one.
    """
    weight, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
    if mode.seen is not None:
        others = (0, *range(2, inputs.dim()))
        mode.seen[f"{name}.mean"] = inputs.detach().mean(others)
        mode.seen[f"{name}.variance"] = inputs.detach().var(others)
    if mode.statistics is None:
        return normalised(inputs, None, None, weight, bias, training=True, eps=EPSILON)
    mean, variance = mode.statistics[f"{name}.mean"], mode.statistics[f"{name}.variance"]
    return normalised(inputs, mean, variance, weight, bias, training=False, eps=EPSILON)
