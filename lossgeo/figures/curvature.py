"""Figures of the curvature along subspaces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.curvature import CurvatureRecord
from lossgeo.figures.discrete_curvature import compare
from lossgeo.figures.style import TEXT_WIDTH, color, name, panels, styled


def curvature(results: Sequence[Result[CurvatureRecord]]) -> Figure:
    """Above, κ L along each subspace; below, the angle turned so far, where kinks are steps; a line for each seed.

    Where finite differences were taken, a third row has them behind the exact curvature, logarithmic.
    """
    groups = by_subspace(results)
    has_discrete = any(len(result.record.discrete.alpha) for result in results)
    rows, height = (3, 6.2) if has_discrete else (2, 4.2)
    with styled():
        fig, axes = panels(rows, len(groups), width=TEXT_WIDTH, height=height, sharex="col")
        for column, (subspace, found) in enumerate(groups.items()):
            for result in found:
                shape, look = result.record.profile, {"color": color(result.index), "alpha": 0.8, "linewidth": 1.3}
                axes[0, column].plot(shape.s, shape.curvature * shape.length, **look)
                axes[1, column].plot(*_turned(result), **look)
            name(axes[0, column], subspace, found[0].index)
            _label_stops(axes[:, column], found)
        axes[0, 0].set_ylabel("curvature κ L")
        axes[1, 0].set_ylabel("turned so far (degrees)")
        _share_heights(axes)
        if has_discrete:
            compare(fig, axes[2], list(groups.values()))
    return fig


def _label_stops(column: np.ndarray, found: Sequence[Result[CurvatureRecord]]) -> None:
    """Name the corners that the route meets below the last panel."""
    for ax in column[2:]:
        ax.set_visible(any(len(result.record.discrete.alpha) for result in found))
    last = [ax for ax in column if ax.get_visible()][-1]
    stops = found[0].family.stops
    last.set_xticks([s for s, _ in stops], [label for _, label in stops])
    last.tick_params(labelbottom=True)
    last.set_xlabel("s along the route")


def _share_heights(axes: np.ndarray) -> None:
    """Give κ L one scale for all subspaces, and the turning of each subspace its own."""
    highest = max(ax.get_ylim()[1] for ax in axes[0])
    for above, below in axes[:2].T:
        above.set_ylim(-0.05 * highest, highest)
        turned = max(below.get_ylim()[1], 1.0)
        below.set_ylim(-0.05 * turned, turned)


def _turned(result: Result[CurvatureRecord]) -> tuple[np.ndarray, np.ndarray]:
    """The angle turned up to s, in degrees, with a step at each kink."""
    shape = result.record.profile
    s = np.sort(np.concatenate([shape.s, np.nextafter(shape.kinks, 0.0), shape.kinks]))
    kinks = np.array([shape.turning_angles[shape.kinks <= at].sum() for at in s])
    return s, np.degrees(np.interp(s, shape.s, shape.turned) + kinks)
