"""Figures of estimates of intrinsic dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.intrinsic_dimension import DimensionRecord
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, name, panels, styled


def dimension(results: Sequence[Result[DimensionRecord]]) -> Figure:
    """Maximum-likelihood estimates against k: a dot for each seed with its bootstrap interval, its control in grey."""
    groups = by_subspace(results)
    with styled():
        fig, axes = panels(1, len(groups), width=TEXT_WIDTH, height=2.7)
        for ax, (subspace, found) in zip(axes.flat, groups.items(), strict=True):
            estimates = found[0].record.estimates
            places = np.arange(len(estimates))
            step = 0.8 / len(found)
            for i, result in enumerate(found):
                shift = step * (i - (len(found) - 1) / 2)
                lows = np.array([estimate.control_low for estimate in result.record.estimates])
                highs = np.array([estimate.control_high for estimate in result.record.estimates])
                boxes = {"width": step * 0.86, "color": NETWORK, "alpha": 0.15, "linewidth": 0}
                label = "its control draws" if i == 0 else None
                ax.bar(places + shift, highs - lows, bottom=lows, label=label, **boxes)
                middle = np.array([estimate.mle for estimate in result.record.estimates])
                low = np.array([estimate.mle_low for estimate in result.record.estimates])
                high = np.array([estimate.mle_high for estimate in result.record.estimates])
                bars = {"fmt": "o", "markersize": 3.6, "elinewidth": 1.0, "color": color(result.index)}
                label = "a seed, 95 %" if i == 0 else None
                ax.errorbar(places + shift, middle, [middle - low, high - middle], label=label, **bars)
            ax.axhline(found[0].record.dimension, color=NETWORK, linewidth=0.8, linestyle=(0, (4, 2)))
            ax.set_xticks(places, [str(estimate.neighbours) for estimate in estimates])
            ax.set_xlabel("neighbours k")
            ax.use_sticky_edges = False
            ax.margins(y=0.08)
            name(ax, subspace, found[0].index)
        axes[0, 0].set_ylabel("maximum-likelihood dimension")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=len(handles))
    return fig
