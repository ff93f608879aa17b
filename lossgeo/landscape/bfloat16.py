"""Networks whose products are made in bfloat16."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.landscape.forward import NetworkFunction, SharedFirstLayer
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import Parameters
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


def in_bfloat16(network: NetworkFunction) -> NetworkFunction:
    """The network with its products and convolutions in bfloat16, and its outputs in the precision of its inputs."""
    return SharedInBfloat16(network) if isinstance(network, SharedFirstLayer) else InBfloat16(network)


class InBfloat16:
    """A network under ``torch.autocast``."""

    def __init__(self, network: NetworkFunction) -> None:
        self.network = network

    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b ..."]:
        """The outputs of the network."""
        return cast(lambda: self.network.forward(parameters, inputs, mode), inputs)

    def masks(self, count: int, generator: Generator) -> dict[str, Tensor]:
        """Draw the masks of the network."""
        return self.network.masks(count, generator)


class SharedInBfloat16(InBfloat16):
    """A network with a linear first layer, whose pre-activations are combined in the precision of the inputs."""

    network: SharedFirstLayer

    @property
    def first_parameters(self) -> frozenset[str]:
        """The names of the network's first parameters."""
        return self.network.first_parameters

    def first(self, parameters: Parameters, inputs: Tensor) -> Float[Tensor, "b h ..."]:
        """The pre-activations of the first layer."""
        return cast(lambda: self.network.first(parameters, inputs), inputs)

    def rest(self, parameters: Parameters, hidden: Tensor, mode: Mode) -> Float[Tensor, "b ..."]:
        """The outputs from the pre-activations of the first layer."""
        return cast(lambda: self.network.rest(parameters, hidden, mode), hidden)


def cast(work: Callable[[], Tensor], like: Tensor) -> Tensor:
    """What the work gives under ``torch.autocast``, in the precision of another tensor."""
    with torch.autocast(like.device.type, torch.bfloat16):
        found = work()
    return found.to(like.dtype)
