"""Curves parameterised by a neural network."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Annotated, Literal

from jaxtyping import Float
from pydantic import Field

from lossgeo.families.diverse import DiverseFamily
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Parameters
from lossgeo.lazy import functional, torch

if TYPE_CHECKING:
    from torch import Generator, Tensor

Width = Annotated[int, Field(ge=1, le=4096)]


class MlpCurve(DiverseFamily, kind="mlp_curve"):
    """Curve g(t) = W h(t) + b whose coordinates are the outputs of a network with the scalar input t ∈ [0, 1].

    The last layer is linear, so Φ(t) = (h(t), 1), where h is the last hidden layer, and B = (Wᵀ; b). Every weight and
    bias of the network lies on the curve. Trained from scratch at uniform random t: Chen and Saidi, algorithm 2.
    """

    is_affine = False

    hidden: tuple[Width, ...] = Field(
        default=(10, 20, 40), min_length=1, description="number of units in each hidden layer of the curve's network"
    )
    activation: Literal["relu", "tanh"] = Field(
        default="tanh", description="tanh gives a smooth curve, relu a piecewise straight one"
    )

    @property
    def dimension(self) -> int:
        return 1

    @property
    def anchors(self) -> int:
        """K, the number of units of the last hidden layer plus one for the bias."""
        return self.hidden[-1] + 1

    def initial(self, anchors: Float[Tensor, "m D"], generator: Generator) -> Fitted:
        """Hidden layers initialised as torch does; B is the anchors divided by ‖Φ(½)‖.

        With independent anchors every g(t) is then close to a draw of the network's own initialisation, in scale too.

        Raises:
            ValueError: if the number of anchors is not K.
        """
        if len(anchors) != self.anchors:
            raise ValueError(
                f"a curve with {self.hidden[-1]} last hidden units needs {self.anchors} anchors, got {len(anchors)}"
            )
        own: dict[str, Tensor] = {}
        for i, (before, after) in enumerate(pairwise((1, *self.hidden))):
            bound = 1 / sqrt(before)
            own[f"weight{i}"] = torch.empty(after, before).uniform_(-bound, bound, generator=generator)
            own[f"bias{i}"] = torch.empty(after).uniform_(-bound, bound, generator=generator)
        scale = self.features(torch.tensor([[0.5]]), own).norm()
        return Fitted(anchors / scale, own)

    def features(self, t: Float[Tensor, "n k"], own: Parameters) -> Float[Tensor, "n K"]:
        """The features (h(t), 1): units of the last hidden layer, and a one for the bias."""
        hidden = t
        for i in range(len(self.hidden)):
            hidden = functional.linear(hidden, own[f"weight{i}"].to(t), own[f"bias{i}"].to(t))
            hidden = hidden.relu() if self.activation == "relu" else hidden.tanh()
        return torch.cat([hidden, torch.ones_like(t)], dim=1)

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

    def kinks(self, own: Parameters) -> Float[Tensor, " m"]:
        """The s at which a ReLU unit switches; none with tanh.

        Between the switches of the layers before it a unit is linear in t: its zeros are found exactly, layer by layer.
        """
        breaks = torch.tensor([0.0, 1.0], dtype=torch.float64)
        if self.activation == "tanh":
            return breaks[1:1]
        for i in range(len(self.hidden)):
            values = self._before_activation(breaks[:, None], i, own)  # [m width]
            left, right = values[:-1], values[1:]
            crosses = left * right < 0
            share = left / torch.where(crosses, left - right, 1.0)
            zeros = breaks[:-1, None] + share * (breaks[1:] - breaks[:-1])[:, None]
            breaks = torch.unique(torch.cat([breaks, zeros[crosses]]))
        return breaks[1:-1]

    def _before_activation(self, t: Tensor, layer: int, own: Parameters) -> Tensor:
        hidden = t
        for i in range(layer):
            hidden = functional.linear(hidden, own[f"weight{i}"].to(t), own[f"bias{i}"].to(t)).relu()
        return functional.linear(hidden, own[f"weight{layer}"].to(t), own[f"bias{layer}"].to(t))

    @property
    def stops(self) -> tuple[tuple[float, str], ...]:
        return ((0.0, "g(0)"), (1.0, "g(1)"))

    def diverse_pair(self, generator: Generator) -> Float[Tensor, "2 k"]:  # noqa: ARG002
        """The ends of the curve, in every step."""
        return self.corners

    def smoke(self) -> MlpCurve:
        return super().smoke().model_copy(update={"hidden": tuple(min(width, 8) for width in self.hidden)})
