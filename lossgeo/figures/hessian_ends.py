"""Figures of the smallest and the largest eigenvalue of the Hessian."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.analyses.base import Result
from lossgeo.figures.along_training import columns, draw_corners, inks
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, panels, styled
from lossgeo.measures.hessian_record import HessianRecord


def hessian_ends(results: Sequence[Result[HessianRecord]]) -> Figure:
    """Above λ_min/λ_max, below λ_max and λ_min, against the epoch of a corner, or as means over corners."""
    parts = columns(results)
    with styled():
        fig, axes = panels(2, len(parts), width=TEXT_WIDTH, height=4.6, sharex="col", sharey="row")
        for column, found in zip(axes.T, parts, strict=True):
            draw_corners(column[0], found, lambda record: record.ratio)
            draw_corners(column[1], found, lambda record: record.largest)
            draw_corners(column[1], found, lambda record: record.smallest, linestyle="--")
            column[0].set_xlabel("")
            for ax in column:
                ax.axhline(0, color=NETWORK, linewidth=0.8, zorder=1)
        _scale(axes[1, 0], results)
        axes[0, 0].set_ylabel(r"$\lambda_{min} / \lambda_{max}$")
        axes[1, 0].set_ylabel("eigenvalue")
        handles = [
            *(Line2D([], [], color=ink, label=name) for name, ink in inks(results).items()),
            Line2D([], [], color="#777777", label=r"$\lambda_{max}$"),
            Line2D([], [], color="#777777", linestyle="--", label=r"$\lambda_{min}$"),
        ]
        fig.legend(handles=handles, loc="outside lower center", ncols=4)
    return fig


def _scale(ax: Axes, results: Sequence[Result[HessianRecord]]) -> None:
    """Set a scale that is logarithmic from the smallest λ on where sizes differ by more than a decade, else linear."""
    every = np.abs(np.concatenate([[*result.record.smallest, *result.record.largest] for result in results]))
    sizes = every[np.isfinite(every) & (every > 0)]
    if len(sizes) > 0 and sizes.max() > 10 * sizes.min():
        ax.set_yscale("symlog", linthresh=sizes.min())
