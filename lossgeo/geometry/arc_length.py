"""Random draws that are uniform along the length of a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64

from lossgeo.geometry.curvature import INTERVALS, Curve, profile
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


def uniform_in_arc_length(
    curve: Curve, kinks: Float64[Tensor, " m"], n: int, generator: Generator
) -> Float64[Tensor, " n"]:
    """Independent s, n of them, whose points are uniform along the length of `curve`: s itself is not arc length.

    The cumulative length is exact at 513 points and inverted linearly between them and the kinks.

    Raises:
        ValueError: if the curve stands still somewhere.
    """
    s = torch.unique(torch.cat([torch.linspace(0, 1, INTERVALS + 1, dtype=torch.float64), kinks]))
    shape = profile(curve, s, kinks)
    along = torch.rand(n, dtype=torch.float64, generator=generator).numpy() * shape.length
    return torch.from_numpy(np.interp(along, shape.arc_length, s.numpy()))
