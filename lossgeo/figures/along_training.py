"""Columns of panels for quantities of every corner: along trainings, and for other subspaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.figures.split_epoch import draw_series, split_axis
from lossgeo.figures.style import color

R = TypeVar("R")
Quantity = Callable[[R], Float64[np.ndarray, " m"]]
"""A function from a record to a number for every corner."""


def columns(results: Sequence[Result[R]]) -> list[list[Result[R]]]:
    """The results along trainings, and the other results, each where there are any."""
    along = [result for result in results if result.family.corner_epochs is not None]
    others = [result for result in results if result.family.corner_epochs is None]
    return [part for part in (along, others) if part]


def inks(results: Sequence[Result[Any]]) -> dict[str, str]:
    """Name of every subspace, or of every group of hulls → its colour; empty if there is only one."""
    alone = {result.subspace: color(result.index) for result in results if result.split_epoch is None}
    hulls = [result for result in results if result.split_epoch is not None]
    grouped = {series.group: color(series.index) for series in split_axis(hulls).series} if hulls else {}
    named = {**alone, **grouped}
    return named if len(named) > 1 else {}


def draw_corners(ax: Axes, results: Sequence[Result[R]], quantity: Quantity[R], *, linestyle: str = "-") -> None:
    """Draw one column: against the epoch of a corner, or the mean over corners against the split epoch or name.

    Seeds are thin lines, means over seeds thick ones; values that are not finite are left out.
    """
    if results[0].family.corner_epochs is None:
        axis = split_axis(results)
        for series in axis.series:
            look = {"color": color(series.index), "linestyle": linestyle}
            draw_series(ax, series, lambda result: float(np.mean(quantity(result.record))), **look)
        axis.lay(ax)
        return
    for found in by_subspace(results).values():
        epochs, ink = found[0].family.corner_epochs or (), color(found[0].index)
        rows = np.ma.masked_invalid([quantity(result.record) for result in found])
        for row in rows:
            ax.plot(epochs, row, color=ink, linestyle=linestyle, marker=".", markersize=3, linewidth=0.7, alpha=0.4)
        ax.plot(epochs, rows.mean(0), color=ink, linestyle=linestyle, marker="o", markersize=4)
    _lay_epochs(ax, sorted({epoch for result in results for epoch in result.family.corner_epochs or ()}))


def _lay_epochs(ax: Axes, epochs: Sequence[int]) -> None:
    """Set the axis of epochs: linear where they are evenly spaced, else logarithmic from one on."""
    if len(set(np.diff(epochs))) > 1:
        ax.set_xscale("symlog", linthresh=1)
        ax.set_xticks(epochs, [str(epoch) for epoch in epochs])
        ax.minorticks_off()
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("epoch")
