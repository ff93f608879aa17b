"""How a subspace of low loss is found: the loss at random points of it, and a term that keeps its corners apart."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64
from torch import Generator, Tensor

from lossgeo.families.base import TrainedFamily
from lossgeo.geometry.gram import cosine, gram
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Parameters, Points

MONITORED_POINTS = 5


class Fitting:
    """A family to be trained: E over uniform t of the mean loss at θ(t), plus β cos² between two corners.

    Wortsman et al. 2021 (arXiv:2102.10472), algorithm 1; Chen and Saidi, algorithms 1 and 2, with one t a step. The
    cosine is over all parameters, biases included; the loss is a mean, so β does not depend on the batch size.
    """

    def __init__(self, family: TrainedFamily) -> None:
        self.family = family

    def features(self, parameters: Parameters, generator: Generator) -> Float[Tensor, "m K"]:
        """Φ at one uniform t, and at the two corners that are kept apart."""
        t = torch.cat([self.family.sample(1, generator), self.family.diverse_pair(generator)])
        return self.family.features(t.to(parameters["basis"]), parameters)

    def penalty(self, others: Float[Tensor, "r D"]) -> Float[Tensor, ""]:
        """β cos² of the two."""
        return self.family.diversity * cosine(others[0], others[1]).square()

    def monitored(self, parameters: Parameters) -> Points:
        """Five points: equally spaced on a curve, else the same uniform draws in every training."""
        if self.family.dimension == 1:
            t = self.family.route(torch.linspace(0, 1, MONITORED_POINTS, dtype=torch.float64))
        else:
            t = self.family.sample(MONITORED_POINTS, stream(0, "monitored"))
        return self._at(t, parameters)

    def corner_gram(self, parameters: Parameters) -> Float64[Tensor, "m m"]:
        """Inner products of the corners."""
        return gram(self._at(self.family.corners, parameters).dense())

    def _at(self, t: Float[Tensor, "n k"], parameters: Parameters) -> Points:
        fixed = {name: value.detach() for name, value in parameters.items()}
        return self.family.subspace(fixed).at(t)
