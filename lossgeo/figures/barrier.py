"""Straight ways between networks."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.analyses.barrier import BarrierRecord, Quantity
from lossgeo.analyses.base import Result, by_subspace
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, name, panels, styled


def barrier(results: Sequence[Result[BarrierRecord]]) -> Figure:
    """Test error (above) and loss (below) along every straight way, a panel a subspace, a line a way and seed."""
    groups = by_subspace(results)
    rows: tuple[tuple[Quantity, str], ...] = (("error", "test error"), ("loss", "test loss (nats)"))
    with styled():
        fig, axes = panels(2, len(groups), width=TEXT_WIDTH, height=4.2, sharex=True, sharey="row")
        for column, (subspace, found) in enumerate(groups.items()):
            for result in found:
                for way in result.record.ways:
                    ink = NETWORK if way.leads_to_network else color(result.index)
                    look = {
                        "color": ink,
                        "alpha": 0.7,
                        "linewidth": 1.1,
                        "linestyle": "--" if way.leads_to_network else "-",
                    }
                    for row, (quantity, _) in enumerate(rows):
                        axes[row, column].plot(result.record.t, way.values("test", quantity), **look)
            name(axes[0, column], subspace, found[0].index)
            axes[1, column].set_xlabel("t along the way")
        for row, (_, label) in enumerate(rows):
            axes[row, 0].set_ylabel(label)
        grey = "#777777"
        handles = [
            Line2D([], [], color=grey, label="between two corners"),
            Line2D([], [], color=NETWORK, linestyle="--", label="from a corner to the independent network"),
        ]
        fig.legend(handles=handles, loc="outside lower center", ncols=2)
    return fig
