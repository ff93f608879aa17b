"""Figures of local principal components of samples of a subspace."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.intrinsic_dimension import DimensionRecord
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, name, panels, styled

COMPONENTS = 5
SMALLEST = 1e-16


def spectrum(results: Sequence[Result[DimensionRecord]]) -> Figure:
    """Mean share of the neighbours' variance on each local principal component, logarithmic; a line for each seed."""
    groups = by_subspace(results)
    with styled():
        fig, axes = panels(1, len(groups), width=TEXT_WIDTH, height=2.5, sharey=True)
        for ax, (subspace, found) in zip(axes.flat, groups.items(), strict=True):
            for result in found:
                shares = result.record.largest.spectrum[:COMPONENTS]
                shown = shares[shares > SMALLEST]
                places = np.arange(1, len(shown) + 1)
                ax.plot(places, shown, color=color(result.index), alpha=0.7, marker="o", markersize=4)
            allowed = 1 - found[0].record.rank_threshold
            ax.axhline(allowed, color=NETWORK, linewidth=0.8, linestyle=(0, (4, 2)))
            ax.set(yscale="log", xlabel="component", xlim=(0.5, COMPONENTS + 0.5), ylim=(SMALLEST / 2, 3))
            ax.set_xticks(range(1, COMPONENTS + 1))
            name(ax, subspace, found[0].index)
        axes[0, 0].set_ylabel("share of the variance")
    return fig
