"""A training step as a pure function of parameters and of the random draws made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Float64

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
    """The loss and gradients of one step, in their factors: nothing as large as B is made here.

    The loss is taken at the first of the m points θ = Φ B. The penalty depends on the inner products of the last a of
    them alone, so that its gradients by these points are `among` times the points.

    Args:
        coefficients: Φ, `[m K]`, for the rows of B as they are rearranged; differentiable in the parameters of Φ.
        theta: ∂/∂θ of the loss at the first point, `[D]`.
        among: of the penalty, `[a a]`.
        products: Φ B Bᵀ of the a points, `[a K]`.
        loss, penalty: means over the batch, in the unit of the task; tensors, because to read them is to wait for them.
        correct: how many examples of the batch are answered correctly; None in a regression.
        seen: means and variances of the batch at every BatchNorm layer, by name.
    """

    coefficients: Float[Tensor, "m K"]
    theta: Float[Tensor, " D"]
    among: Float64[Tensor, "a a"]
    products: Float64[Tensor, "a K"]
    loss: Float[Tensor, ""]
    penalty: Float64[Tensor, ""]
    correct: Tensor | None
    seen: Mapping[str, Tensor]

    @property
    def factors(self) -> Float[Tensor, "f K"]:
        """The factors, f = 1 + a, of ∂/∂θ of the loss and of the rows of `pulls` · B, which ∂/∂B is the sum of."""
        coefficients = self.coefficients.detach()
        return torch.cat([coefficients[:1], _last(coefficients, len(self.among))])

    @property
    def pulls(self) -> Float[Tensor, "a K"]:
        """The combinations of the rows of B that are the gradients of the penalty by the a points."""
        return self.among.to(self.coefficients) @ _last(self.coefficients.detach(), len(self.among))

    def by_own(self, along: Float[Tensor, " K"], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """∂ of loss and penalty by the parameters of Φ, by name.

        Args:
            along: B ∂/∂θ of the loss, for the rearranged rows.
            own: the parameters, at least one.
        """
        by_features = torch.zeros_like(self.coefficients, dtype=torch.float64)
        _last(by_features, len(self.among)).copy_(self.among @ self.products)
        by_features[0] += along
        found = torch.autograd.grad(self.coefficients, list(own.values()), by_features.to(self.coefficients))
        return dict(zip(own, found, strict=True))


def slope(moving: Moving, draws: StepDraws, objective: Objective, setting: Setting, l2: float) -> Slope:
    """The gradient of mean loss + penalty + ½ λ ‖θ‖² at the drawn places; nothing is changed.

    Args:
        moving: the parameters.
        draws: everything random of the step.
        objective: what is minimised.
        setting: gives the loss of a batch.
        l2: λ.
    """
    coefficients = moving.arranged(objective.at(draws.places, moving.own, moving.rows.dtype).joined)
    others = coefficients.detach()[0 if l2 > 0 else 1 :]
    theta, products = combined(coefficients.detach()[0], others, moving.rearranged)
    penalty, among = _penalty(objective, products @ others.double().T, l2)
    found = setting.measure(theta.requires_grad_(), draws.batch)
    (gradient,) = torch.autograd.grad(found.loss, theta)
    return Slope(
        coefficients=coefficients,
        theta=gradient,
        among=among,
        products=products,
        loss=found.loss.detach(),
        penalty=penalty,
        correct=found.correct,
        seen=found.seen,
    )


def combined(
    phi: Float[Tensor, " K"], others: Float[Tensor, "a K"], basis: Float[Tensor, "K D"]
) -> tuple[Float[Tensor, " D"], Float64[Tensor, "a K"]]:
    """The point φ B, and Φ B Bᵀ of the others."""
    if basis.device.type != "cpu":
        return phi @ basis, ((others @ basis) @ basis.T).double()
    from lossgeo.kernels.descent import combine

    point, products = torch.empty_like(basis[0]), np.zeros((len(others), len(basis)))
    combine(phi.contiguous().numpy(), others.contiguous().numpy(), basis.detach().numpy(), point.numpy(), products)
    return point, torch.from_numpy(products)


def _last(rows: Float[Tensor, "m w"], count: int) -> Float[Tensor, "a w"]:
    return rows[len(rows) - count :]


def _penalty(objective: Objective, gram: Float64[Tensor, "a a"], l2: float) -> tuple[Tensor, Tensor]:
    """The penalty, and the factors `among` the points of its gradients by them."""
    gram = gram.requires_grad_()
    penalty = objective.penalty(gram[1:, 1:]) + l2 / 2 * gram[0, 0] if l2 > 0 else objective.penalty(gram)
    if not penalty.requires_grad:
        return penalty.detach(), torch.zeros_like(gram.detach())
    (found,) = torch.autograd.grad(penalty, gram)
    return penalty.detach(), found + found.T
