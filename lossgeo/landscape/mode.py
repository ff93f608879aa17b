"""The mode of a forward pass: dropped units, and the statistics of BatchNorm layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.landscape.weights import Parameters
from lossgeo.lazy import functional

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-5
"""The number that is added to variances, as in torch's layers."""


@dataclass(frozen=True)
class Mode:
    """The mode of a forward pass; by default nothing is dropped and BatchNorm uses the statistics of the batch.

    Args:
        masks: what hidden units are multiplied with, by name, as the network's `masks` drew it; None drops nothing.
        statistics: mean and variance of every BatchNorm layer's inputs, by name; None takes those of the batch.
        seen: filled with the mean and the unbiased variance of the batch at every BatchNorm layer, where given.
    """

    masks: Mapping[str, Tensor] | None = None
    statistics: Mapping[str, Tensor] | None = None
    seen: dict[str, Tensor] | None = None


EVALUATION = Mode()
"""The mode in which a network without BatchNorm layers is evaluated."""


def batch_norm(inputs: Float[Tensor, "b ch ..."], name: str, parameters: Parameters, mode: Mode) -> Tensor:
    """(x − μ) / √(σ² + ε) · weight + bias for every channel (Ioffe and Szegedy 2015, arXiv:1502.03167).

    The statistics are ``<name>.mean`` and ``<name>.variance`` of the mode; else those of the batch, whose variance is
    then the biased one.
    """
    weight, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
    if mode.seen is not None:
        others, exact = (0, *range(2, inputs.dim())), inputs.detach().to(weight.dtype)
        mode.seen[f"{name}.mean"] = exact.mean(others)
        mode.seen[f"{name}.variance"] = exact.var(others)
    if mode.statistics is None:
        return functional.batch_norm(inputs, None, None, weight, bias, training=True, eps=EPSILON)
    mean, variance = mode.statistics[f"{name}.mean"], mode.statistics[f"{name}.variance"]
    return functional.batch_norm(inputs, mean, variance, weight, bias, training=False, eps=EPSILON)
