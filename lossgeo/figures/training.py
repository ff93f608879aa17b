"""How the trainings went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, panels, styled
from lossgeo.results import TrainingResult


def training(results: Sequence[TrainingResult]) -> Figure:
    """Validation loss and accuracy after each epoch: a line a seed, a colour a subspace, the networks in grey."""
    with styled():
        fig, axes = panels(1, 2, width=TEXT_WIDTH, height=2.7)
        labelled: set[str] = set()
        for result in results:
            history = result.history
            epochs = np.arange(1, len(history.validation_loss) + 1)
            ink = NETWORK if result.index is None else color(result.index)
            label = None if result.name in labelled else result.name
            labelled.add(result.name)
            look = {"color": ink, "alpha": 0.85, "linewidth": 1.2, "marker": "o", "markersize": 2.2}
            axes[0, 0].plot(epochs, history.validation_loss, label=label, **look)
            axes[0, 1].plot(epochs, history.validation_accuracy, **look)
        axes[0, 0].set(xlabel="epoch", title="validation loss (nats)")
        axes[0, 1].set(xlabel="epoch", title="validation accuracy")
        for ax in axes.flat:
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes[0, 0].legend()
    return fig
