"""The convolutional network LeNet-5."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jaxtyping import Float

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.convolutional import max_pool, picture
from lossgeo.architectures.initialisation import uniform_by_fan_in
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import Layout, Parameters
from lossgeo.lazy import functional

if TYPE_CHECKING:
    from torch import Generator, Tensor

SMALLEST = 16
"""The fewest pixels along a side: 16 → 12 → 6 → 2 → 1."""


class LeNet5(Architecture, kind="lenet5"):
    """LeNet-5: two 5×5 convolutions of 6 and 16 channels, each pooled 2×2, and layers of 120 and 84 units.

    LeCun, Bottou, Bengio and Haffner, *Gradient-Based Learning Applied to Document Recognition*, 1998, section II.B;
    with rectifiers, max-pooling, all connections between the convolutions and linear outputs in place of their
    sigmoids, means, chosen connections and radial basis functions. 62,006 parameters for 3×32×32 pictures and ten
    classes.
    """

    first_parameters: ClassVar[frozenset[str]] = frozenset({"conv1.weight", "conv1.bias"})

    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:
        """Shapes of ``conv1``, ``conv2``, ``fc1``, ``fc2`` and ``fc3``, each a ``weight`` and a ``bias``.

        Raises:
            ValueError: if the examples are not pictures `[channels h w]` of at least 16×16 pixels.
        """
        channels, *sides = picture(inputs, "lenet5", SMALLEST)
        height, width = (((side - 4) // 2 - 4) // 2 for side in sides)
        return Layout(
            (
                *(("conv1.weight", (6, channels, 5, 5)), ("conv1.bias", (6,))),
                *(("conv2.weight", (16, 6, 5, 5)), ("conv2.bias", (16,))),
                *(("fc1.weight", (120, 16 * height * width)), ("fc1.bias", (120,))),
                *(("fc2.weight", (84, 120)), ("fc2.bias", (84,))),
                *(("fc3.weight", (outputs, 84)), ("fc3.bias", (outputs,))),
            )
        )

    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b c"]:
        return self.rest(parameters, self.first(parameters, inputs), mode)

    def first(self, parameters: Parameters, inputs: Tensor) -> Float[Tensor, "b ch h w"]:
        """The outputs of the first convolution."""
        return functional.conv2d(inputs, parameters["conv1.weight"], parameters["conv1.bias"])

    def rest(self, parameters: Parameters, hidden: Tensor, mode: Mode) -> Float[Tensor, "b c"]:  # noqa: ARG002  # nothing is dropped
        """The logits from the outputs of the first convolution.

        Rectifiers follow the pooling, with which they commute, and so meet a quarter of the numbers.
        """
        hidden = functional.conv2d(max_pool(hidden).relu(), parameters["conv2.weight"], parameters["conv2.bias"])
        hidden = max_pool(hidden).relu().flatten(1)
        for name in ("fc1", "fc2"):
            hidden = functional.linear(hidden, parameters[f"{name}.weight"], parameters[f"{name}.bias"]).relu()
        return functional.linear(hidden, parameters["fc3.weight"], parameters["fc3.bias"])

    def initialise(self, layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
        """Weights and biases uniform in ±1/√fan-in."""
        return uniform_by_fan_in(layout, generator)
