"""Functions that convolutional architectures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxtyping import Float

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


def picture(inputs: tuple[int, ...], architecture: str, smallest: int = 1) -> tuple[int, int, int]:
    """Channels, height and width of examples that are pictures.

    Raises:
        ValueError: if they are not, or have fewer than `smallest` pixels a side.

    >>> picture((3, 32, 32), "lenet5", smallest=16)
    (3, 32, 32)
    """
    found = "×".join(map(str, inputs))
    if len(inputs) != 3:
        raise ValueError(
            f"{architecture} needs pictures [channels, height, width], the data set has examples "
            f"of shape [{found}]; choose a data set of pictures or another `architecture.kind`"
        )
    channels, height, width = inputs
    if min(height, width) < smallest:
        raise ValueError(
            f"{architecture} needs pictures of at least {smallest}×{smallest} pixels, the data set has "
            f"{found}; choose a data set of larger pictures or another `architecture.kind`"
        )
    return channels, height, width


def max_pool(inputs: Float[Tensor, "b ch h w"]) -> Float[Tensor, "b ch h/2 w/2"]:
    """The largest of every 2×2 pixels; an odd last row or column is left out.

    Maxima of whole rows and then of columns. The kernel of torch, which also notes where the maxima were, takes more
    time on a processor than the convolution before it.

    >>> max_pool(torch.arange(16.0).view(1, 1, 4, 4))
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    height, width = (side // 2 * 2 for side in inputs.shape[2:])
    rows = torch.maximum(inputs[:, :, 0:height:2], inputs[:, :, 1:height:2])
    return torch.maximum(rows[..., 0:width:2], rows[..., 1:width:2])
