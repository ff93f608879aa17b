"""A problem of somebody's own: a loss that is zero on a sphere."""

from __future__ import annotations

from typing import Self

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Generator, Tensor

from lossgeo.problems.analytic import AnalyticProblem


class Sphere(AnalyticProblem, kind="sphere"):
    """L(θ) = ½ (‖θ‖ − r)²: all minima lie on one sphere, so a chord between two has a barrier and an arc has none."""

    dimension: int = Field(default=20, ge=1, le=1_000_000, description="number of weights")
    radius: float = Field(default=2.0, gt=0, le=1e6, description="r, the distance of the minima from the origin")

    @property
    def weight_count(self) -> int:
        """The dimension."""
        return self.dimension

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The formula in words."""
        return (("Problem", f"sphere of radius {self.radius:g} in {self.dimension} dimensions"),)

    def initialise(self, count: int, generator: Generator) -> Float[Tensor, "{count} D"]:
        """Standard normal weights."""
        return torch.randn(count, self.dimension, generator=generator)

    def loss(self, theta: Float[Tensor, "n D"]) -> Float[Tensor, " n"]:
        """L(θ), in the precision of θ."""
        return (theta.norm(dim=1) - self.radius).square() / 2

    def smoke(self) -> Self:
        """At most 20 dimensions."""
        return self.model_copy(update={"dimension": min(self.dimension, 20)})
