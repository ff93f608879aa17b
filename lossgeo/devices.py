"""The devices of this machine: how many jobs run side by side, and where."""

from __future__ import annotations

import os
import re

from lossgeo.errors import SpecError, WorkerError
from lossgeo.landscape.numerics import Numerics
from lossgeo.lazy import torch

DEVICE = re.compile(r"cpu|auto|cuda(:\d{1,2})?")


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def device_setting(option: str | None) -> tuple[str, ...]:
    """The override of a spec that the device is: ``--device``, else ``LOSSGEO_DEVICE``; none where neither is given.

    The number of a GPU is no part of a study: of those that CUDA shows, this process and its workers then see that one.

    Raises:
        SpecError: if it is no device.
    """
    wanted = option or os.environ.get("LOSSGEO_DEVICE") or None
    if wanted is None:
        return ()
    if DEVICE.fullmatch(wanted) is None:
        raise SpecError(f"--device: got {wanted!r}; expected cpu, cuda, cuda:1 or the number of another GPU, or auto")
    kind, _, number = wanted.partition(":")
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    if number:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        shown = None if visible is None else [name for name in visible.split(",") if name]
        if shown is not None and int(number) >= len(shown):
            raise SpecError(
                f"--device: got {wanted!r}; expected a number below {len(shown)}: CUDA_VISIBLE_DEVICES has so many"
            )
        os.environ["CUDA_VISIBLE_DEVICES"] = number if shown is None else shown[int(number)]
    return (f"numerics.device={kind}",)


def workers_for(numerics: Numerics) -> int:
    """The number of jobs side by side: that of the cores, or of the GPUs, and at least one."""
    return cores() if numerics.device == "cpu" else max(1, torch.cuda.device_count())


def require(numerics: Numerics) -> None:
    """See that the device is there.

    Raises:
        WorkerError: if it is not.
    """
    if numerics.device == "cuda" and not torch.cuda.is_available():
        raise WorkerError(
            "numerics.device: expected a GPU that torch can use, found none; install a torch with CUDA and a driver, "
            "or compute on processors in float32, with --device cpu --set numerics.precision=float32"
        )


def take_place(number: int) -> None:
    """Use one of the GPUs in this process from now on: each worker has its own, as far as they go."""
    torch.cuda.set_device(number % torch.cuda.device_count())
