"""Figures of singular values of stacked corners."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.singular_values import SingularValueRecord
from lossgeo.figures.split_epoch import group_axes
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, name, panels, styled

SEEN = {"zero": "as they are", "mean": "less their mean", "split": "less the split point"}
MOST_DOTS = 16


def spectrum_of_corners(results: Sequence[Result[SingularValueRecord]]) -> Figure:
    """Singular values over the first, a column for each origin, a row for each group; walks are grey 95 % bands."""
    origins = [origin for origin in SEEN if any(origin in result.record.spectra for result in results)]
    groups = group_axes(results)
    height = 0.6 + 2.1 * len(groups)
    with styled():
        fig, axes = panels(len(groups), len(origins), width=TEXT_WIDTH, height=height, sharey=True)
        for row, (group, axis) in zip(axes, groups.items(), strict=True):
            found = [result for series in axis.series for result in series.results.values()]
            inks = _inks(found)
            for ax, origin in zip(row, origins, strict=True):
                shown = [result for result in found if origin in result.record.spectra]
                ax.set_visible(bool(shown))
                _lines(ax, shown, origin, inks)
                most = max((result.record.spectra[origin].rank for result in shown), default=1)
                ax.set(xlabel="component", title=SEEN[origin], ylim=(0, 1.05), xlim=(0.5, most + 0.5))
                ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            if group != "":
                name(row[0], f"{group}: {SEEN[origins[0]]}", axis.series[0].index)
            row[0].set_ylabel("singular value / first")
            handles = [Line2D([], [], color=ink, label=label) for label, ink in inks.values()]
            row[0].legend(handles=handles, fontsize=7)
    return fig


def _lines(
    ax: Axes, found: Sequence[Result[SingularValueRecord]], origin: str, inks: dict[str, tuple[str, str]]
) -> None:
    for result in found:
        spectrum = result.record.spectra[origin]
        places = np.arange(1, spectrum.rank + 1)
        low, high = np.quantile(spectrum.relative_walks, (0.025, 0.975), axis=0)
        ax.fill_between(places, low, high, color=NETWORK, alpha=0.15, linewidth=0)
        ax.plot(places, spectrum.relative_walks.mean(0), color=NETWORK, linewidth=0.7, linestyle=(0, (4, 2)))
        ink = inks[result.subspace][1]
        marker = "o" if spectrum.rank <= MOST_DOTS else ""
        ax.plot(places, spectrum.relative, color=ink, linewidth=1.1, alpha=0.8, marker=marker, markersize=3)


def _inks(results: Sequence[Result[SingularValueRecord]]) -> dict[str, tuple[str, str]]:
    """Subspace → its label and colour: from dark to light by split epoch, otherwise its own colour."""
    groups = by_subspace(results)
    shades = mpl.colormaps["viridis"](np.linspace(0, 0.85, len(groups)))
    return {
        subspace: (subspace, color(found[0].index))
        if found[0].split_epoch is None
        else (f"split at epoch {found[0].split_epoch}", mpl.colors.to_hex(shade))
        for shade, (subspace, found) in zip(shades, groups.items(), strict=True)
    }
