"""One look for all figures: a colour for each subspace, quiet axes, shared panels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SUBSPACES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c6d31")
"""Colours of subspaces, distinct for any colour vision (after Okabe and Ito 2008); after the last they repeat."""

NETWORK = "#3b3b3b"
"""The colour of the independent network."""

SURFACE = "viridis"
"""The colour map of surfaces, which is perceptually uniform."""

TEXT_WIDTH = 6.9
WIDE = 9.6
"""Widths of figures in inches; the page sets a hundred pixels for each inch."""

SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "normal",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.edgecolor": "#8a8a8a",
    "axes.labelcolor": "#3b3b3b",
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e7e7e7",
    "grid.linewidth": 0.6,
    "xtick.color": "#5a5a5a",
    "ytick.color": "#5a5a5a",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "round",
    "text.color": ".15",
    "patch.edgecolor": "white",
    "patch.force_edgecolor": True,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "lossgeo",
}


def color(index: int) -> str:
    """The colour of the subspace at that place in the spec."""
    return SUBSPACES[index % len(SUBSPACES)]


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of the report, without a change to the settings outside."""
    with mpl.rc_context(SETTINGS):
        yield


def panels(rows: int, columns: int, *, width: float, height: float, **options: Any) -> tuple[Figure, np.ndarray]:
    """A grid of small multiples, always `[rows columns]`, without the upper and right spines; sizes in inches."""
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **options)
    for ax in fig.axes:
        ax.spines[["top", "right"]].set_visible(False)
    return fig, axes


def name(ax: Axes, text: str, index: int) -> None:
    """Set the name of a subspace, in its colour, as the title of a panel."""
    ax.set_title(text, color=color(index), fontweight="bold")
