"""Figures of convexity between stochastic updates along a training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.analyses.base import Result
from lossgeo.figures.along_training import columns, draw_corners, inks
from lossgeo.figures.style import TEXT_WIDTH, color, panels, styled
from lossgeo.measures.update_record import UpdateRecord

Results = Sequence[Result[UpdateRecord]]


def update_convexity(results: Results) -> Figure:
    """Above, P[g < 0]; below, |g| beside the noise of float64 and the error of float32."""
    parts = columns(results)
    with styled():
        fig, axes = panels(2, len(parts), width=TEXT_WIDTH, height=4.6, sharex="col", sharey="row")
        for column, found in zip(axes.T, parts, strict=True):
            draw_corners(column[0], found, _share)
            _intervals(column[0], found)
            draw_corners(column[1], found, lambda record: _size(record.gap))
            draw_corners(column[1], found, lambda record: _size(record.error_single), linestyle="--")
            draw_corners(column[1], found, lambda record: _size(record.noise[:, None]), linestyle=":")
            column[0].set_xlabel("")
        axes[0, 0].set(ylim=(-0.04, 1.04), ylabel="$P[g < 0]$")
        axes[1, 0].set(yscale="log", ylabel="median $|g|$")
        handles = [
            *(Line2D([], [], color=ink, label=name) for name, ink in inks(results).items()),
            Line2D([], [], color="#777777", label="|g|"),
            Line2D([], [], color="#777777", linestyle="--", label="error of float32"),
            Line2D([], [], color="#777777", linestyle=":", label="noise of float64"),
        ]
        fig.legend(handles=handles, loc="outside lower center", ncols=4)
    return fig


def _intervals(ax: Axes, found: Results) -> None:
    """Draw the 95 % intervals of single seeds, where a corner has a place of its own."""
    for result in found:
        if result.family.corner_epochs is not None:
            shares = result.record.negative
            low, high = ([getattr(share, end) for share in shares] for end in ("low", "high"))
            ax.vlines(result.family.corner_epochs, low, high, color=color(result.index), alpha=0.35, linewidth=1.0)


def _share(record: UpdateRecord) -> Float64[np.ndarray, " m"]:
    return np.array([share.mean for share in record.negative])


def _size(values: Float64[np.ndarray, "m p"]) -> Float64[np.ndarray, " m"]:
    """Median size at each corner; NaN for 0, which has no logarithm."""
    sizes = np.median(np.abs(values), axis=1)
    return np.where(sizes > 0, sizes, np.nan)
