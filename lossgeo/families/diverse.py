"""Subspaces of low loss that are trained from scratch, with their corners kept apart."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float, Float64
from pydantic import Field

from lossgeo.families.along import Along
from lossgeo.families.base import TrainedFamily
from lossgeo.training.objective import Rows

if TYPE_CHECKING:
    from torch import Generator, Tensor


SMALLEST = 1e-32
"""What the squared lengths of two weight vectors are multiplied to at least."""


class DiverseFamily(TrainedFamily):
    """A family that is trained from fresh initialisations, with two of its corners kept apart."""

    explanation = r"""**Trained subspaces** are trained from scratch, so that the loss is low wherever a network
is drawn from them:

$$\min \; \mathbb{E}_{t}\, L(\theta(t)) + \beta \cos^2\!\left(\theta(t_a), \theta(t_b)\right)$$

with one uniform $t$ a step, and dropout in training only, where the architecture has it; the second term, for two
corners $t_a, t_b$ of the domain, keeps them from falling together. This is the method of Wortsman et al. (2021,
[arXiv:2102.10472](https://arxiv.org/abs/2102.10472)) for simplexes and of Chen and Saidi (2023) for curves that are
the output of a network."""

    diversity: float = Field(
        default=1.0,
        ge=0,
        description="β, weight of the penalty cos² between two corners, which keeps them apart; 0: none",
    )

    @property
    def objective(self) -> Diverse:
        """The mean loss at uniform t plus β cos² of two corners."""
        return Diverse(self)

    @abstractmethod
    def diverse_pair(self, generator: Generator) -> Float[Tensor, "2 k"]:
        """Coordinates of the two corners whose cosine² is penalised in a step."""


@dataclass(frozen=True)
class Diverse(Along):
    """The expected mean loss at θ(t) for uniform t, plus β cos² between two corners.

    Wortsman et al. 2021 (arXiv:2102.10472), algorithm 1; Chen and Saidi, algorithms 1 and 2, with one t a step. The
    cosine is over all parameters, biases included; the loss is a mean, so β does not depend on the batch size.
    """

    family: DiverseFamily

    def draw(self, generator: Generator) -> Rows:
        """One uniform t for the loss, and the two corners for the penalty."""
        return Rows(self.family.sample(1, generator), self.family.diverse_pair(generator))

    def penalty(self, gram: Float64[Tensor, "r r"]) -> Float64[Tensor, ""]:
        """The penalty β cos² of the two corners; 0 where one of them is."""
        squares = (gram[0, 0] * gram[1, 1]).clamp(min=SMALLEST)
        return self.family.diversity * gram[0, 1].square() / squares
