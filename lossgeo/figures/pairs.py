"""How far apart and how different networks are, as matrices."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from lossgeo.analyses.joint import JointResult
from lossgeo.figures.style import SURFACE, WIDE, panels, styled
from lossgeo.measures.pairs_record import PairsRecord
from lossgeo.measures.quantity import chosen

MOST_WRITTEN = 8
"""Networks whose numbers are written into the cells."""
LIGHT = 0.6
"""Share of green, which carries most of the lightness of a colour, above which black is read better than white."""
MOST_NAMED = 24
"""Networks whose names stand beside the cells."""


def pairs(results: Sequence[JointResult[PairsRecord]]) -> Figure:
    """A matrix for every quantity that is defined: a row a seed, a column a quantity, in the same colours."""
    asked = pairs_shown(results)
    with styled():
        height = 0.9 + 1.8 * len(results)
        fig, axes = panels(len(results), len(asked), width=WIDE, height=height)
        for place, (column, (quantity, title)) in enumerate(zip(axes.T, asked.items(), strict=True)):
            matrices = [getattr(result.record, quantity) for result in results]
            for ax, result, matrix in zip(column, results, matrices, strict=True):
                drawn = _matrix(ax, matrix, _range(matrices))
                _name(ax, result.record.names if place == 0 else ())
            column[0].set_title(title)
            fig.colorbar(drawn, ax=list(column), shrink=0.7, location="bottom")
        for ax, result in zip(axes[:, 0], results, strict=True):
            ax.set_ylabel(result.heading)
    return fig


def pairs_shown(results: Sequence[JointResult[PairsRecord]]) -> dict[str, str]:
    """The matrices to show → what they are of: the barrier in error where there is one, else in loss."""
    barrier = chosen(results[0].task)
    named = {
        "distance": "distance",
        "cosine": "cosine",
        "cosine_of_displacements": "cosine of displacements",
        "disagreement": "disagreement",
        f"barrier_{barrier.name}": f"barrier in {barrier.label}",
    }
    return {name: title for name, title in named.items() if any(result.record.has(name) for result in results)}


def _range(matrices: Sequence[Float64[np.ndarray, "m m"]]) -> tuple[float, float]:
    """The least and the largest number of any two networks; what is not finite has no colour."""
    every = np.concatenate([matrix[~np.eye(len(matrix), dtype=bool)] for matrix in matrices])
    finite = every[np.isfinite(every)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)


def _matrix(ax: Axes, matrix: Float64[np.ndarray, "m m"], within: tuple[float, float]) -> AxesImage:
    """The cells of any two networks; the diagonal is left empty."""
    off = np.where(np.eye(len(matrix), dtype=bool), np.nan, matrix)
    low, high = within
    drawn = ax.imshow(np.ma.masked_invalid(off), cmap=SURFACE, vmin=low, vmax=high)
    ax.grid(visible=False)
    if len(matrix) <= MOST_WRITTEN:
        for (i, j), value in np.ndenumerate(off):
            if np.isfinite(value):
                is_light = mpl.colormaps[SURFACE](drawn.norm(value))[1] > LIGHT
                ink = "black" if is_light else "white"
                ax.text(j, i, _written(value), ha="center", va="center", fontsize=6.5, color=ink)
    return drawn


def _written(value: float) -> str:
    """A number in at most five signs, for a cell."""
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.3g}"


def _name(ax: Axes, names: Sequence[str]) -> None:
    """The names beside the rows, where there are any and they are few."""
    ax.set_xticks([])
    ax.set_yticks(range(len(names)), names) if 0 < len(names) <= MOST_NAMED else ax.set_yticks([])
