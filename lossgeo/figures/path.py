"""Figures of loss and accuracy along subspaces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.path import SHOWN, PathRecord
from lossgeo.datasets.base import Split
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, name, panels, styled
from lossgeo.measures.quantity import Quantity, shown


def path(results: Sequence[Result[PathRecord]], split: Split = SHOWN) -> Figure:
    """Accuracy, if there is one, and loss along each subspace; thin lines are seeds, the thick one is their mean.

    On a split of the examples, where there are any. The independent networks are grey.
    """
    groups = by_subspace(results)
    rows = shown(results[0].task, "accuracy", "loss")
    (there,) = results[0].task.splits(split)
    with styled():
        height = 0.6 + 1.7 * len(rows)
        fig, axes = panels(len(rows), len(groups), width=TEXT_WIDTH, height=height, sharey="row", sharex="col")
        for column, (subspace, found) in enumerate(groups.items()):
            for ax, quantity in zip(axes[:, column], rows, strict=True):
                _along(ax, found, there, quantity)
            name(axes[0, column], subspace, found[0].index)
            stops = found[0].family.stops
            axes[-1, column].set_xlabel("s along the route" if found[0].family.dimension > 0 else "")
            axes[-1, column].set_xticks([s for s, _ in stops], [label for _, label in stops])
        for ax, quantity in zip(axes[:, 0], rows, strict=True):
            ax.set_ylabel(quantity.on(there))
        named = dict(item for ax in axes[0] for item in zip(*ax.get_legend_handles_labels()[::-1], strict=True))
        fig.legend(list(named.values()), list(named), loc="outside lower center", ncols=len(named))
    return fig


def _along(ax: Axes, found: Sequence[Result[PathRecord]], split: str, quantity: Quantity) -> None:
    ink = color(found[0].index)
    lines = np.array([quantity.of(result.record.route[split]) for result in found])
    inside = np.concatenate([quantity.of(result.record.inside[split]) for result in found])
    alone = np.array([quantity.of(result.record.network[split]) for result in found if result.record.network]).ravel()
    s = found[0].record.s
    if len(alone):
        ax.axhspan(alone.min(), alone.max(), color=NETWORK, alpha=0.12, linewidth=0)
        ax.axhline(alone.mean(), color=NETWORK, linewidth=1.0, linestyle=(0, (4, 2)), label="independent networks")
    if len(inside):
        low, high = inside.min(), inside.max()
        ax.axhspan(low, high, color=ink, alpha=0.12, linewidth=0, label="inside: range of the draws")
    if found[0].family.dimension == 0:
        ax.plot(np.repeat(s, len(lines)), lines, "o", color=ink, alpha=0.35, markersize=4)
        ax.plot(s, lines.mean(0), "D", color=ink, markersize=6, label="a network on its own")
        return
    ax.plot(s, lines.T, color=ink, alpha=0.35, linewidth=0.9)
    ax.plot(s, lines.mean(0), color=ink, linewidth=2.0, label="along the subspace")
