"""An architecture of somebody's own."""

from __future__ import annotations

from math import prod
from typing import Self

from jaxtyping import Float
from pydantic import Field
from torch import Generator, Tensor
from torch.nn.functional import linear

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.initialisation import uniform_by_fan_in
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import Layout, Parameters


class Gated(Architecture, kind="gated"):
    """Network of one hidden layer whose units are gated by others: W₂ (W₁x · σ(Vx)) + b."""

    hidden: int = Field(default=64, ge=1, le=100_000, description="number of hidden units")

    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:
        """The weights of the units, of their gates, and of the outputs."""
        shape = (self.hidden, prod(inputs))
        return Layout(
            (
                ("value.weight", shape),
                ("gate.weight", shape),
                ("gate.bias", (self.hidden,)),
                ("output.weight", (outputs, self.hidden)),
                ("output.bias", (outputs,)),
            )
        )

    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b c"]:
        """The logits."""
        del mode
        flat = inputs.flatten(1)
        gate = linear(flat, parameters["gate.weight"], parameters["gate.bias"]).sigmoid()
        hidden = linear(flat, parameters["value.weight"]) * gate
        return linear(hidden, parameters["output.weight"], parameters["output.bias"])

    def initialise(self, layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
        """Weights and biases uniform in ±1/√fan-in."""
        return uniform_by_fan_in(layout, generator)

    def smoke(self) -> Self:
        """At most 8 units."""
        return self.model_copy(update={"hidden": min(self.hidden, 8)})
