"""A training step as a pure function of parameters and of the random draws made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jaxtyping import Float

from lossgeo.lazy import torch
from lossgeo.training.moving import Moving
from lossgeo.training.objective import Objective, Rows
from lossgeo.training.setting import Setting

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class StepDraws:
    """All random draws of one step.

    Args:
        batch: what the setting has drawn.
        places: where in the subspace.
    """

    batch: Any
    places: Rows


@dataclass(frozen=True)
class Slope:
    """The loss and gradients of one step. The gradient ∂/∂B = Φᵀ ∂/∂θ is K times as large, and never made here.

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


def slope(moving: Moving, draws: StepDraws, objective: Objective, setting: Setting, l2: float) -> Slope:
    """The gradient of mean loss + penalty + ½ λ ‖θ‖² at the drawn places; nothing is changed.

    Args:
        moving: the parameters.
        draws: everything random of the step.
        objective: what is minimised.
        setting: gives the loss of a batch.
        l2: λ.
    """
    coefficients = objective.at(draws.places, moving.own, moving.rows.dtype).joined
    weights = moving.combined(coefficients.detach()).requires_grad_()
    theta, others = weights[0], weights[1:]
    penalty = objective.penalty(others)
    if l2 > 0:
        penalty = penalty + l2 / 2 * theta.square().sum()
    found = setting.measure(theta, draws.batch)
    (gradient,) = torch.autograd.grad(found.loss + penalty, weights)
    return Slope(
        coefficients=coefficients.detach(),
        weights=gradient,
        own=_carried(coefficients, gradient, moving),
        loss=found.loss.item(),
        penalty=penalty.item(),
        correct=found.correct,
        seen=found.seen,
    )


def _carried(coefficients: Tensor, gradient: Tensor, moving: Moving) -> dict[str, Tensor]:
    """The gradient ∂/∂θ carried through θ = Φ B to the parameters of Φ."""
    if not moving.own:
        return {}
    towards_features = gradient @ moving.basis.detach().T
    found = torch.autograd.grad(coefficients, list(moving.own.values()), towards_features)
    return dict(zip(moving.own, found, strict=True))
