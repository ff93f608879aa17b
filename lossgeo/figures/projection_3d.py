"""Interactive figures of a subspace on three principal components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import qualitative

from lossgeo.analyses.base import Result
from lossgeo.analyses.projection import ProjectionRecord
from lossgeo.figures.projection import percent

AXES = {
    "showspikes": False,
    "nticks": 6,
    "backgroundcolor": "#f7f7f7",
    "gridcolor": "#dddddd",
    "zerolinecolor": "#bbbbbb",
}
VIEWS = (("each axis its own scale", "cube"), ("one scale for all axes", "data"))


def projection_3d(results: Sequence[Result[ProjectionRecord]]) -> go.Figure:
    """The routes of one subspace on the principal components of each seed; a click in the legend hides a seed.

    A button gives the three axes one scale, which shows how flat the route is. Every seed has components of its own:
    the axes mean another direction of weight space for each.
    """
    fig = go.Figure()
    for i, result in enumerate(results):
        ink = qualitative.Safe[i % len(qualitative.Safe)]
        for trace in (_route(result, ink), _corners(result, ink)):
            fig.add_trace(trace)
    buttons = [{"label": label, "method": "relayout", "args": [{"scene.aspectmode": mode}]} for label, mode in VIEWS]
    fig.update_layout(
        template="plotly_white",
        margin={"l": 0, "r": 0, "t": 50, "b": 0},
        legend={"itemsizing": "constant", "y": 0.95},
        updatemenus=[
            {"type": "buttons", "direction": "right", "x": 0, "xanchor": "left", "y": 1.08, "buttons": buttons}
        ],
        scene={
            "aspectmode": VIEWS[0][1],
            "camera": {"eye": {"x": 1.5, "y": -1.6, "z": 0.9}},
            **{f"{letter}axis": {**AXES, "title": f"PC{i + 1} (weight distance)"} for i, letter in enumerate("xyz")},
        },
    )
    return fig


def _route(result: Result[ProjectionRecord], ink: str) -> go.Scatter3d:
    shares = ", ".join(percent(share) for share in result.record.explained[:3])
    return _trace(
        result,
        result.record.route,
        "s = %{customdata:.3f}",
        mode="lines",
        line={"color": ink, "width": 6},
        name=f"{result.heading} ({shares})",
        customdata=result.record.s.tolist(),
    )


def _corners(result: Result[ProjectionRecord], ink: str) -> go.Scatter3d:
    corners = result.record.corners
    labels = [label for _, label in result.family.stops][: len(corners)]
    look = {"mode": "markers+text", "marker": {"color": ink, "size": 5}}
    return _trace(result, corners, "%{text}", text=labels, showlegend=False, **look)


def _trace(result: Result[ProjectionRecord], points: np.ndarray, hover: str, **look: Any) -> go.Scatter3d:
    """Points of a seed, with the text that is shown before the coordinates of each."""
    x, y, z = points.T.tolist()
    told = f"{hover}<br>%{{x:.3g}}, %{{y:.3g}}, %{{z:.3g}}<extra>{result.heading}</extra>"
    return go.Scatter3d(x=x, y=y, z=z, legendgroup=str(result.seed), hovertemplate=told, **look)
