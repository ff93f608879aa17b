"""The problem of a quadratic whose Hessian is chosen."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Self

from jaxtyping import Float, Float64
from pydantic import Field, model_validator

from lossgeo.landscape.randomness import stream
from lossgeo.lazy import torch
from lossgeo.problems.analytic import AnalyticProblem

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Quadratic(AnalyticProblem, kind="quadratic"):
    """The quadratic L(θ) = floor + ½ Σᵢ λᵢ (qᵢ · θ)²: a bowl with a chosen spectrum, flat in all other directions.

    The directions qᵢ are the first coordinate axes, or orthonormal and random. Every question about it has a closed
    form: the Hessian has the eigenvalues λᵢ and 0 everywhere, gradient descent with learning rate η multiplies
    the coordinate along qᵢ by 1 − η λᵢ a step, and on a straight line the loss is a parabola.
    """

    dimension: int = Field(default=100, ge=1, le=1_000_000, description="D, the number of weights")
    spectrum: tuple[Annotated[float, Field(ge=-1e6, le=1e6)], ...] = Field(
        default=(10.0, 3.0, 1.0),
        min_length=1,
        max_length=1000,
        description="eigenvalues of the Hessian; all others are 0, so the loss is flat in their directions",
    )
    rotation: int | None = Field(
        default=None,
        ge=0,
        lt=2**63,
        description="seed of random orthonormal eigenvectors; null: they are the first coordinate axes",
    )
    floor: float = Field(default=0.0, ge=-1e6, le=1e6, description="loss at θ = 0")
    scale: float = Field(default=1.0, gt=0, le=1e6, description="standard deviation of the initial weights")

    @model_validator(mode="after")
    def _spectrum_fits(self) -> Self:
        if len(self.spectrum) > self.dimension:
            raise ValueError(
                f"at most as many eigenvalues as weights, got a spectrum of {len(self.spectrum)} for a dimension of "
                f"{self.dimension}; raise `dimension`"
            )
        return self

    @property
    def weight_count(self) -> int:
        return self.dimension

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        listed = ", ".join(f"{value:g}" for value in self.spectrum[:5])
        more = f", … ({len(self.spectrum)} in all)" if len(self.spectrum) > 5 else ""
        axes = "along axes" if self.rotation is None else f"rotated (seed {self.rotation})"
        return (("Problem", f"quadratic, {self.dimension:,} weights"), ("Spectrum", f"{listed}{more}; {axes}"))

    def initialise(self, count: int, generator: Generator) -> Float[Tensor, "{count} D"]:
        """Independent normal weights with the standard deviation `scale`."""
        return self.scale * torch.randn(count, self.dimension, generator=generator)

    def loss(self, theta: Float[Tensor, "n D"]) -> Float[Tensor, " n"]:
        values = theta.new_tensor(self.spectrum)
        return self.floor + (self.coordinates(theta).square() * values).sum(1) / 2

    def coordinates(self, theta: Float[Tensor, "n D"]) -> Float[Tensor, "n r"]:
        """The coordinates qᵢ · θ for the listed eigenvalues."""
        if self.rotation is None:
            return theta[:, : len(self.spectrum)]
        return theta @ _directions(self.rotation, self.dimension, len(self.spectrum)).to(theta)

    def smoke(self) -> Self:
        return self.model_copy(update={"dimension": max(len(self.spectrum), min(self.dimension, 1000))})


@lru_cache(maxsize=4)
def _directions(seed: int, dimension: int, count: int) -> Float64[Tensor, "D r"]:
    """Random orthonormal columns, uniform among all."""
    drawn = torch.randn(dimension, count, generator=stream(seed, "rotation"), dtype=torch.float64)
    q, r = torch.linalg.qr(drawn)
    columns: Tensor = q * r.diagonal().sign()
    return columns
