"""Figures of straight lines between networks, and of the barriers on them against the split epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.analyses.barrier import SPLITS, BarrierRecord
from lossgeo.analyses.base import Result, by_subspace
from lossgeo.figures.split_epoch import draw_series, split_axis
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, WIDE, color, name, panels, styled
from lossgeo.measures.quantity import Quantity, shown

GREY = "#777777"
MOST_IN_TEXT = 4
"""The most panels side by side in the width of the text."""

REDUCED: dict[str, tuple[Callable[[list[float]], float], dict[str, Any]]] = {
    "mean over the pairs": (lambda barriers: float(np.mean(barriers)), {"marker": "o"}),
    "largest": (max, {"marker": "^", "linestyle": "--"}),
}


def barrier(results: Sequence[Result[BarrierRecord]]) -> Figure:
    """Test error, if there is one, and loss along every straight line, a panel for each subspace."""
    groups = by_subspace(results)
    rows = shown(results[0].task, "error", "loss")
    (split,) = results[0].task.splits("test")
    width = TEXT_WIDTH if len(groups) <= MOST_IN_TEXT else WIDE
    with styled():
        fig, axes = panels(len(rows), len(groups), width=width, height=0.6 + 1.8 * len(rows), sharex=True, sharey="row")
        for column, (subspace, found) in enumerate(groups.items()):
            for ax, quantity in zip(axes[:, column], rows, strict=True):
                for result in found:
                    for way in result.record.ways:
                        profile = way.along[split]
                        ink = NETWORK if way.leads_to_network else color(result.index)
                        dashes = "--" if way.leads_to_network else "-"
                        look: dict[str, Any] = {"color": ink, "alpha": 0.7, "linewidth": 1.1, "linestyle": dashes}
                        ax.plot(profile.t, quantity.of(profile.found), **look)
            name(axes[0, column], subspace, found[0].index)
            axes[-1, column].set_xlabel("t along the line")
        for ax, quantity in zip(axes[:, 0], rows, strict=True):
            ax.set_ylabel(quantity.on(split))
        handles = [Line2D([], [], color=GREY, label="between two corners")]
        if any(way.leads_to_network for result in results for way in result.record.ways):
            label = "from a corner to the independent network"
            handles.append(Line2D([], [], color=NETWORK, linestyle="--", label=label))
        fig.legend(handles=handles, loc="outside lower center", ncols=2)
    return fig


def barrier_by_split(results: Sequence[Result[BarrierRecord]]) -> Figure:
    """Barriers between corners in error, if there is one, and loss, against the split epoch, on train and on test.

    Lines are means over seeds, thin ones seeds: of the mean over the pairs of corners, and of the largest of them.
    """
    rows = shown(results[0].task, "error", "loss")
    axis, splits = split_axis(results), results[0].task.splits(*SPLITS)
    with styled():
        fig, axes = panels(
            len(rows), len(splits), width=TEXT_WIDTH, height=0.6 + 2.0 * len(rows), sharex=True, sharey="row"
        )
        for row, quantity in zip(axes, rows, strict=True):
            for ax, split in zip(row, splits, strict=True):
                for series in axis.series:
                    for reduced, look in REDUCED.values():
                        value = partial(_barrier, reduced, split, quantity)
                        draw_series(ax, series, value, color=color(series.index), **look)
            row[0].set_ylabel(f"barrier in {quantity.label}")
            row[0].set_ylim(bottom=0)  # of both, after both are drawn: it ends their scaling
        for column, split in enumerate(splits):
            if rows[0].task.has_examples:
                axes[0, column].set_title(split)
            axis.lay(axes[-1, column])
        groups = {series.group: color(series.index) for series in axis.series} if len(axis.series) > 1 else {}
        handles = [
            *(Line2D([], [], color=ink, label=group) for group, ink in groups.items()),
            *(Line2D([], [], color=GREY, markersize=4, label=label, **look) for label, (_, look) in REDUCED.items()),
        ]
        fig.legend(handles=handles, loc="outside lower center", ncols=4)
    return fig


def _barrier(
    reduced: Callable[[list[float]], float], split: str, quantity: Quantity, result: Result[BarrierRecord]
) -> float:
    found = result.record.between_corners(split, quantity.name)
    return reduced(found) if found else np.nan
