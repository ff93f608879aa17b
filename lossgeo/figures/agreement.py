"""Figures of the examples that corners of subspaces answer correctly together."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import matplotlib as mpl
import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lossgeo.analyses.agreement import AgreementRecord, Between
from lossgeo.analyses.base import Result, by_subspace
from lossgeo.figures.split_epoch import Series, draw_series, group_axes
from lossgeo.figures.style import NETWORK, SURFACE, TEXT_WIDTH, color, name, panels, styled
from lossgeo.measures.counts import all_right

Results = Sequence[Result[AgreementRecord]]

ALONE, TOGETHER, ALL_HULLS = color(0), color(1), color(2)
BY_CHANCE: dict[str, Any] = {"linestyle": (0, (3, 1.5)), "linewidth": 1.1, "marker": "x", "markersize": 4}
MOST_COLUMNS = 4
MOST_DOTS = 16


def agreement(results: Results) -> Figure:
    """Shares that a corner, all corners, and the corners of all seeds answer correctly, against the split epoch.

    A panel a group; lines are means over seeds, thin ones seeds; crosses are what independent errors would leave.
    """
    groups = group_axes(results)
    with styled():
        fig, axes = panels(1, len(groups), width=TEXT_WIDTH, height=3.2, sharey=True)
        for ax, (group, axis) in zip(axes.flat, groups.items(), strict=True):
            for series in axis.series:
                draw_series(ax, series, lambda result: float(result.record.accuracies.mean()), color=ALONE)
                draw_series(ax, series, lambda result: float(result.record.common.mean()), color=TOGETHER)
                draw_series(ax, series, _by_chance, color=TOGETHER, **BY_CHANCE)
                _draw_between(ax, series)
            axis.lay(ax)
            if group != "":
                name(ax, group, axis.series[0].index)
        axes[0, 0].set_ylabel("share of the training examples")
        _explain(fig, results, each=True)
    return fig


def agreement_by_corners(results: Results) -> Figure:
    """The share that all of p corners answer correctly against p, the mean over all choices; a panel for each subspace.

    Thin lines are seeds, dashed ones what independent errors would leave; level ones what all seeds have in common.
    """
    groups = by_subspace(results)
    rows = ceil(len(groups) / MOST_COLUMNS)
    columns = ceil(len(groups) / rows)
    with styled():
        fig, axes = panels(rows, columns, width=TEXT_WIDTH, height=0.7 + 2.0 * rows, sharey=True)
        for ax in axes.flat[len(groups) :]:
            ax.set_visible(False)
        for ax, (subspace, found) in zip(axes.flat, groups.items(), strict=False):
            _draw_corners(ax, found)
            name(ax, subspace, found[0].index)
            ax.set_xlabel("corners")
        for row in axes:
            row[0].set_ylabel("share all answer correctly")
        _explain(fig, results, each=False)
    return fig


def right_corners(results: Results) -> Figure:
    """The number of corners that answer an example correctly: examples in order of it, a bar for each subspace.

    Means over seeds; the lower half of a bar is what independent errors would leave.
    """
    groups = by_subspace(results)
    with styled():
        fig, axes = panels(1, 1, width=TEXT_WIDTH, height=1.1 + 0.55 * len(groups))
        ax = axes[0, 0]
        for at, found in enumerate(groups.values()):
            observed = np.mean([result.record.counts for result in found], axis=0)
            _draw_counts(ax, at - 0.18, observed, height=0.46)
            by_chance = np.mean([result.record.counts_if_independent for result in found], axis=0)
            _draw_counts(ax, at + 0.17, by_chance, height=0.2)
            told = f"all: {100 * observed[-1]:.1f} %\nnone: {100 * observed[0]:.1f} %"
            ax.text(1.01, at, told, va="center", fontsize=7.5)
        ax.set_yticks(range(len(groups)), list(groups))
        for label, found in zip(ax.get_yticklabels(), groups.values(), strict=True):
            label.set(color=color(found[0].index), fontweight="bold")
        ax.set(xlim=(0, 1), ylim=(len(groups) - 0.5, -0.5), xlabel="share of the training examples")
        ax.grid(visible=False)
        scale = mpl.cm.ScalarMappable(Normalize(0, 1), SURFACE)
        fig.colorbar(scale, ax=ax, label="share of the corners that are right", pad=0.02, aspect=12)
    return fig


def _draw_between(ax: Axes, series: Series[AgreementRecord]) -> None:
    """Draw what all seeds have in common, at every position with more than one seed."""
    at_once = [[found for (where, _), found in series.results.items() if where == at] for at in series.positions]
    found = {
        at: between
        for at, results in zip(series.positions, at_once, strict=True)
        if (between := Between.of(results)) is not None
    }
    ax.plot(list(found), [between.shares[-1] for between in found.values()], "o-", color=ALL_HULLS, markersize=4)
    ax.plot(
        list(found), [between.shares_if_independent[-1] for between in found.values()], color=ALL_HULLS, **BY_CHANCE
    )


def _by_chance(result: Result[AgreementRecord]) -> float:
    return float(np.prod(result.record.accuracies))


def _draw_corners(ax: Axes, found: Results) -> None:
    corners = np.arange(1, len(found[0].record.bits) + 1)
    observed, by_chance = (
        np.array([all_right(counts) for counts in each])
        for each in zip(*((one.record.counts, one.record.counts_if_independent) for one in found), strict=True)
    )
    ax.plot(corners, observed.T, color=TOGETHER, linewidth=0.7, alpha=0.4)
    ax.plot(corners, observed.mean(0), color=TOGETHER, marker="o" if len(corners) <= MOST_DOTS else "", markersize=3)
    ax.plot(corners, by_chance.mean(0), color=TOGETHER, **{**BY_CHANCE, "marker": ""})
    between = Between.of(found)
    if between is not None:
        ax.axhline(between.shares[-1], color=ALL_HULLS)
        ax.axhline(between.shares_if_independent[-1], color=ALL_HULLS, **{**BY_CHANCE, "marker": ""})
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))


def _draw_counts(ax: Axes, at: float, counts: Float64[np.ndarray, " P+1"], *, height: float) -> None:
    inks = mpl.colormaps[SURFACE](np.linspace(0, 1, len(counts)))
    gaps = 0.6 if len(counts) <= MOST_DOTS else 0  # white, between parts that are wide enough
    ax.barh(at, counts, left=counts.cumsum() - counts, color=inks, height=height, edgecolor="white", linewidth=gaps)


def _explain(fig: Figure, results: Results, *, each: bool) -> None:
    """Draw the legend; `each` says whether single corners have a line of their own."""
    lines = {"each corner": ALONE} if each else {}
    lines["all corners"] = TOGETHER
    if any(Between.of(found) is not None for found in by_subspace(results).values()):
        lines["all corners of all seeds"] = ALL_HULLS
    handles = [Line2D([], [], color=ink, label=label) for label, ink in lines.items()]
    marker = BY_CHANCE["marker"] if each else ""
    by_chance = {**BY_CHANCE, "marker": marker, "color": NETWORK, "label": "if errors were independent"}
    fig.legend(handles=[*handles, Line2D([], [], **by_chance)], loc="outside lower center", ncols=4)
