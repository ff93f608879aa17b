"""Networks with sine activations."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from jaxtyping import Float
from pydantic import Field

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.fully_connected import Width, fully_connected
from lossgeo.architectures.initialisation import fans_in, uniform
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import Layout, Parameters
from lossgeo.lazy import functional

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Siren(Architecture, kind="siren"):
    """Fully connected network with sines: h ↦ sin(ω₀ (W h + b)) in each layer but the last, which is linear.

    Sitzmann, Martel, Bergman, Lindell and Wetzstein, *Implicit Neural Representations with Periodic Activation
    Functions*, 2020 (arXiv:2006.09661), section 3.2. The default is their network for an audio signal.
    """

    hidden: tuple[Width, ...] = Field(
        default=(256,) * 4, min_length=1, description="number of units in each hidden layer"
    )
    first_omega: float = Field(
        default=30.0, gt=0, description="ω₀ of the first layer, which sets the frequencies: larger is higher"
    )
    hidden_omega: float = Field(default=30.0, gt=0, description="ω₀ of the other layers")

    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:
        """Shapes of ``layer0.weight`` `[h d]`, ``layer0.bias`` `[h]`, and so on for every layer."""
        return fully_connected(inputs, self.hidden, outputs)

    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b c"]:  # noqa: ARG002
        hidden, omega = inputs.flatten(1), self.first_omega
        for i in range(len(self.hidden)):
            sums = functional.linear(hidden, parameters[f"layer{i}.weight"], parameters[f"layer{i}.bias"])
            hidden, omega = (omega * sums).sin(), self.hidden_omega
        last = len(self.hidden)
        return functional.linear(hidden, parameters[f"layer{last}.weight"], parameters[f"layer{last}.bias"])

    def initialise(self, layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
        """Weights uniform in ±1/fan-in in the first layer, in ±√(6/fan-in)/ω₀ in the others (Sitzmann, section 3.2).

        At every depth ω₀ W h is then close to standard normal. Biases, of which the paper says nothing, are uniform in
        ±1/√fan-in, as in the authors' code.
        """
        bounds = {name: self._bound(name, count) for name, count in fans_in(layout).items()}
        return uniform(layout, bounds, generator)

    def _bound(self, name: str, fan_in: int) -> float:
        if name.endswith("bias"):
            return 1 / sqrt(fan_in)
        return 1 / fan_in if name == "layer0.weight" else sqrt(6 / fan_in) / self.hidden_omega

    def smoke(self) -> Siren:
        return self.model_copy(update={"hidden": tuple(min(width, 16) for width in self.hidden)})
