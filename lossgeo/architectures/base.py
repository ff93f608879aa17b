"""The role of an architecture: a network as a pure function of its parameters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.documents.faults import Fault
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import Layout, Parameters
from lossgeo.variant import Variant

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Architecture(Variant):
    """A network as a pure function of its parameters.

    What a training step draws at random is drawn before the forward pass, by ``masks``, and handed to it in the mode.

    An architecture whose first layer is linear in its parameters may also give ``first_parameters``, ``first`` and
    ``rest`` (see :class:`lossgeo.landscape.forward.SharedFirstLayer`); surfaces are then several times faster.

    Laws (checked for every architecture by ``lossgeo.contracts``):
        ``forward`` gives the same for the same arguments, draws nothing at random and does not change them;
        rows do not interact, once the statistics of BatchNorm layers are given:
        ``forward(p, x, mode)[i] = forward(p, x[i:i+1], mode)[0]`` up to rounding, with that row of the masks;
        ``forward = rest ∘ first`` and ``first`` is linear in the parameters, where they are given;
        ``initialise`` gives a finite number for every weight, the same for the same generator.
    """

    @abstractmethod
    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:
        """Names and shapes of the parameters, for examples of shape `inputs` and that number of outputs.

        Raises:
            ValueError: if the architecture has no network for examples of this shape.
        """

    def faults(self, inputs: tuple[int, ...], outputs: int) -> Iterator[Fault]:
        """The fault of a data set with examples of a shape that the architecture has no network for."""
        try:
            self.layout(inputs, outputs)
        except ValueError as error:
            yield Fault(("kind",), repr(self.kind), f"an architecture for the data set: {error}")

    def statistics(self, inputs: tuple[int, ...]) -> Layout:  # noqa: ARG002  # no BatchNorm, whatever the inputs
        """Names and shapes of the statistics of BatchNorm layers; empty for a network without such layers."""
        return Layout(())

    @abstractmethod
    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b ..."]:
        """The outputs for a batch of inputs; `mode` says what is dropped and normalised with.

        They are logits of classes `[b c]` or values of a regression `[b o]`; where examples have positions, `[b … c]`.
        """

    def masks(self, count: int, generator: Generator) -> dict[str, Tensor]:  # noqa: ARG002  # nothing is dropped
        """Random factors for the hidden units of `count` examples in a training step, by name of the layer.

        Drawn anew for every step, in the order in which the layers use them; none where nothing is dropped.
        """
        return {}

    @abstractmethod
    def initialise(self, layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
        """The weights that a training starts from, drawn at random.

        :func:`lossgeo.architectures.initialisation.uniform_by_fan_in` starts linear layers and convolutions as torch
        does; what else a network has, the scale of a normalisation, the architecture itself starts.
        """
