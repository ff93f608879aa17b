"""The rates of this machine, which give the limits: multiplications in products, and bytes from memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import median
from time import perf_counter

import torch

from lossgeo.devices import cores

SIDE, ROUNDS = 2048, 5
NUMBERS = 2**25
"""128 MiB in float32, which no cache holds."""


@cache
def operations_per_second() -> float:
    """Floating-point operations of a large product in float32, on all cores."""
    left, right = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    return 2 * SIDE**3 / _seconds(lambda: left @ right)


@cache
def bytes_per_second() -> float:
    """Bytes that a sum of two long vectors into a third reads and writes, on all cores."""
    one, other, out = (torch.ones(NUMBERS) for _ in range(3))
    return 12 * NUMBERS / _seconds(lambda: torch.add(one, other, out=out))


def _seconds(work: Callable[[], object]) -> float:
    torch.set_num_threads(cores())
    work()
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return median(times)
