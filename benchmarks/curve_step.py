"""What a training step of a neural curve costs, as a ratio to the same step left to autograd, in the same run.

python benchmarks/curve_step.py
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import torch

from lossgeo.landscape.numerics import pinned

VECTORS, WEIGHTS, ROUNDS, STEPS = 41, 407_050, 5, 5


def main() -> None:
    """Time θ = Φ B, its gradient and AdamW, with ∂L/∂B written by hand into one buffer, and by autograd."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(3, VECTORS, generator=generator)
    slope = torch.randn(3, WEIGHTS, generator=generator)
    basis = (torch.randn(VECTORS, WEIGHTS, generator=generator) * 0.03).requires_grad_()
    optimizer = torch.optim.AdamW([basis], fused=True)
    buffer = torch.empty_like(basis)

    def by_hand() -> None:
        weights = (features @ basis.detach()).requires_grad_()
        (weights * slope).sum().backward()
        basis.grad = torch.mm(features.T, weights.grad, out=buffer) if weights.grad is not None else None
        optimizer.step()

    def by_autograd() -> None:
        optimizer.zero_grad(set_to_none=True)
        ((features @ basis) * slope).sum().backward()
        optimizer.step()

    with pinned():
        ratios = [_seconds(by_hand) / _seconds(by_autograd) for _ in range(ROUNDS)]
    print(f"a step by hand takes {median(ratios):.2f} of the time of a step by autograd")


def _seconds(step: Callable[[], None]) -> float:
    start = perf_counter()
    for _ in range(STEPS):
        step()
    return perf_counter() - start


if __name__ == "__main__":
    main()
