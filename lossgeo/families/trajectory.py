"""The path of a training through weight space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from jaxtyping import Float
from pydantic import Field, model_validator

from lossgeo.families.base import Family
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Parameters
from lossgeo.lazy import torch
from lossgeo.networks.base import Network, of_kind

if TYPE_CHECKING:
    from torch import Generator, Tensor

Epoch = Annotated[int, Field(ge=0, le=100_000)]


class Trajectory(Family, kind="trajectory"):
    """Polygonal chain through the weights of one training after some of its epochs.

    The training is the one that hulls of branches split from. An equal share of t belongs to each segment.
    """

    explanation = r"""**A trajectory** is the polygonal chain through the weights of one training after some of its
epochs, which branches split off from. Its corners are those checkpoints, so that analyses of the corners follow
the training."""
    route_label = "joined"

    epochs: tuple[Epoch, ...] = Field(
        default=(0, 1, 2, 5, 10),
        min_length=2,
        description="epochs after which the weights are corners, in ascending order; 0 is the initialisation",
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.epochs) != sorted(set(self.epochs)):
            raise ValueError("epochs in ascending order, each once")
        return self

    @property
    def dimension(self) -> int:
        return 1

    @property
    def anchors(self) -> int:
        return len(self.epochs)

    @property
    def sources(self) -> tuple[Network, ...]:
        """The shared trajectory at each of the epochs."""
        return tuple(of_kind("epoch", epoch=epoch) for epoch in self.epochs)

    @property
    def corner_epochs(self) -> tuple[int, ...] | None:
        return self.epochs

    def initial(self, anchors: Float[Tensor, "m D"], generator: Generator) -> Fitted:  # noqa: ARG002
        """The anchors, which are the corners.

        Raises:
            ValueError: if there are more or fewer anchors than epochs.
        """
        if len(anchors) != len(self.epochs):
            raise ValueError(f"a trajectory of {len(self.epochs)} epochs needs as many anchors, got {len(anchors)}")
        return Fitted(anchors.clone())

    def features(self, t: Float[Tensor, "n k"], own: Parameters) -> Float[Tensor, "n K"]:  # noqa: ARG002
        """The coordinates (1 − u) eᵢ + u eᵢ₊₁ at a share u of segment i; where two segments meet, of the later one.

        >>> Trajectory(epochs=(0, 1, 2)).features(torch.tensor([[0.75]]), {}).tolist()
        [[0.0, 0.5, 0.5]]
        """
        last = len(self.epochs) - 1
        segment = (t[:, 0] * last).long().clamp(0, last - 1)
        share = t * last - segment[:, None]
        corner = torch.eye(last + 1).to(t)
        return (1 - share) * corner[segment] + share * corner[segment + 1]

    @property
    def corner_count(self) -> int:
        return len(self.epochs)

    @property
    def corners(self) -> Float[Tensor, "m k"]:
        # The epochs are equally spaced in t, whatever lies between them.
        return torch.linspace(0, 1, len(self.epochs), dtype=torch.float64)[:, None]

    def sample(self, n: int, generator: Generator) -> Float[Tensor, "n k"]:
        return torch.rand(n, 1, generator=generator, dtype=torch.float64)

    def route(self, s: Float[Tensor, " n"]) -> Float[Tensor, "n k"]:
        return s[:, None]

    def kinks(self, own: Parameters) -> Float[Tensor, " m"]:  # noqa: ARG002
        return self.corners[1:-1, 0]

    @property
    def stops(self) -> tuple[tuple[float, str], ...]:
        return ((0.0, f"epoch {self.epochs[0]}"), (1.0, f"epoch {self.epochs[-1]}"))
