"""Figures of surfaces on planes through weight space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.plane import PlaneRecord
from lossgeo.analyses.shared import seeds_of
from lossgeo.figures.style import WIDE, color, panels, styled
from lossgeo.figures.surface import (
    color_bar,
    draw_corners,
    draw_network,
    draw_route,
    draw_surface,
    explain,
    limits,
    shared_levels,
)
from lossgeo.measures.quantity import chosen

ROOM = 0.55
"""Height in inches for the title and the axis of a row of panels."""


def plane(results: Sequence[Result[PlaneRecord]], quantity: Literal["error", "loss"] | None = None) -> Figure:
    """Filled contours of error or loss: a row for each subspace, a column for each seed, with one colour scale.

    By default the error, or the loss where there is none. The levels are closest where the values are lowest. They end
    at the 98th percentile: what is higher, or infinite, takes the last colour.
    """
    groups = by_subspace(results)
    seeds = seeds_of(results)
    what = chosen(results[0].task, quantity)
    levels = shared_levels((result.record.surface for result in results), what)
    extents = {subspace: limits([result.record.surface for result in found]) for subspace, found in groups.items()}
    ratios = [(high[1] - low[1]) / (high[0] - low[0]) for low, high in extents.values()]
    heights = [WIDE * 0.86 / len(seeds) * ratio + ROOM for ratio in ratios]
    across, up = (f"PC{i}, " if results[0].record.through == "principal" else "" for i in (1, 2))
    shown: set[str] = set()
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
                drawn = draw_surface(ax, result.record.surface, what, levels)
                shown |= _marks(ax, result)
                (left, bottom), (right, top) = extents[subspace]
                ax.set(xlim=(left, right), ylim=(bottom, top), xlabel=f"{across}weight distance")
                ax.set_title(result.heading, color=color(result.index), fontweight="bold")
            axes[row, 0].set_ylabel(f"{up}weight distance")
        color_bar(fig, axes, drawn, levels, what.on(results[0].record.split))
        explain(fig, shown)
    return fig


def _marks(ax: Axes, result: Result[PlaneRecord]) -> set[str]:
    """Draw the subspace, its corners, and the independent network, if any; returns what the legend should explain."""
    marks, ink = result.record.surface.marks, color(result.index)
    shown = draw_route(ax, marks["route"], ink, result.family.route_label) | draw_corners(ax, marks["corners"], ink)
    return shown | draw_network(ax, marks)
