"""One step of a training as a pure function of parameters and of what was drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import torch
from jaxtyping import Float
from torch import Tensor

from lossgeo.landscape.mode import Mode
from lossgeo.training.moving import Moving
from lossgeo.training.objective import Objective, Rows
from lossgeo.training.setting import Setting


@dataclass(frozen=True)
class Draws:
    """Everything random of one step.

    Args:
        inputs, targets: the batch, augmented.
        places: where in the subspace.
        masks: what hidden units are multiplied with, by name; see :class:`lossgeo.landscape.mode.Mode`.
    """

    inputs: Tensor
    targets: Tensor
    places: Rows
    masks: Mapping[str, Tensor]


@dataclass(frozen=True)
class Slope:
    """What one step finds. The gradient with respect to B is Φᵀ ∂/∂θ; it is K times as large, and never made here.

    Args:
        coefficients: Φ, `[m K]`.
        weights: ∂/∂θ of loss and penalty at the m points, `[m D]`.
        own: ∂ of them by the parameters of Φ, by name.
        loss, penalty: means over the batch, in the unit of the task.
        correct: how many examples of the batch are answered correctly, NaN in a regression.
        seen: means and variances of the batch at every BatchNorm layer, by name.
    """

    coefficients: Float[Tensor, "m K"]
    weights: Float[Tensor, "m D"]
    own: Mapping[str, Tensor]
    loss: float
    penalty: float
    correct: float
    seen: Mapping[str, Tensor]


def slope(moving: Moving, draws: Draws, objective: Objective, setting: Setting, l2: float) -> Slope:
    """The gradient of mean loss + penalty + ½ λ ‖θ‖² at the places that were drawn; nothing is changed.

    Args:
        moving: the parameters.
        draws: everything random of the step.
        objective: what is minimised.
        setting: the network.
        l2: λ.
    """
    coefficients = objective.at(draws.places, moving.own, moving.rows.dtype).joined
    weights = moving.combined(coefficients.detach()).requires_grad_()
    theta, others = weights[0], weights[1:]
    penalty = objective.penalty(others)
    if l2 > 0:
        penalty = penalty + l2 / 2 * theta.square().sum()
    mode = Mode(masks=draws.masks, seen={} if setting.statistics.shapes else None)
    outputs = setting.network.forward(setting.layout.split(theta), draws.inputs, mode)
    task = setting.examples.task
    loss = task.losses(outputs, draws.targets).mean()
    (gradient,) = torch.autograd.grad(loss + penalty, weights)
    return Slope(
        coefficients=coefficients.detach(),
        weights=gradient,
        own=_carried(coefficients, gradient, moving),
        loss=loss.item(),
        penalty=penalty.item(),
        correct=float(task.correct(outputs, draws.targets).sum()) if task.has_accuracy else nan,
        seen=mode.seen or {},
    )


def _carried(coefficients: Tensor, gradient: Tensor, moving: Moving) -> dict[str, Tensor]:
    """∂/∂θ carried through θ = Φ B to the parameters of Φ."""
    if not moving.own:
        return {}
    towards_features = gradient @ moving.basis.detach().T
    found = torch.autograd.grad(coefficients, list(moving.own.values()), towards_features)
    return dict(zip(moving.own, found, strict=True))
