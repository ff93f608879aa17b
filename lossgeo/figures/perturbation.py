"""Figures of subspaces whose corners were perturbed: surfaces, and error or loss by the size of the noise."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.perturbation import Level, PerturbationRecord
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, WIDE, color, name, panels, styled
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
from lossgeo.measures.quantity import Quantity, chosen

ROOM = 0.55
"""Height in inches for the titles and axes of a row of surfaces."""

MOST_COLUMNS = 4


def perturbed_surfaces(
    results: Sequence[Result[PerturbationRecord]], quantity: Literal["error", "loss"] | None = None
) -> Figure:
    """Filled contours of error or loss for each subspace (its first seed) and size of the noise, without noise first.

    By default the error, or the loss where there is none. One colour scale; every panel has axes of its own, because
    planes through corners with more noise are larger.
    """
    first = [found[0] for found in by_subspace(results).values()]
    what = chosen(results[0].task, quantity)
    levels = shared_levels((level.surface for result in first for level in result.record.levels), what)
    rows = [(result, part) for result in first for part in _wrapped(_by_std(result.record))]
    columns = max(len(part) for _, part in rows)
    shown: set[str] = set()
    heights = [WIDE * 0.82 / columns * max(map(_ratio, part)) + ROOM for _, part in rows]
    with styled():
        fig, axes = panels(len(rows), columns, width=WIDE, height=sum(heights) + ROOM, height_ratios=heights)
        for ax in axes.flat:
            ax.set_visible(False)  # until it has a level
        for row, (result, part) in zip(axes, rows, strict=True):
            for ax, level in zip(row, part, strict=False):
                ax.set_visible(True)
                drawn = draw_surface(ax, level.surface, what, levels)
                shown |= _marks(ax, level, color(result.index))
                (left, bottom), (right, top) = limits([level.surface])
                ax.set(xlim=(left, right), ylim=(bottom, top), anchor="N", xlabel="weight distance")
                title = f"{result.subspace} · {f'std {level.std:g}' if level.std > 0 else 'no noise'}"
                ax.set_title(title, color=color(result.index), fontweight="bold")
            row[0].set_ylabel("weight distance")
        color_bar(fig, axes, drawn, levels, what.on(results[0].record.split))
        explain(fig, shown)
    return fig


def perturbation(
    results: Sequence[Result[PerturbationRecord]], quantity: Literal["error", "loss"] | None = None
) -> Figure:
    """Above, error or loss along each route for every size of the noise; below, its mean against that size.

    By default the error, or the loss where there is none. Lines are means over draws and seeds, bands their range; the
    dashed line is the subspace without noise.
    """
    groups, what = by_subspace(results), chosen(results[0].task, quantity)
    with styled():
        fig, axes = panels(2, len(groups), width=TEXT_WIDTH, height=5.4, sharey=True)
        for column, (subspace, found) in enumerate(groups.items()):
            _along(axes[0, column], found, what)
            _against_std(axes[1, column], found, what)
            name(axes[0, column], subspace, found[0].index)
        for row in axes:
            row[0].set_ylabel(what.on(results[0].record.split))
        handles, labels = axes[0, 0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=min(len(handles), 5))
    return fig


def _wrapped(levels: Sequence[Level]) -> list[Sequence[Level]]:
    """The levels in rows of equal length, at most four in a row."""
    columns = ceil(len(levels) / ceil(len(levels) / MOST_COLUMNS))
    return [levels[start : start + columns] for start in range(0, len(levels), columns)]


def _marks(ax: Axes, level: Level, ink: str) -> set[str]:
    marks = level.surface.marks
    shown: set[str] = set()
    if "unperturbed" in marks:
        shown |= draw_route(ax, marks["unperturbed"], ink, "unperturbed")
    shown |= draw_route(ax, marks["route"], ink, "segment")
    return shown | draw_corners(ax, marks["corners"], ink) | draw_network(ax, marks)


def _ratio(level: Level) -> float:
    (left, bottom), (right, top) = limits([level.surface])
    return float((top - bottom) / (right - left))


def _along(ax: Axes, found: Sequence[Result[PerturbationRecord]], quantity: Quantity) -> None:
    """Draw a line and a band for every size of the noise."""
    stds, s = _stds(found), found[0].record.s
    inks = [NETWORK, *mpl.colormaps["plasma"](np.linspace(0.1, 0.85, len(stds) - 1))]
    for i, (std, ink) in enumerate(zip(stds, inks, strict=True)):
        lines = np.concatenate([getattr(_by_std(result.record)[i], quantity.name) for result in found])
        ax.fill_between(s, lines.min(0), lines.max(0), color=ink, alpha=0.18, linewidth=0)
        dashes, above = ("--", 3) if std == 0 else ("-", 2)
        ax.plot(s, lines.mean(0), color=ink, label=_noise(std), linestyle=dashes, zorder=above)
    stops = found[0].family.stops
    ax.set_xticks([at for at, _ in stops], [label for _, label in stops])
    ax.set_xlabel("along straight lines from corner to corner")


def _against_std(ax: Axes, found: Sequence[Result[PerturbationRecord]], quantity: Quantity) -> None:
    """Draw the mean over the route against std, and above it the size of the noise relative to the weights."""
    ink, levels, stds = color(found[0].index), [_by_std(result.record) for result in found], _stds(found)[1:]
    none, *noisy = (
        np.concatenate([getattr(level, quantity.name).mean(1) for level in one]) for one in zip(*levels, strict=True)
    )
    low, middle, high = (np.array([which(values) for values in noisy]) for which in (np.min, np.mean, np.max))
    ax.axhline(none.mean(), color=NETWORK, linewidth=1.2, linestyle="--")
    ax.errorbar(stds, middle, [middle - low, high - middle], color=ink, fmt="o-", markersize=4, elinewidth=1.0)
    ax.set(xscale="log", xlabel="std of the noise on a weight")
    ax.margins(x=0.12)
    ax.set_xticks(stds, [f"{std:g}" for std in stds])
    ax.minorticks_off()
    shares = [
        np.mean([result.record.relative_noise(_by_std(result.record)[i]).mean() for result in found])
        for i in range(1, len(stds) + 1)
    ]
    above = ax.secondary_xaxis("top")
    above.set_xticks(stds, [f"{share:.2g}" for share in shares])
    above.minorticks_off()
    above.set_xlabel("‖δ‖ / ‖ω‖")


def _stds(results: Sequence[Result[PerturbationRecord]]) -> list[float]:
    return [level.std for level in _by_std(results[0].record)]


def _by_std(record: PerturbationRecord) -> list[Level]:
    return sorted(record.levels, key=lambda level: level.std)


def _noise(std: float) -> str:
    return f"noise of std {std:g}" if std > 0 else "no noise"
