"""Examples in memory, which networks are trained and evaluated on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from jaxtyping import Float, Float32, Int64, UInt8

from lossgeo.landscape.augmentation import Augmentation, crop_flip
from lossgeo.landscape.task import CLASSIFICATION, Task
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor

Targets: TypeAlias = "Int64[Tensor, 'b ...'] | Float32[Tensor, 'b ...']"
"""Targets of examples: class numbers, or the values of a regression; one for each position where there are several."""


@dataclass(frozen=True)
class Examples:
    """Examples with their targets: inputs as they were stored, normalised when a batch is read.

    Args:
        inputs: `[N …]`; uint8 are pixels, to be scaled to [0, 1] and normalised; float32 are taken as they are.
        targets: `[N …]` int64 class numbers, or `[N … o]` float32 values of a regression; … are the positions of an
            example, if it has any.
        mean, std: of the pixels scaled to [0, 1], one per channel; (0,) and (1,) leave them in [0, 1].
        task: what the outputs for these examples are measured by.
        augmentation: of the batches of training steps; crop_flip needs pictures `[N c h w]` of pixels.
    """

    inputs: UInt8[Tensor, "N ..."] | Float32[Tensor, "N ..."]
    targets: Int64[Tensor, "N ..."] | Float32[Tensor, "N ..."]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    task: Task = CLASSIFICATION
    augmentation: Augmentation = "none"

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, index: slice | Tensor) -> tuple[Float[Tensor, "b ..."], Targets]:
        """Inputs in float32, pixels as (x / 255 − mean) / std, and their targets."""
        return self._normalised(self.inputs[index]), self.targets[index]

    def augmented(self, index: slice | Tensor, generator: Generator) -> tuple[Float[Tensor, "b ..."], Targets]:
        """The batch of a training step, with every example augmented anew; without augmentation nothing is drawn."""
        index = index.to(self.device) if isinstance(index, torch.Tensor) else index
        if self.augmentation == "none":
            return self.batch(index)
        return self._normalised(crop_flip(self.inputs[index], generator)), self.targets[index]

    @property
    def device(self) -> torch.device:
        """The device that the examples are on."""
        return self.inputs.device

    def to(self, device: str) -> Examples:
        """The same examples on a device, as they were stored."""
        return replace(self, inputs=self.inputs.to(device), targets=self.targets.to(device))

    def first(self, count: int) -> Examples:
        """The first `count` examples, or all if there are fewer."""
        return replace(self, inputs=self.inputs[:count], targets=self.targets[:count])

    def _normalised(self, inputs: Tensor) -> Float[Tensor, "b ..."]:
        if inputs.dtype != torch.uint8:
            return inputs
        inputs = inputs.to(torch.float32) / 255
        if self.mean != (0.0,) or self.std != (1.0,):
            channel = (1, -1, *[1] * (inputs.dim() - 2))
            inputs = (inputs - inputs.new_tensor(self.mean).view(channel)) / inputs.new_tensor(self.std).view(channel)
        return inputs
