"""A family of somebody's own: the arc of an ellipse through three networks."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi
from typing import Annotated, Self

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Generator, Tensor

from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Parameters
from lossgeo.networks.base import Source, of_kind, smaller
from lossgeo.networks.made_of import OfNetworks, Surroundings


class EllipticArc(Family, kind="elliptic_arc"):
    """Half an ellipse from one network to another, by way of a third: θ(t) = m + (ω₁ − m) cos πt + (ω₂ − m) sin πt.

    The middle m = (ω₁ + ω₃) / 2 of the ends is that of the ellipse, so that θ(0) = ω₁, θ(½) = ω₂ and θ(1) = ω₃.
    """

    explanation = r"""**Elliptic arcs** lead from one network to another by way of a third, on half an ellipse around
the middle of the two; nothing of them is trained."""
    route_label = "joined"

    waypoints: Annotated[tuple[Source, Source, Source], OfNetworks()] = Field(
        description="the networks at t = 0, ½ and 1: names, or networks"
    )

    @classmethod
    def example(cls) -> Self:
        """Through three independent networks."""
        first, second, third = (of_kind("trained", member=i) for i in range(3))
        return cls(waypoints=(first, second, third))

    @property
    def dimension(self) -> int:
        """One."""
        return 1

    @property
    def anchors(self) -> int:
        """The three networks."""
        return 3

    def initial(self, anchors: Float[Tensor, "m D"], generator: Generator) -> Fitted:
        """The networks as they are."""
        del generator
        return Fitted(anchors.clone())

    def features(self, t: Float[Tensor, "n k"], own: Parameters) -> Float[Tensor, "n K"]:
        """(1 + cos πt − sin πt) / 2, sin πt and (1 − cos πt − sin πt) / 2, which sum to one."""
        del own
        cosine, sine = torch.cos(pi * t), torch.sin(pi * t)
        return torch.cat([(1 + cosine - sine) / 2, sine, (1 - cosine - sine) / 2], dim=1)

    @property
    def corners(self) -> Float[Tensor, "m k"]:
        """The places of the networks."""
        return torch.tensor([[0.0], [0.5], [1.0]], dtype=torch.float64)

    def sample(self, n: int, generator: Generator) -> Float[Tensor, "n k"]:
        """Uniform in t, the angle over π."""
        return torch.rand(n, 1, dtype=torch.float64, generator=generator)

    def route(self, s: Float[Tensor, " n"]) -> Float[Tensor, "n k"]:
        """The arc itself."""
        return s[:, None]

    @property
    def stops(self) -> tuple[tuple[float, str], ...]:
        """The networks, by their names where they have some."""
        names = [one if isinstance(one, str) else f"ω{mark}" for one, mark in zip(self.waypoints, "₁₂₃", strict=True)]
        return tuple(zip((0.0, 0.5, 1.0), names, strict=True))

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        """The fault of an arc with the same network at both ends."""
        if study.entry(self.waypoints[0]) == study.entry(self.waypoints[2]):
            yield Fault(("waypoints",), "the same network at both ends", "two different ones")

    def smoke(self) -> Self:
        """Through smaller networks."""
        return self.model_copy(update={"waypoints": tuple(map(smaller, self.waypoints))})
