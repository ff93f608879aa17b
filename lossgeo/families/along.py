"""Objectives of subspaces: the loss at random points of them, and a term that keeps corners apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float64

from lossgeo.families.base import Family
from lossgeo.geometry.gram import gram
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Parameters, Points
from lossgeo.lazy import torch
from lossgeo.training.objective import Objective, Rows

if TYPE_CHECKING:
    from torch import Generator, Tensor

MONITORED_POINTS = 5


@dataclass(frozen=True)
class Along(Objective):
    """The mean of the loss over uniform t, with one t a step, and some rows of B held.

    Args:
        family: whose subspace is trained.
        held: rows of B that are no parameters.
    """

    family: Family
    held: tuple[int, ...] = ()

    def draw(self, generator: Generator) -> Rows:
        """One place for the loss, uniform in the domain; none for a penalty."""
        return Rows(self.family.sample(1, generator), torch.empty(0, self.family.dimension, dtype=torch.float64))

    def at(self, places: Rows, own: Parameters, precision: torch.dtype) -> Rows:
        features = self.family.features(places.joined.to(precision), own)
        return Rows(features[:1], features[1:])

    def monitored(self, fitted: Fitted) -> Points:
        """Five points: equally spaced on a curve, otherwise the same uniform draws in every training."""
        if self.family.dimension == 1:
            t = self.family.route(torch.linspace(0, 1, MONITORED_POINTS, dtype=torch.float64))
        else:
            t = self.family.sample(MONITORED_POINTS, stream(0, "monitored"))
        return self.family.subspace(fitted).at(t)

    def corner_gram(self, fitted: Fitted) -> Float64[Tensor, "m m"]:
        """Inner products of the weight vectors at the corners."""
        return gram(self.family.subspace(fitted).at(self.family.corners).dense())
