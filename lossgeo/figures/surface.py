"""Parts that the figures of planes share: a surface, the marks on it, and the legend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from lossgeo.figures.style import NETWORK, SURFACE
from lossgeo.measures.quantity import Quantity
from lossgeo.measures.surface import Projected, Surface

LEVELS = 20
OUTLINE = [Stroke(linewidth=3.2, foreground="white"), Normal()]
DARK_OUTLINE = [Stroke(linewidth=1.8, foreground="#222222"), Normal()]
GREY = "#777777"

LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "subspace": ("the subspace", {"linewidth": 1.8}),
    "subspace, projected": ("the subspace, projected", {"linewidth": 1.8}),
    "joined": ("straight between the corners", {"linewidth": 1.1, "linestyle": (0, (3.2, 1.6))}),
    "segment": ("straight between the corners", {"linewidth": 1.8}),
    "unperturbed": (
        "between the corners without noise, projected",
        {"linewidth": 1.3, "linestyle": (0, (1.0, 1.2))},
    ),
}
"""Kinds of lines → their name in the legend, and their look."""

DOT: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 6}
DIAMOND: dict[str, Any] = {"marker": "D", "linestyle": "", "markersize": 6}
MARKERS: dict[str, tuple[str, dict[str, Any]]] = {
    "corner": ("corner", {**DOT, "markeredgecolor": "white"}),
    "corner, projected": ("corner, projected", {**DOT, "markerfacecolor": "none", "markeredgewidth": 1.5}),
    "network": ("independent network", {**DIAMOND, "color": "white", "markeredgecolor": NETWORK}),
    "network, projected": ("independent network, projected", {**DIAMOND, "markerfacecolor": "none"}),
}
"""Kinds of markers → their name in the legend, and their look there."""


def shared_levels(surfaces: Iterable[Surface], quantity: Quantity) -> np.ndarray:
    """Levels of one colour scale: from the least value to the 98th percentile of the finite ones, in growing steps."""
    values = np.concatenate([getattr(surface, quantity.name).ravel() for surface in surfaces])
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(np.quantile(finite, 0.98))
    room = max(high - low, 1e-9)
    levels: np.ndarray = low + room * np.linspace(0, 1, LEVELS + 1) ** 2
    return levels


def limits(surfaces: Sequence[Surface]) -> tuple[np.ndarray, np.ndarray]:
    """Lower left and upper right corner of what all grids show, wide enough for every marker."""
    grids = np.array([[[one.x[0], one.y[0]], [one.x[-1], one.y[-1]]] for one in surfaces])
    marks = [points for one in surfaces for points in one.marks.values()]
    low = np.min([[points.x.min(), points.y.min()] for points in marks], axis=0)
    high = np.max([[points.x.max(), points.y.max()] for points in marks], axis=0)
    room = 0.06 * (high - low)
    return np.minimum(grids[:, 0].max(0), low - room), np.maximum(grids[:, 1].min(0), high + room)


def draw_surface(ax: Axes, surface: Surface, quantity: Quantity, levels: np.ndarray) -> Any:
    """Draw filled contours with equal aspect; values above the last level, or infinite, take the last colour."""
    values = np.nan_to_num(getattr(surface, quantity.name), nan=np.inf, posinf=np.inf)
    clipped = np.clip(values, levels[0], levels[-1])  # for the colours only; the stored surface is raw
    norm = BoundaryNorm(levels, 256)
    drawn = ax.contourf(surface.x, surface.y, clipped, levels=levels, cmap=SURFACE, norm=norm)
    ax.contour(surface.x, surface.y, clipped, levels=levels[2::3], colors="white", linewidths=0.35, alpha=0.5)
    ax.set_aspect("equal")
    ax.grid(visible=False)
    return drawn


def draw_route(ax: Axes, route: Projected, ink: str, kind: str) -> set[str]:
    """Draw a line through the points, of that kind among `LINES`; returns what the legend should explain."""
    kind = f"{kind}, projected" if f"{kind}, projected" in LINES and route.off_plane.any() else kind
    ax.plot(route.x, route.y, color=ink, path_effects=OUTLINE, **LINES[kind][1])
    return {kind}


def draw_corners(ax: Axes, corners: Projected, ink: str) -> set[str]:
    """Draw a dot for each corner, hollow if its place is a projection; returns what the legend should explain."""
    inside = corners.off_plane == 0
    look: dict[str, Any] = {"marker": "o", "s": 34, "zorder": 5}
    ax.scatter(corners.x[inside], corners.y[inside], color=ink, edgecolor="white", linewidth=1.1, **look)
    hollow: dict[str, Any] = {"edgecolor": ink, "linewidth": 1.5, "path_effects": OUTLINE}
    ax.scatter(corners.x[~inside], corners.y[~inside], color="none", **hollow, **look)
    return {"corner" if lies_inside else "corner, projected" for lies_inside in inside}


def draw_network(ax: Axes, marks: Mapping[str, Projected]) -> set[str]:
    """Draw the independent network, if any: a diamond, hollow with its distance if it is off the plane."""
    if "network" not in marks:
        return set()
    network = marks["network"]
    look: dict[str, Any] = {"marker": "D", "s": 40, "linewidth": 1.1, "zorder": 4}
    if network.off_plane[0] == 0:
        ax.scatter(network.x, network.y, color="white", edgecolor=NETWORK, **look)
        return {"network"}
    ax.scatter(network.x, network.y, color="none", edgecolor="white", **look)
    place = (float(network.x[0]), float(network.y[0]))
    text = f"{float(network.off_plane[0]):.3g} off the plane"
    words: dict[str, Any] = {"fontsize": 7, "color": "white", "ha": "center", "va": "top"}
    ax.annotate(text, place, xytext=(0, -8), textcoords="offset points", path_effects=DARK_OUTLINE, **words)
    return {"network, projected"}


def explain(fig: Figure, shown: set[str]) -> None:
    """Draw a legend below the figure, of what is shown and nothing else."""
    shown = shown - {"subspace"} if "subspace, projected" in shown else shown  # one line, one entry
    looks = [look for kind, look in {**LINES, **MARKERS}.items() if kind in shown]
    handles = [Line2D([], [], label=label, **{"color": GREY, **look}) for label, look in looks]
    fig.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 4))


def color_bar(fig: Figure, axes: Any, drawn: Any, levels: np.ndarray, text: str) -> None:
    """Draw the colour scale that all axes share, with a label at every fourth level."""
    bar = fig.colorbar(drawn, ax=axes, label=text, shrink=0.7, aspect=36, pad=0.015, panchor=False)
    bar.set_ticks(list(levels[::4]), labels=[f"{level:.3g}" for level in levels[::4]])
