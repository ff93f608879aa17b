"""Curvature along subspaces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.curvature import CurvatureRecord
from lossgeo.figures.style import TEXT_WIDTH, color, name, panels, styled


def curvature(results: Sequence[Result[CurvatureRecord]]) -> Figure:
    """Above, κ L along each subspace; below, the direction turned through so far, where kinks are steps; a line a seed."""
    groups = by_subspace(results)
    with styled():
        fig, axes = panels(2, len(groups), width=TEXT_WIDTH, height=4.2, sharey="row", sharex="col")
        for column, (subspace, found) in enumerate(groups.items()):
            for result in found:
                shape, look = result.record.profile, {"color": color(result.index), "alpha": 0.8, "linewidth": 1.3}
                axes[0, column].plot(shape.s, shape.curvature * shape.length, **look)
                axes[1, column].plot(*_turned(result), **look)
            stops = found[0].family.stops
            axes[1, column].set_xticks([s for s, _ in stops], [label for _, label in stops])
            name(axes[0, column], subspace, found[0].index)
        axes[0, 0].set_ylabel("curvature κ L")
        axes[1, 0].set_ylabel("turned so far (degrees)")
        for ax in axes.flat:
            ax.margins(y=0.08)
    return fig


def _turned(result: Result[CurvatureRecord]) -> tuple[np.ndarray, np.ndarray]:
    """s and the angle turned through up to it, in degrees: the smooth part by the trapezium rule, a step at each kink."""
    shape = result.record.profile
    steps = np.diff(shape.arc_length) * (shape.curvature[1:] + shape.curvature[:-1]) / 2
    smooth = np.concatenate([[0.0], np.cumsum(steps)])
    s = np.concatenate([shape.s, shape.kinks, shape.kinks])
    order = np.argsort(s, kind="stable")
    before = np.interp(shape.kinks, shape.s, smooth) + np.concatenate([[0.0], np.cumsum(shape.turning_angles)])[:-1] if len(shape.kinks) else shape.kinks
    after = before + shape.turning_angles
    passed = np.array([shape.turning_angles[shape.kinks < at].sum() for at in shape.s])
    return s[order], np.degrees(np.concatenate([smooth + passed, before, after])[order])
