"""Figures of a subspace on its principal components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Line3DCollection
from mpl_toolkits.mplot3d.axes3d import Axes3D

from lossgeo.analyses.base import Result
from lossgeo.analyses.projection import ProjectionRecord
from lossgeo.figures.style import NETWORK, SURFACE, WIDE, color, styled

PLANES = ((0, 1), (0, 2))
"""The pairs of components that the flat panels show."""

PATH = colormaps[SURFACE].resampled(256)


def projection(results: Sequence[Result[ProjectionRecord]]) -> Figure:
    """One subspace, a column for each seed: above, its first three components; below, the first with the others.

    The route is coloured by its position s; every axis has its own scale.
    """
    columns = len(results)
    with styled():
        fig = plt.figure(figsize=(WIDE, 2.9 + 2.1 * len(PLANES)))
        grid = fig.add_gridspec(1 + len(PLANES), columns, height_ratios=[2.9, *[2.1] * len(PLANES)])
        for column, result in enumerate(results):
            space = fig.add_subplot(grid[0, column], projection="3d")
            _in_space(space, result)
            space.set_title(result.heading, color=color(result.index), fontweight="bold")
            for row, pair in enumerate(PLANES):
                _flat(fig.add_subplot(grid[1 + row, column]), result, pair)
        scale = ScalarMappable(Normalize(0, 1), PATH)
        fig.colorbar(scale, ax=fig.axes, location="bottom", shrink=0.35, aspect=40, label="s along the route")
    return fig


def percent(share: float) -> str:
    """A share of the variance with three digits; below a thousandth of a per cent only that is said.

    >>> percent(0.99896), percent(6.9e-7), percent(0.0)
    ('99.9 %', '< 0.001 %', '0 %')
    """
    return "< 0.001 %" if 0 < share < 1e-5 else f"{100 * share:.3g} %"


def _in_space(ax: Axes3D, result: Result[ProjectionRecord]) -> None:
    record = result.record
    points = record.route[:, None, :]
    lines = Line3DCollection(np.concatenate([points[:-1], points[1:]], axis=1), cmap=PATH, linewidth=2.2)
    lines.set_array(record.s[:-1])
    ax.add_collection3d(lines)
    for corner, label in zip(record.corners, _labels(result), strict=True):
        ax.scatter(*corner, color=NETWORK, s=16, depthshade=False)
        ax.text(*corner, f"  {label}", fontsize=8)
    ranges = [_range(record.route[:, i]) for i in range(3)]
    ax.set(xlim=ranges[0], ylim=ranges[1], zlim=ranges[2])
    look: dict[str, Any] = {"fontsize": 7.5, "labelpad": -7}
    ax.set_xlabel("PC1", **look)
    ax.set_ylabel("PC2", **look)
    ax.set_zlabel("PC3", **look)
    ax.tick_params(labelsize=6, pad=-3)
    ax.locator_params(nbins=4)


def _flat(ax: Axes, result: Result[ProjectionRecord], pair: tuple[int, int]) -> None:
    record, (i, j) = result.record, pair
    route = record.route[:, [i, j]]
    if result.family.dimension > 1:
        ax.plot(record.sample[:, i], record.sample[:, j], ".", color=color(result.index), alpha=0.25, markersize=2)
    lines = LineCollection(list(np.stack([route[:-1], route[1:]], axis=1)), cmap=PATH, linewidth=2.0)
    lines.set_array(record.s[:-1])
    ax.add_collection(lines)
    ax.plot(record.corners[:, i], record.corners[:, j], "o", color=NETWORK, markersize=4)
    for corner, label in zip(record.corners, _labels(result), strict=True):
        ax.annotate(label, corner[[i, j]], xytext=(4, 4), textcoords="offset points", fontsize=8)
    ax.set(xlim=_range(route[:, 0]), ylim=_range(route[:, 1]))
    ax.set_xlabel(_named(record, i))
    ax.set_ylabel(_named(record, j))
    ax.spines[["top", "right"]].set_visible(False)


def _named(record: ProjectionRecord, component: int) -> str:
    return f"PC{component + 1} ({percent(record.explained[component])})"


def _labels(result: Result[ProjectionRecord]) -> list[str]:
    """The label of each corner: the corners are met in order along the route."""
    return [label for _, label in result.family.stops][: len(result.record.corners)]


def _range(values: np.ndarray) -> tuple[float, float]:
    """The values with room on both sides; one unit where all of them are equal."""
    low, high = float(values.min()), float(values.max())
    room = 0.12 * (high - low) or 0.5
    return low - room, high + room
