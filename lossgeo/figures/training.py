"""Figures of trainings, and of the corners of subspaces through them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, panels, styled
from lossgeo.measures.quantity import shown
from lossgeo.results import TrainingResult

DASHES = ("-", (0, (4, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 4)))
"""Dashes of networks of different names."""

MOST_MARKED = 60
"""Epochs of which each has a mark; of more the marks would run together."""


def training(results: Sequence[TrainingResult]) -> Figure:
    """Validation loss, and accuracy if there is one, after each epoch: a line a training, a colour a subspace.

    Networks and shared trajectories are grey, a dash pattern a name; what goes on from others begins where they ended.
    """
    quantities = shown(results[0].task, "loss", "accuracy")
    with styled():
        fig, axes = panels(1, len(quantities), width=TEXT_WIDTH, height=3.0)
        for result, look in _looks(results):
            history = result.history
            epochs = result.epochs_before + np.arange(1, len(history.validation_loss) + 1)
            for ax, quantity in zip(axes.flat, quantities, strict=True):
                ax.plot(epochs, getattr(history, f"validation_{quantity.name}"), **look)
        _finish(axes, *(quantity.on("validation") for quantity in quantities))
    return fig


def corners(results: Sequence[TrainingResult]) -> Figure:
    """Cosine and distance of the corners before training and after each epoch: a line for each seed.

    What has no pair of corners, a network on its own, is left out.
    """
    with styled():
        fig, axes = panels(1, 2, width=TEXT_WIDTH, height=3.0)
        for result, look in _looks([result for result in results if result.history.corner_cosines.shape[1]]):
            cosines, distances = result.history.corner_cosines, result.history.corner_distances
            axes[0, 0].plot(cosines.mean(axis=1), **look)
            axes[0, 1].plot(distances.mean(axis=1), **look)
        axes[0, 0].axhline(0, color="#8a8a8a", linewidth=0.7, zorder=0)
        axes[0, 1].set_ylim(bottom=0)
        _finish(axes, "cosine similarity of the corners", "distance of the corners")
    return fig


def _looks(results: Sequence[TrainingResult]) -> Iterator[tuple[TrainingResult, dict[str, Any]]]:
    """The look of each training; the first of a name carries the label of all."""
    labelled: set[str] = set()
    grey = list(dict.fromkeys(result.name for result in results if result.index is None))
    for result in results:
        is_grey = result.index is None
        look = {"color": NETWORK if is_grey else color(result.index or 0), "alpha": 0.85, "linewidth": 1.2}
        look |= {"marker": "o", "markersize": 2.2 if len(result.history.validation_loss) <= MOST_MARKED else 0}
        look |= {"label": None if result.name in labelled else result.name}
        labelled.add(result.name)
        yield result, {**look, "linestyle": DASHES[grey.index(result.name) % len(DASHES)] if is_grey else "-"}


def _finish(axes: np.ndarray, *titles: str) -> None:
    for ax, title in zip(axes.flat, titles, strict=True):
        ax.set(xlabel="epoch", title=title)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    axes[0, 0].figure.legend(handles, labels, loc="outside lower center", ncols=min(len(handles), 5))
