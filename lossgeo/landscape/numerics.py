"""The numerics profile: where numbers are computed, and the settings that make equal inputs give equal bits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator
from threadpoolctl import threadpool_limits

from lossgeo.lazy import torch
from lossgeo.variant import Model

if TYPE_CHECKING:
    from torch import Tensor


class Numerics(Model):
    """The profile of a computation, its device and precision: what changes the last bits of a result is in its key."""

    device: Literal["cpu", "cuda"] = Field(
        default="cpu", description="kind of device that networks are computed on: cpu, or cuda for a GPU"
    )
    precision: Literal["float32", "tf32", "bf16"] = Field(
        default="float32",
        description="precision: tf32 rounds all products on a GPU to 10 bits, bf16 those in networks to 8 bits",
    )

    @model_validator(mode="after")
    def _tf32_is_of_gpus(self) -> Self:
        if self.precision == "tf32" and self.device != "cuda":
            raise ValueError("device: cuda where the precision is tf32")
        return self


CPU = Numerics()
"""Processors and IEEE float32: the profile that all others are compared with."""


@contextmanager
def pinned(numerics: Numerics = CPU) -> Iterator[None]:
    """Run the body on one thread, with deterministic kernels, in a precision, and restore the settings after it.

    Sums depend on how many threads share them, so a job has one thread, and cores are filled by running jobs
    side by side. Denormals are flushed to zero: the weights of pixels that never light decay into them, and
    AdamW is then several times slower.
    """
    if numerics.device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # or sums would depend on the workspace
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    is_filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    precision, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    with threadpool_limits(1):
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # nobody reads it
        torch.set_float32_matmul_precision("high" if numerics.precision == "tf32" else "highest")
        torch.backends.cudnn.allow_tf32 = numerics.precision == "tf32"
        torch.set_flush_denormal(True)
        try:
            yield
        finally:
            torch.set_flush_denormal(False)
            torch.backends.cudnn.allow_tf32 = convolutions
            torch.set_float32_matmul_precision(precision)
            torch.utils.deterministic.fill_uninitialized_memory = is_filled  # type: ignore[attr-defined]
            torch.use_deterministic_algorithms(deterministic)
            torch.set_num_threads(threads)


def hosted(tensor: Tensor) -> Tensor:
    """The tensor without its gradient in the memory of the processors."""
    return tensor.detach().cpu()
