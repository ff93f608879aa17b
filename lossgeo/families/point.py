"""A single network as a subspace: the domain is one point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float, Float64

from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Parameters, Points
from lossgeo.lazy import torch
from lossgeo.training.objective import Objective, Rows

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Point(Family):
    """A network on its own: k = 0, Φ = 1, and B is its weight vector. It has no kind: a spec names networks instead."""

    is_simplex = True

    @property
    def dimension(self) -> int:
        return 0

    @property
    def anchors(self) -> int:
        return 1

    @property
    def objective(self) -> Alone:
        return Alone()

    def initial(self, anchors: Float[Tensor, "m D"], generator: Generator) -> Fitted:  # noqa: ARG002
        return Fitted(anchors.clone())

    def features(self, t: Float[Tensor, "n k"], own: Parameters) -> Float[Tensor, "n K"]:  # noqa: ARG002
        return t.new_ones(len(t), 1)

    @property
    def corner_count(self) -> int:
        return 1

    @property
    def corners(self) -> Float[Tensor, "m k"]:
        return torch.empty(1, 0, dtype=torch.float64)

    def sample(self, n: int, generator: Generator) -> Float[Tensor, "n k"]:  # noqa: ARG002
        return torch.empty(n, 0, dtype=torch.float64)

    @property
    def stops(self) -> tuple[tuple[float, str], ...]:
        return ((0.0, "network"),)

    def route(self, s: Float[Tensor, " n"]) -> Float[Tensor, "n k"]:
        return s.new_empty(len(s), 0)


@dataclass(frozen=True)
class Alone(Objective):
    """The objective of one network: its mean loss."""

    def draw(self, generator: Generator) -> Rows:  # noqa: ARG002
        return Rows(torch.empty(1, 0, dtype=torch.float64), torch.empty(0, 0, dtype=torch.float64))

    def at(self, places: Rows, own: Parameters, precision: torch.dtype) -> Rows:  # noqa: ARG002
        one = places.loss.new_ones(1, 1, dtype=precision)
        return Rows(one, one[1:])

    def monitored(self, fitted: Fitted) -> Points:
        return Points.of(fitted.basis)

    def corner_gram(self, fitted: Fitted) -> Float64[Tensor, "m m"]:
        return fitted.basis.double().square().sum().view(1, 1)
