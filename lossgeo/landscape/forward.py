"""A network as a landscape sees it: a pure function of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from jaxtyping import Float

from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import Parameters

if TYPE_CHECKING:
    from torch import Generator, Tensor


@runtime_checkable
class NetworkFunction(Protocol):
    """A network as a pure function of its parameters."""

    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b ..."]:
        """The outputs: logits of classes, or the values of a regression; `[b … c]` where examples have positions."""
        ...

    def masks(self, count: int, generator: Generator) -> dict[str, Tensor]:
        """Random factors for the hidden units of `count` examples in a training step, by name; see `Mode.masks`."""
        ...


@runtime_checkable
class SharedFirstLayer(NetworkFunction, Protocol):
    """A network whose first layer is linear in its parameters: forward = rest ∘ first.

    Laws:
        ``first(Σ φₖ pₖ, x) = Σ φₖ first(pₖ, x)``;
        units do not interact: ``first(p ‖ q, x) = first(p, x) ‖ first(q, x)``, where the parameters of two first layers
        are joined along their first axis, and the units of ``first`` are the second axis of what it gives.
    """

    first_parameters: frozenset[str]

    def first(self, parameters: Parameters, inputs: Tensor) -> Float[Tensor, "b h ..."]:
        """The pre-activations of the first layer."""
        ...

    def rest(self, parameters: Parameters, hidden: Tensor, mode: Mode) -> Float[Tensor, "b ..."]:
        """The outputs from the pre-activations of the first layer; does not need `first_parameters`."""
        ...


@runtime_checkable
class RectifierNetwork(SharedFirstLayer, Protocol):
    """A network whose first layer gives `[b h]` and is followed by rectifiers and linear layers only.

    Law:
        ``rest(p, z)`` is ``linear(relu(… linear(relu(z)) …))`` with the layers of ``rectified_layers``, in their order.
    """

    rectified_layers: tuple[str, ...]
    """Names of the linear layers after the first, each a ``weight`` and a ``bias``; none where the law is not kept."""
