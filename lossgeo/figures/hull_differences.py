"""Figures of the loss inside a hull minus that of the nearest corner, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.analyses.base import Result
from lossgeo.figures.convex_hull import INKS
from lossgeo.figures.split_epoch import SplitAxis, group_axes
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, name, panels, styled
from lossgeo.measures.hull_record import PLACES, HullRecord, Sampled

SHIFTS: dict[Sampled, float] = {"inside": -0.17, "random": 0.17}


def hull_differences(results: Sequence[Result[HullRecord]]) -> Figure:
    """Training loss minus that of the nearest corner, for draws of all seeds from the whole hull, a panel a group.

    A dot a draw; thin lines reach from the 5 % to the 95 % quantile, thick ones from 25 % to 75 %, the mark is the
    median. The scale is linear about 0, to the smallest twentieth of the differences, and logarithmic beyond.
    """
    groups = group_axes(results)
    with styled():
        fig, axes = panels(1, len(groups), width=TEXT_WIDTH, height=3.2, sharey=True)
        for ax, (group, axis) in zip(axes.flat, groups.items(), strict=True):
            for place in PLACES:
                _columns(ax, axis, place)
            ax.axhline(0, color=NETWORK, linewidth=0.8)
            ax.set_yscale("symlog", linthresh=_smallest(results))
            axis.lay(ax)
            if group != "":
                name(ax, group, axis.series[0].index)
        unit = f" ({results[0].task.unit})" if results[0].task.unit else ""
        axes[0, 0].set_ylabel(f"loss − that of the corner{unit}")
        marks = [Line2D([], [], color=INKS[place], marker="o", linewidth=3, label=place) for place in PLACES]
        fig.legend(handles=marks, loc="outside lower center", ncols=2)
    return fig


def _columns(ax: Axes, axis: SplitAxis[HullRecord], place: Sampled) -> None:
    """Draw a column of draws at every position of the axis."""
    for series in axis.series:
        for at in series.positions:
            values = _differences([found for (where, _), found in series.results.items() if where == at], place)
            if len(values):
                _column(ax, at + SHIFTS[place], values, INKS[place])


def _column(ax: Axes, at: float, values: Float64[np.ndarray, " n"], ink: str) -> None:
    """Draw one column: every draw, and bars between quantiles."""
    spread = at + 0.11 * np.linspace(-1, 1, len(values))
    ax.plot(spread, values, ".", color=ink, markersize=2.2, alpha=0.3, markeredgewidth=0)
    low, lower, middle, upper, high = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
    ax.plot([at, at], [low, high], color=ink, linewidth=1.0)
    ax.plot([at, at], [lower, upper], color=ink, linewidth=3.5)
    ax.plot(at, middle, "o", color="white", markeredgecolor=ink, markersize=4)


def _differences(results: Sequence[Result[HullRecord]], place: Sampled) -> Float64[np.ndarray, " n"]:
    """Differences of all draws from the whole hull; those that are not finite are left out."""
    found = np.concatenate([result.record.compare(result.record.whole, place).difference for result in results])
    finite: np.ndarray = found[np.isfinite(found)]
    return finite


def _smallest(results: Sequence[Result[HullRecord]]) -> float:
    sizes = np.abs(np.concatenate([_differences(results, place) for place in PLACES]))
    return float(np.quantile(sizes[sizes > 0], 0.05)) if (sizes > 0).any() else 1.0
