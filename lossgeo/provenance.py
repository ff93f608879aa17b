"""Provenance: the versions and settings that a result was computed with, without any host, user or path."""

from __future__ import annotations

import os
import platform
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lossgeo.lazy import torch
from lossgeo.plugins.handed import known

PACKAGES = ("lossgeo", "torch", "torchvision", "numpy", "scipy", "scikit-learn", "pydantic", "safetensors")


def provenance() -> dict[str, Any]:
    """Versions, processor, numerics and plugins of a process that computes, as plain values."""
    return {
        **environment(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "numerics": "one thread, deterministic kernels, denormals flushed; geometry in float64",
        **({"gpu": torch.cuda.get_device_name(), "cuda": torch.version.cuda} if torch.cuda.is_initialized() else {}),
    }


def environment() -> dict[str, Any]:
    """Versions, processor and plugins of this process."""
    return {**_machine(), "plugins": known()}


@lru_cache(maxsize=1)
def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    """The model name of the first core, where the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
