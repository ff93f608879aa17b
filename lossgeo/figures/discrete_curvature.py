"""Panels of the curvature figure that show finite differences beside the exact curvature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.analyses.base import Result
from lossgeo.analyses.curvature import CurvatureRecord
from lossgeo.figures.style import NETWORK, color

DISCRETE: dict[str, Any] = {"color": "#b0b0b0", "linewidth": 0.7}
EXACT: dict[str, Any] = {"alpha": 0.8, "linewidth": 1.3, "zorder": 3}
SPIKE: dict[str, Any] = {"marker": "x", "markersize": 3.5, "markeredgewidth": 0.8, "linestyle": "none", "zorder": 4}
FLOOR: dict[str, Any] = {"color": NETWORK, "linewidth": 0.8, "linestyle": (0, (4, 2))}
LEAST_DECADES = 3


def compare(fig: Figure, row: np.ndarray, groups: Sequence[Sequence[Result[CurvatureRecord]]]) -> None:
    """Draw finite differences in grey, the exact curvature over them, and the effects of kinks and rounding."""
    for ax, found in zip(row, groups, strict=True):
        ax.set_yscale("log")
        for result in found:
            _draw(ax, result)
        if all(result.record.profile.smooth_turning == 0 for result in found):
            kinks = any(len(result.record.profile.kinks) for result in found)
            ax.set_title("exact: 0 between kinks" if kinks else "exact: 0", fontsize=8, color=NETWORK)
    visible = [ax for ax in row if ax.get_visible()]
    _share_decades(visible)
    visible[0].set_ylabel("κ L, logarithmic")
    fig.legend(handles=_legend(), loc="outside lower center", ncols=4)


def _draw(ax: Axes, result: Result[CurvatureRecord]) -> None:
    record, ink = result.record, color(result.index)
    shape, discrete = record.profile, record.discrete
    if len(discrete.alpha) == 0:
        return
    shown = np.isfinite(discrete.curvature) & (discrete.curvature > 0)
    ax.plot(discrete.alpha[shown], discrete.curvature[shown] * shape.length, **DISCRETE)
    if shape.smooth_turning > 0:
        ax.plot(shape.s, shape.curvature * shape.length, color=ink, **EXACT)
    ax.plot(shape.kinks, record.spikes * shape.length, color=ink, **SPIKE)
    ax.axhline(record.rounding * shape.length, **FLOOR)


def _share_decades(visible: Sequence[Axes]) -> None:
    """Give all panels one logarithmic scale."""
    lowest = min(ax.get_ylim()[0] for ax in visible)
    highest = max(ax.get_ylim()[1] for ax in visible)
    for ax in visible:
        ax.set_ylim(lowest, max(highest, lowest * 10**LEAST_DECADES))


def _legend() -> list[Line2D]:
    """Draw a legend of the lines, whatever the colour of the subspace."""
    return [
        Line2D([], [], label="finite differences, as published", **DISCRETE),
        Line2D([], [], label="exact", color=NETWORK, **EXACT),
        Line2D([], [], label="φ / Δs at a kink", color=NETWORK, **SPIKE),
        Line2D([], [], label="float32 rounding", **FLOOR),
    ]
