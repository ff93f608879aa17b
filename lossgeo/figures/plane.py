"""Surfaces on planes through weight space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, Stroke

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.plane import PlaneRecord
from lossgeo.figures.style import NETWORK, SURFACE, WIDE, color, panels, styled

LEVELS = 16
OUTLINE = [Stroke(linewidth=3.2, foreground="white"), Normal()]


def plane(results: Sequence[Result[PlaneRecord]], quantity: Literal["error", "loss"] = "error") -> Figure:
    """Filled contours of error or loss: a row a subspace, a column a seed; one colour scale, equal aspect.

    The scale ends at the largest value on the border of what the surfaces show; larger and infinite values take its last colour.
    """
    groups = by_subspace(results)
    seeds = sorted({result.seed for result in results})
    levels = _levels(results, quantity)
    with styled():
        height = WIDE / len(seeds) * len(groups) * 0.86
        fig, axes = panels(len(groups), len(seeds), width=WIDE, height=max(height, 3.0), sharex="row", sharey="row")
        drawn = None
        for row, (subspace, found) in enumerate(groups.items()):
            for result in found:
                ax = axes[row, seeds.index(result.seed)]
                drawn = _surface(ax, result.record, quantity, levels)
                _marks(ax, result)
                ax.set_title(f"{subspace} · seed {result.seed}", color=color(result.index), fontweight="bold")
                ax.set_xlabel("weight distance")
            axes[row, 0].set_ylabel("weight distance")
        what = f"{results[0].record.split} {quantity}" + (" (nats)" if quantity == "loss" else "")
        fig.colorbar(drawn, ax=axes, label=what, shrink=0.6, aspect=32, pad=0.015)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=len(handles))
    return fig


def _levels(results: Sequence[Result[PlaneRecord]], quantity: str) -> np.ndarray:
    """Equally spaced from the least value to the 98th percentile of the finite ones."""
    values = np.concatenate([getattr(result.record, quantity).ravel() for result in results])
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(np.quantile(finite, 0.98))
    return np.linspace(low, high if high > low else low + 1e-6, LEVELS + 1)


def _surface(ax: Axes, record: PlaneRecord, quantity: str, levels: np.ndarray) -> object:
    values = np.nan_to_num(getattr(record, quantity), nan=np.inf, posinf=np.inf)
    clipped = np.minimum(values, levels[-1])  # for the colours only; the stored surface is raw
    drawn = ax.contourf(record.x, record.y, clipped, levels=levels, cmap=SURFACE, extend="max")
    ax.contour(record.x, record.y, clipped, levels=levels[1::3], colors="white", linewidths=0.4, alpha=0.55)
    ax.set_aspect("equal")
    ax.grid(visible=False)
    return drawn


def _marks(ax: Axes, result: Result[PlaneRecord]) -> None:
    record, ink = result.record, color(result.index)
    own = 3 if record.corners_are_subspace else 2
    ax.plot(record.route.x, record.route.y, color=ink, linewidth=1.8, path_effects=OUTLINE, label="subspace, projected")
    vertices = {"marker": "o", "s": 34, "color": ink, "edgecolor": "white", "linewidth": 1.1, "zorder": 4}
    ax.scatter(record.corners.x[:own], record.corners.y[:own], label="its corners", **vertices)
    diamond = {"marker": "D", "s": 34, "color": NETWORK, "edgecolor": "white", "linewidth": 1.1, "zorder": 4}
    off = float(record.network.off_plane[0])
    if own == 2:
        ax.scatter(record.network.x, record.network.y, label="independent network", **diamond)
    else:
        ax.scatter(record.network.x, record.network.y, **{**diamond, "color": "none", "edgecolor": NETWORK})
        place = (float(record.network.x[0]), float(record.network.y[0]))
        ax.annotate(f"{off:.3g} off plane", place, xytext=(6, -9), textcoords="offset points", fontsize=7, color="white")
