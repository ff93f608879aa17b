"""Bézier curves between networks."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Annotated, Self

from jaxtyping import Float
from pydantic import Field

from lossgeo.families.along import Along
from lossgeo.families.base import TrainedFamily
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Parameters
from lossgeo.lazy import torch
from lossgeo.networks.base import Source, of_kind, smaller
from lossgeo.networks.made_of import OfNetworks

if TYPE_CHECKING:
    from torch import Generator, Tensor


def _two_networks() -> tuple[Source, Source]:
    return of_kind("trained", member=0), of_kind("trained", member=1)


class Bezier(TrainedFamily, kind="bezier"):
    """Bézier curve between two networks: Φ(t)ᵢ = C(d, i) tⁱ (1 − t)ᵈ⁻ⁱ over d + 1 control points, t ∈ [0, 1].

    The first and the last control point are the networks, which no step moves; those between start equally spaced on
    the chord and minimise the mean loss at uniform t: Garipov et al., *Loss Surfaces, Mode Connectivity, and Fast
    Ensembling of DNNs*, 2018 (arXiv:1802.10026), eq. (2) and (4). Their L2 penalty on φ(t) is `l2` of the training.
    """

    explanation = r"""**Bézier curves** lead from one network to another:

$$\theta(t) = \sum_{i=0}^{d} \binom{d}{i} t^i (1 - t)^{d-i} \omega_i$$

The ends $\omega_0$ and $\omega_d$ are the two networks, bit for bit, and are not trained. The control points between
them start equally spaced on the chord and are moved so that the mean loss at uniform $t$ is low, with one $t$ a step
(Garipov et al. 2018, [arXiv:1802.10026](https://arxiv.org/abs/1802.10026))."""

    degree: int = Field(
        default=2, ge=2, le=32, description="d, degree: d − 1 control points between the two ends are trained"
    )
    ends: Annotated[tuple[Source, Source], OfNetworks()] = Field(
        default_factory=_two_networks,
        description="the networks at t = 0 and t = 1: names, or networks written in place",
    )

    @property
    def dimension(self) -> int:
        return 1

    @property
    def anchors(self) -> int:
        return 2

    @property
    def rows(self) -> int:
        return self.degree + 1

    @property
    def objective(self) -> Along:
        """The mean loss at uniform t; the two ends are held."""
        return Along(self, held=(0, self.degree))

    def initial(self, anchors: Float[Tensor, "m D"], generator: Generator) -> Fitted:  # noqa: ARG002
        """Control points equally spaced on the chord, which the curve is at first; the ends are the anchors.

        Raises:
            ValueError: if there are more or fewer anchors than two.
        """
        if len(anchors) != 2:
            raise ValueError(f"a Bézier curve leads between 2 anchors, got {len(anchors)}")
        share = torch.linspace(0, 1, self.rows, dtype=anchors.dtype, device=anchors.device)[:, None]
        basis = (1 - share) * anchors[0] + share * anchors[1]
        basis[0], basis[-1] = anchors
        return Fitted(basis)

    def features(self, t: Float[Tensor, "n k"], own: Parameters) -> Float[Tensor, "n K"]:  # noqa: ARG002
        """The Bernstein polynomials of degree d at t.

        >>> Bezier(degree=2).features(torch.tensor([[0.5]]), {}).tolist()
        [[0.25, 0.5, 0.25]]
        """
        i = torch.arange(self.rows).to(t)
        binomials = torch.tensor([comb(self.degree, j) for j in range(self.rows)]).to(t)
        return binomials * t**i * (1 - t) ** (self.degree - i)

    @property
    def corner_count(self) -> int:
        return 2

    @property
    def corners(self) -> Float[Tensor, "m k"]:
        return torch.tensor([[0.0], [1.0]], dtype=torch.float64)

    def sample(self, n: int, generator: Generator) -> Float[Tensor, "n k"]:
        return torch.rand(n, 1, dtype=torch.float64, generator=generator)

    def route(self, s: Float[Tensor, " n"]) -> Float[Tensor, "n k"]:
        return s[:, None]

    @property
    def stops(self) -> tuple[tuple[float, str], ...]:
        first, last = self.ends
        return ((0.0, first if isinstance(first, str) else "start"), (1.0, last if isinstance(last, str) else "end"))

    def smoke(self) -> Self:
        # Ends that differ only in size may be equal at toy size: then another network takes the place of the second.
        first, last = map(smaller, self.ends)
        other = of_kind("trained", member=1) if first == last else last
        return super().smoke().model_copy(update={"ends": (first, other)})
