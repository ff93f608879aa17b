"""Surfaces on planes through weight space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.plane import PlaneRecord
from lossgeo.figures.style import NETWORK, SURFACE, WIDE, color, panels, styled

LEVELS = 20
OUTLINE = [Stroke(linewidth=3.2, foreground="white"), Normal()]
DARK_OUTLINE = [Stroke(linewidth=1.8, foreground="#222222"), Normal()]
ROOM = 0.55
"""Inches above and below a row of panels, for its title and its axis."""


def plane(results: Sequence[Result[PlaneRecord]], quantity: Literal["error", "loss"] = "error") -> Figure:
    """Filled contours of error or loss: a row a subspace, a column a seed; one colour scale, equal aspect, shared axes.

    The levels are closest where the values are lowest. They end at the 98th percentile: what is higher, or infinite,
    takes the last colour.
    """
    groups = by_subspace(results)
    seeds = sorted({result.seed for result in results})
    levels = _levels(results, quantity)
    limits = {subspace: _limits(found) for subspace, found in groups.items()}
    ratios = [(high[1] - low[1]) / (high[0] - low[0]) for low, high in limits.values()]
    heights = [WIDE * 0.86 / len(seeds) * ratio + ROOM for ratio in ratios]
    with styled():
        fig, axes = panels(
            len(groups),
            len(seeds),
            width=WIDE,
            height=sum(heights) + ROOM,
            sharex="row",
            sharey="row",
            height_ratios=heights,
        )
        for ax in axes.flat:
            ax.set_visible(False)  # until a seed has a surface
        for row, (subspace, found) in enumerate(groups.items()):
            for result in found:
                ax = axes[row, seeds.index(result.seed)]
                ax.set_visible(True)
                drawn = _surface(ax, result.record, quantity, levels)
                _marks(ax, result)
                (left, bottom), (right, top) = limits[subspace]
                ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="weight distance")
                ax.set_title(f"{subspace} · seed {result.seed}", color=color(result.index), fontweight="bold")
            axes[row, 0].set_ylabel("weight distance")
        what = f"{results[0].record.split} {quantity}" + (" (nats)" if quantity == "loss" else "")
        bar = fig.colorbar(drawn, ax=axes, label=what, shrink=0.7, aspect=36, pad=0.015, spacing="uniform")
        bar.set_ticks(list(levels[::4]), labels=[f"{level:.3g}" for level in levels[::4]])
        fig.legend(handles=_legend(), loc="outside lower center", ncols=4)
    return fig


def _levels(results: Sequence[Result[PlaneRecord]], quantity: str) -> np.ndarray:
    """From the least value to the 98th percentile of the finite ones, with steps that grow evenly."""
    values = np.concatenate([getattr(result.record, quantity).ravel() for result in results])
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(np.quantile(finite, 0.98))
    room = max(high - low, 1e-9)
    levels: np.ndarray = low + room * np.linspace(0, 1, LEVELS + 1) ** 2
    return levels


def _limits(found: Sequence[Result[PlaneRecord]]) -> tuple[np.ndarray, np.ndarray]:
    """Lower left and upper right corner of what all grids of a row show, wide enough for every marker."""
    records = [result.record for result in found]
    grids = np.array([[[record.x[0], record.y[0]], [record.x[-1], record.y[-1]]] for record in records])
    marks = [points for record in records for points in (record.corners, record.route, record.network)]
    low = np.min([[points.x.min(), points.y.min()] for points in marks], axis=0)
    high = np.max([[points.x.max(), points.y.max()] for points in marks], axis=0)
    room = 0.06 * (high - low)
    return np.minimum(grids[:, 0].max(0), low - room), np.maximum(grids[:, 1].min(0), high + room)


def _surface(ax: Axes, record: PlaneRecord, quantity: str, levels: np.ndarray) -> Any:
    values = np.nan_to_num(getattr(record, quantity), nan=np.inf, posinf=np.inf)
    clipped = np.clip(values, levels[0], levels[-1])  # for the colours only; the stored surface is raw
    norm = BoundaryNorm(levels, 256)
    drawn = ax.contourf(record.x, record.y, clipped, levels=levels, cmap=SURFACE, norm=norm)
    ax.contour(record.x, record.y, clipped, levels=levels[2::3], colors="white", linewidths=0.35, alpha=0.5)
    ax.set_aspect("equal")
    ax.grid(visible=False)
    return drawn


def _marks(ax: Axes, result: Result[PlaneRecord]) -> None:
    record, ink = result.record, color(result.index)
    own = 3 if record.corners_are_subspace else 2
    ax.plot(record.route.x, record.route.y, color=ink, linewidth=1.8, path_effects=OUTLINE)
    dots: dict[str, Any] = {"s": 34, "edgecolor": "white", "linewidth": 1.1, "zorder": 4}
    ax.scatter(record.corners.x[:own], record.corners.y[:own], marker="o", color=ink, **dots)
    lies_in_plane = own == 2
    diamond: dict[str, Any] = {**dots, "marker": "D", "color": "white" if lies_in_plane else "none"}
    diamond["edgecolor"] = NETWORK if lies_in_plane else "white"
    ax.scatter(record.network.x, record.network.y, **diamond)
    if not lies_in_plane:
        place = (float(record.network.x[0]), float(record.network.y[0]))
        text = f"{float(record.network.off_plane[0]):.3g} off the plane"
        look: dict[str, Any] = {"fontsize": 7, "color": "white", "ha": "center", "va": "top"}
        ax.annotate(text, place, xytext=(0, -8), textcoords="offset points", path_effects=DARK_OUTLINE, **look)


def _legend() -> list[Line2D]:
    grey = "#777777"
    diamond: dict[str, Any] = {"marker": "D", "linestyle": "", "markersize": 6}
    dot: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 6.5}
    return [
        Line2D([], [], linewidth=1.8, color=grey, label="the subspace, projected"),
        Line2D([], [], **dot, color=grey, markeredgecolor="white", label="its corners"),
        Line2D([], [], **diamond, color="white", markeredgecolor=NETWORK, label="independent network"),
        Line2D([], [], **diamond, color="none", markeredgecolor=grey, label="its projection"),
    ]
