"""Figures of a subspace and of the chord between its corners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.chord import ChordRecord
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, name, panels, styled
from lossgeo.measures.quantity import Quantity, shown

DASHES = (0, (3, 1.5))


def chord(results: Sequence[Result[ChordRecord]]) -> Figure:
    """Above, accuracy along each curve and its chord, a line for each seed; below, their difference and its mean.

    The loss stands in for the accuracy where there is none. Draws of a simplex of more than two vertices, which do not
    lie along a line, are dots along its last coordinate.
    """
    groups, quantity = by_subspace(results), shown(results[0].task, "accuracy", "loss")[0]
    told = quantity.differences
    with styled():
        fig, axes = panels(2, len(groups), width=TEXT_WIDTH, height=4.2, sharex="col", sharey="row")
        for column, (subspace, found) in enumerate(groups.items()):
            above, below = axes[:, column]
            ink = color(found[0].index)
            for result in found:
                _both(above, result, quantity, ink)
                record = result.record
                look: dict[str, Any] = {"color": ink, "markersize": 2.5, "alpha": 0.5}
                below.plot(record.t[:, -1], told.factor * record.difference(quantity.name), ".", **look)
            means = [told.factor * result.record.paired(quantity.name).mean for result in found]
            below.axhline(0, color=NETWORK, linewidth=0.7)
            below.axhline(float(np.mean(means)), color=ink, linewidth=1.6)
            below.set_xlabel("t")
            name(above, subspace, found[0].index)
        axes[0, 0].set_ylabel(quantity.on(results[0].record.split))
        axes[1, 0].set_ylabel(f"difference ({told.unit})")
        fig.legend(handles=_legend(), loc="outside lower center", ncols=4)
    return fig


def _both(ax: Axes, result: Result[ChordRecord], quantity: Quantity, ink: str) -> None:
    order = np.argsort(result.record.t[:, -1])
    t = result.record.t[order, -1]
    is_line = result.record.t.shape[1] == 1
    look: dict[str, Any] = {"linewidth": 0.9, "marker": "" if is_line else ".", "markersize": 2.5, "alpha": 0.75}
    ax.plot(t, quantity.of(result.record.chord)[order], color=NETWORK, linestyle=DASHES if is_line else "", **look)
    ax.plot(t, quantity.of(result.record.subspace)[order], color=ink, linestyle="-" if is_line else "", **look)


def _legend() -> list[Line2D]:
    grey = "#777777"
    return [
        Line2D([], [], color=grey, label="subspace"),
        Line2D([], [], color=NETWORK, linestyle=DASHES, linewidth=0.9, label="chord"),
        Line2D([], [], color=grey, linestyle="", marker=".", label="difference at one t"),
        Line2D([], [], color=grey, linewidth=1.6, label="its mean over seeds"),
    ]
