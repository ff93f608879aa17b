"""The residual network of twenty layers for small pictures."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod, sqrt
from typing import TYPE_CHECKING

from jaxtyping import Float
from pydantic import Field

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.convolutional import picture
from lossgeo.architectures.initialisation import fans_in
from lossgeo.landscape.mode import Mode, batch_norm
from lossgeo.landscape.weights import Layout, Parameters
from lossgeo.lazy import functional, torch

if TYPE_CHECKING:
    from torch import Generator, Tensor

BLOCKS = 3
"""Blocks in each of the three stages: their two convolutions, the first convolution and the last layer make twenty."""


class ResNet20(Architecture, kind="resnet20"):
    """ResNet-20: a 3×3 convolution, three stages of three residual blocks, mean over the pixels, a linear layer.

    He, Zhang, Ren and Sun, *Deep Residual Learning for Image Recognition*, 2016 (arXiv:1512.03385), section 4.2. Every
    3×3 convolution is followed by BatchNorm; stages after the first halve the picture and double the channels; their
    shortcut takes every other pixel and pads the new channels with zeros (option A). 269,722 parameters for 3×32×32
    pictures of ten classes, with the weights and biases of BatchNorm.
    """

    skip: bool = Field(default=True, description="whether blocks have shortcuts; false: a plain network")
    width: int = Field(
        default=16,
        ge=1,
        le=100_000,
        description="number of channels in the first stage; the others have 2 and 4 times as many",
    )

    def layout(self, inputs: tuple[int, ...], outputs: int) -> Layout:
        """Shapes of ``conv``, ``norm``, ``stage1.block1.conv1``, ``stage1.block1.norm1``, … and ``fc``.

        Raises:
            ValueError: if the examples are not pictures `[channels h w]`.
        """
        channels, _, _ = picture(inputs, "resnet20")
        shapes: list[tuple[str, tuple[int, ...]]] = []
        for conv, norm, before, after in self._convolutions(channels):
            shapes += [(f"{conv}.weight", (after, before, 3, 3))]
            shapes += [(f"{norm}.weight", (after,)), (f"{norm}.bias", (after,))]
        return Layout((*shapes, ("fc.weight", (outputs, 4 * self.width)), ("fc.bias", (outputs,))))

    def statistics(self, inputs: tuple[int, ...]) -> Layout:
        """Shapes of ``norm.mean``, ``norm.variance``, ``stage1.block1.norm1.mean``, … of every BatchNorm layer."""
        layers = self._convolutions(inputs[0])
        return Layout(tuple((f"{norm}.{what}", (n,)) for _, norm, _, n in layers for what in ("mean", "variance")))

    def forward(self, parameters: Parameters, inputs: Tensor, mode: Mode) -> Float[Tensor, "b c"]:
        hidden = functional.conv2d(inputs, parameters["conv.weight"], padding=1)
        hidden = batch_norm(hidden, "norm", parameters, mode).relu()
        for stage in (1, 2, 3):
            for block in range(1, BLOCKS + 1):
                hidden = self._block(f"stage{stage}.block{block}", hidden, parameters, mode)
        return functional.linear(hidden.mean((2, 3)), parameters["fc.weight"], parameters["fc.bias"])

    def initialise(self, layout: Layout, generator: Generator) -> Float[Tensor, " D"]:
        """Convolutions normal with variance 2/fan-in (He et al. 2015, arXiv:1502.01852, eq. 10); BatchNorm 1 and 0.

        The linear layer is uniform in ±1/√fan-in, as a layer of torch starts.
        """
        fan_in = fans_in(layout)
        return torch.cat(
            [_initial(name, shape, fan_in[name], generator).flatten() for name, shape in layout.shapes],
        )

    def smoke(self) -> ResNet20:
        return self.model_copy(update={"width": min(self.width, 4)})

    def _convolutions(self, channels: int) -> Iterator[tuple[str, str, int, int]]:
        """Each convolution with its BatchNorm layer: their names, and the numbers of channels before and after."""
        yield "conv", "norm", channels, self.width
        before = self.width
        for stage in (1, 2, 3):
            after = self.width * 2 ** (stage - 1)
            for block in range(1, BLOCKS + 1):
                for i in (1, 2):
                    yield f"stage{stage}.block{block}.conv{i}", f"stage{stage}.block{block}.norm{i}", before, after
                    before = after

    def _block(self, name: str, inputs: Tensor, parameters: Parameters, mode: Mode) -> Tensor:
        first, second = parameters[f"{name}.conv1.weight"], parameters[f"{name}.conv2.weight"]
        stride = 1 if len(first) == inputs.shape[1] else 2
        hidden = functional.conv2d(inputs, first, stride=stride, padding=1)
        hidden = batch_norm(hidden, f"{name}.norm1", parameters, mode).relu()
        hidden = batch_norm(functional.conv2d(hidden, second, padding=1), f"{name}.norm2", parameters, mode)
        return (hidden + _shortcut(inputs, len(second), stride)).relu() if self.skip else hidden.relu()


def _shortcut(inputs: Tensor, channels: int, stride: int) -> Tensor:
    """Every `stride`-th pixel, with channels of zeros at both ends; the identity for a stride of one."""
    if stride == 1:
        return inputs
    new = channels - inputs.shape[1]
    return functional.pad(inputs[:, :, ::stride, ::stride], (0, 0, 0, 0, new // 2, new - new // 2))


def _initial(name: str, shape: tuple[int, ...], fan_in: int, generator: Generator) -> Tensor:
    if "conv" in name:
        return torch.empty(shape).normal_(0, sqrt(2 / fan_in), generator=generator)
    if "norm" in name:
        return torch.full(shape, 1.0 if name.endswith("weight") else 0.0)
    bound = 1 / sqrt(fan_in)
    return torch.empty(prod(shape)).uniform_(-bound, bound, generator=generator)
