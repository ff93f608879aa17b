"""What a family of subspaces is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Generator, Tensor

from lossgeo.geometry.subspace import Subspace
from lossgeo.landscape.weights import Parameters
from lossgeo.variant import Variant


class Family(Variant):
    """A way to lay a k-dimensional domain through weight space: θ(t) = Φ(t) B.

    Φ may have parameters of its own (the hidden layers of a neural curve); they are trained with B, the parameter
    `basis`, and handed to every method as `parameters`.

    Laws (checked for every family in ``tests/test_contracts.py``):
        rows do not interact: ``features(t)[i] = features(t[i:i+1])[0]``;
        ``features`` is differentiable, in the precision of `t`;
        samples, corners and routes lie in the domain;
        θ at every corner starts with the scale of the anchors.
    """

    @property
    @abstractmethod
    def dimension(self) -> int:
        """k, the dimension of the domain."""

    @property
    @abstractmethod
    def anchors(self) -> int:
        """How many weight vectors `initial` starts from."""

    @abstractmethod
    def initial(self, anchors: Float[Tensor, "m D"], generator: Generator) -> dict[str, Tensor]:
        """The parameters to start training from: `basis` `[K D]`, and those of Φ."""

    @abstractmethod
    def features(self, t: Float[Tensor, "n k"], parameters: Parameters) -> Float[Tensor, "n K"]:
        """Φ(t)."""

    @property
    @abstractmethod
    def corners(self) -> Float[Tensor, "m k"]:
        """The ends of a curve, the vertices of a simplex; float64."""

    @abstractmethod
    def sample(self, n: int, generator: Generator) -> Float[Tensor, "n k"]:
        """Independent draws, uniform in the domain; float64."""

    @abstractmethod
    def route(self, s: Float[Tensor, " n"]) -> Float[Tensor, "n k"]:
        """A way along the subspace for s ∈ [0, 1]: the curve itself, or the boundary of a simplex."""

    def kinks(self, parameters: Parameters) -> Float[Tensor, " m"]:
        """The s ∈ (0, 1], ascending, at which the route turns abruptly; between kinks it is then straight.

        A kink at 1 is that of a closed route, where its end meets its start.
        """
        del parameters
        return torch.empty(0, dtype=torch.float64)

    @property
    def stops(self) -> tuple[tuple[float, str], ...]:
        """The s at which the route meets a corner, with the corner's label."""
        return ((0.0, "start"), (1.0, "end"))

    def subspace(self, parameters: Parameters) -> Subspace:
        """The subspace with its parameters bound."""
        return Subspace(lambda t: self.features(t, parameters), parameters["basis"], parameters.get("statistics"))

    @property
    def split_epoch(self) -> int | None:
        """The epoch after which the corners of a hull of branches went separate ways; None for other families."""
        return None

    @property
    def corner_epochs(self) -> tuple[int, ...] | None:
        """The epochs of one training that the corners are the weights of; None for other families."""
        return None

    def expanded(self, name: str) -> Mapping[str, Family]:
        """The subspaces that a spec's entry of this name stands for, by names of their own: one, in most families."""
        return {name: self}


class TrainedFamily(Family):
    """A family whose parameters are trained; those of any other come from networks trained on their own."""

    diversity: float = Field(
        default=1.0, ge=0, description="β, weight of cosine² between two corners beside the mean loss"
    )

    @abstractmethod
    def diverse_pair(self, generator: Generator) -> Float[Tensor, "2 k"]:
        """The two corners whose cosine² is penalised at a step."""
