"""Small landscapes, networks and subspaces that the tests of the mathematics share."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor

from lossgeo.analyses.base import Subject
from lossgeo.architectures.mlp import Mlp
from lossgeo.contracts.toys import CLASSES, INPUTS, normal, toy_examples
from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.formula import FormulaLandscape
from lossgeo.landscape.landscape import Evaluation, Landscape, Progress, silent
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.training.setting import NetworkSetting, Setting


class Analytic(FormulaLandscape):
    """A landscape whose loss is a formula of the weight vector; the accuracy is minus the loss."""

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The formula at every point, in float64."""
        loss = super().evaluate(points, progress).loss
        return Evaluation(loss=loss, accuracy=-loss)


def frame(rows: int, columns: int, seed: int = 0) -> Tensor:
    """`rows` orthonormal rows in float64: an isometry from ℝ^rows into ℝ^columns."""
    axes: Tensor = torch.linalg.qr(normal(columns, rows, seed=seed, dtype=torch.float64)).Q.T
    return axes


def toy_setting(network: Mlp, count: int = 40) -> Setting:
    """A network with training examples and a validation landscape of other examples."""
    layout = network.layout(INPUTS, CLASSES)
    return NetworkSetting(
        network, layout, toy_examples(count), NetworkLandscape(network, layout, toy_examples(24, seed=1))
    )


def toy_weights(network: Mlp, count: int, seed: int = 0) -> Tensor:
    """`count` independent initialisations."""
    generator = stream(seed, "weights")
    layout = network.layout(INPUTS, CLASSES)
    return torch.stack([network.initialise(layout, generator) for _ in range(count)])


def started(family: Family, dimension: int = 23, seed: int = 0) -> Fitted:
    """Parameters of a family laid through normal anchors of so many weights."""
    return family.initial(normal(family.anchors, dimension, seed=seed), stream(seed, "features"))


def toy_subject(family: Family, landscape: Landscape, seed: int = 0) -> Subject:
    """A family laid through normal anchors on a landscape, beside a normal weight vector for the network."""
    return Subject(
        family=family,
        fitted=started(family, landscape.dimension, seed),
        independent=Points.of(normal(1, landscape.dimension, seed=seed + 1)),
        landscape=lambda _split: landscape,
        stream=partial(stream, seed),
        progress=silent,
    )


def pairwise_distances(points: np.ndarray) -> np.ndarray:
    """All distances, difference first, in float64."""
    exact = points.astype(np.float64)
    distances: np.ndarray = np.linalg.norm(exact[:, None] - exact[None], axis=-1)
    return distances
