"""Fully connected networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from jaxtyping import Float
from pydantic import Field

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.fully_connected import Width, fully_connected
from lossgeo.architectures.initialisation import uniform_by_fan_in
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import Layout, Parameters
from lossgeo.lazy import functional, torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Mlp(Architecture, kind="mlp"):
    """Fully connected network on flattened inputs: linear layers, an activation and dropout after each but the last."""

    hidden: tuple[Width, ...] = Field(default=(512,), min_length=1, description="number of units in each hidden layer")
    activation: Literal["relu", "tanh"] = Field(default="relu", description="activation function of the hidden units")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="share of hidden units that each training step drops")

    first_parameters: ClassVar[frozenset[str]] = frozenset({"layer0.weight", "layer0.bias"})

    @property
    def rectified_layers(self) -> tuple[str, ...]:
        """The layers after the first, if their activation is the rectifier."""
        return tuple(f"layer{i}" for i in range(1, len(self.hidden) + 1)) if self.activation == "relu" else ()

    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:
        """Shapes of ``layer0.weight`` `[h d]`, ``layer0.bias`` `[h]`, and so on for every layer."""
        return fully_connected(inputs, self.hidden, outputs)

    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b c"]:
        return self.rest(parameters, self.first(parameters, inputs), mode)

    def first(self, parameters: Parameters, inputs: Tensor) -> Float[Tensor, "b h"]:
        """Pre-activations of the first hidden layer."""
        return functional.linear(inputs.flatten(1), parameters["layer0.weight"], parameters["layer0.bias"])

    def rest(self, parameters: Parameters, hidden: Tensor, mode: Mode) -> Float[Tensor, "b c"]:
        """The logits from the pre-activations of the first hidden layer."""
        for i in range(1, len(self.hidden) + 1):
            active = hidden.relu() if self.activation == "relu" else hidden.tanh()
            if mode.masks is not None and self.dropout > 0:
                active = active * mode.masks[f"layer{i - 1}"] / (1 - self.dropout)
            hidden = functional.linear(active, parameters[f"layer{i}.weight"], parameters[f"layer{i}.bias"])
        return hidden

    def masks(self, count: int, generator: Generator) -> dict[str, Tensor]:
        """A mask for each hidden layer, ``layer0`` `[count h]` and so on: 1 for kept units, 0 for dropped ones.

        What is kept is divided by the share that is kept where it is multiplied, so that its mean does not change.
        """
        if self.dropout == 0:
            return {}
        kept = (torch.empty(count, width).bernoulli_(1 - self.dropout, generator=generator) for width in self.hidden)
        return {f"layer{i}": mask for i, mask in enumerate(kept)}

    def initialise(self, layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
        """Weights and biases uniform in ±1/√fan-in."""
        return uniform_by_fan_in(layout, generator)

    def smoke(self) -> Mlp:
        return self.model_copy(update={"hidden": tuple(min(width, 16) for width in self.hidden)})
