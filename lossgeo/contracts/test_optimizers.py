"""The laws of optimizers."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from lossgeo.contracts.chosen import of_every
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.training.descent import ByTorch
from lossgeo.training.moving import Moving
from lossgeo.training.optimizer import Optimizer
from lossgeo.training.step import Slope


@of_every(Optimizer)
def test_a_small_step_of_an_optimizer_lowers_a_quadratic(variant: type[Optimizer]) -> None:
    weights = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = variant.example().over([weights])

    loss = weights.square().sum()
    loss.backward()
    optimizer.step()

    assert weights.detach().square().sum() < loss.detach()


@of_every(Optimizer)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("penalised", [0, 2])
def test_a_descent_makes_the_steps_of_the_optimizer(
    variant: type[Optimizer], dtype: torch.dtype, penalised: int
) -> None:
    """Within 2⁷ roundings of the largest weight, over twenty steps and a state that is taken over among them."""
    optimizer, generator = variant.example(), stream(0, "descent")
    start = Fitted(torch.randn(5, 1500, dtype=dtype, generator=generator), {"own": torch.ones(3, 2, dtype=dtype)})
    found, defined = Moving(start, held=(1, 3)), Moving(start, held=(1, 3))
    ours, plain = optimizer.descent(found), ByTorch(defined, optimizer.over(defined.parameters))

    for step in range(20):
        if step == 10:
            again = optimizer.descent(found)
            again.take_over({place: dict(kept) for place, kept in ours.moments.items()})
            ours = again
        for moving, descent in ((found, ours), (defined, plain)):
            descent.step(optimizer.lr / (1 + step), _slope(moving, penalised, stream(0, str(step))))

    largest = float(defined.rearranged.detach().abs().max())
    close = 2**7 * torch.finfo(dtype).eps * largest
    torch.testing.assert_close(found.fitted.basis, defined.fitted.basis, rtol=0, atol=close)
    torch.testing.assert_close(found.fitted.own["own"], defined.fitted.own["own"], rtol=0, atol=close)
    assert torch.equal(found.fitted.basis[[1, 3]], start.basis[[1, 3]])


def _slope(moving: Moving, penalised: int, generator: Generator) -> Slope:
    """A slope of random numbers, whose coefficients are linear in the parameters of Φ."""
    dtype, (k, d) = moving.rows.dtype, moving.rearranged.shape
    weights = torch.randn(1 + penalised, k, moving.own["own"].numel(), dtype=dtype, generator=generator)
    return Slope(
        coefficients=weights @ moving.own["own"].flatten(),
        theta=torch.randn(d, dtype=dtype, generator=generator),
        among=torch.randn(penalised, penalised, dtype=torch.float64, generator=generator) / 10,
        products=torch.randn(penalised, k, dtype=torch.float64, generator=generator),
        loss=torch.zeros(()),
        penalty=torch.zeros(()).double(),
        correct=None,
        seen={},
    )
