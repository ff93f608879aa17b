"""The numerics profile: the settings that make equal inputs give equal bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from lossgeo.lazy import torch


@contextmanager
def pinned() -> Iterator[None]:
    """Run the body on one thread, in IEEE float32, with deterministic kernels, and restore the settings after it.

    Sums depend on how many threads share them, so a job has one thread, and cores are filled by running jobs
    side by side. Denormals are flushed to zero: the weights of pixels that never light decay into them, and
    AdamW is then several times slower.
    """
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    is_filled = torch.utils.deterministic.fill_uninitialized_memory
    precision = torch.get_float32_matmul_precision()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # nobody reads it
        torch.set_float32_matmul_precision("highest")
        torch.set_flush_denormal(True)
        try:
            yield
        finally:
            torch.set_flush_denormal(False)
            torch.set_float32_matmul_precision(precision)
            torch.utils.deterministic.fill_uninitialized_memory = is_filled
            torch.use_deterministic_algorithms(deterministic)
            torch.set_num_threads(threads)
