"""Curvature along subspaces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.curvature import CurvatureRecord
from lossgeo.figures.style import TEXT_WIDTH, color, name, panels, styled


def curvature(results: Sequence[Result[CurvatureRecord]]) -> Figure:
    """Above, κ L along each subspace; below, the angle turned through so far, with kinks as steps; a line a seed."""
    groups = by_subspace(results)
    with styled():
        fig, axes = panels(2, len(groups), width=TEXT_WIDTH, height=4.2, sharex="col")
        for column, (subspace, found) in enumerate(groups.items()):
            for result in found:
                shape, look = result.record.profile, {"color": color(result.index), "alpha": 0.8, "linewidth": 1.3}
                axes[0, column].plot(shape.s, shape.curvature * shape.length, **look)
                axes[1, column].plot(*_turned(result), **look)
            stops = found[0].family.stops
            axes[1, column].set_xlabel("s along the route")
            axes[1, column].set_xticks([s for s, _ in stops], [label for _, label in stops])
            name(axes[0, column], subspace, found[0].index)
        axes[0, 0].set_ylabel("curvature κ L")
        axes[1, 0].set_ylabel("turned so far (degrees)")
        highest = max(ax.get_ylim()[1] for ax in axes[0])
        for above, below in axes.T:
            above.set_ylim(-0.05 * highest, highest)
            turned = max(below.get_ylim()[1], 1.0)
            below.set_ylim(-0.05 * turned, turned)
    return fig


def _turned(result: Result[CurvatureRecord]) -> tuple[np.ndarray, np.ndarray]:
    """The angle turned through up to s, in degrees, with a step at each kink."""
    shape = result.record.profile
    s = np.sort(np.concatenate([shape.s, np.nextafter(shape.kinks, 0.0), shape.kinks]))
    kinks = np.array([shape.turning_angles[shape.kinks <= at].sum() for at in s])
    return s, np.degrees(np.interp(s, shape.s, shape.turned) + kinks)
