"""Random changes of pictures in training steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jaxtyping import UInt8

from lossgeo.lazy import functional, torch

if TYPE_CHECKING:
    from torch import Generator, Tensor

Augmentation = Literal["none", "crop_flip"]

PADDING = 4
"""Pixels added on every side (He et al., *Deep Residual Learning for Image Recognition*, 2015, section 4.2)."""


def crop_flip(pictures: UInt8[Tensor, "b c h w"], generator: Generator) -> UInt8[Tensor, "b c h w"]:
    """Each picture shifted by at most `PADDING` pixels along each axis, and mirrored left to right or not.

    All shifts are equally likely, and so are both mirror images. What is shifted in from outside is zero in the pixels
    as they are stored, before any normalisation: black.
    """
    b, channels, height, width = pictures.shape
    device = pictures.device
    down, right = torch.randint(2 * PADDING + 1, (2, b, 1), generator=generator).to(device)
    is_mirrored = torch.randint(2, (b, 1), generator=generator).bool().to(device)
    rows = down + torch.arange(height, device=device)  # [b h], in the padded picture
    columns = right + torch.arange(width, device=device)
    columns = torch.where(is_mirrored, columns.flip(1), columns)
    places = rows[:, :, None] * (width + 2 * PADDING) + columns[:, None]  # [b h w]
    padded = functional.pad(pictures, (PADDING,) * 4).flatten(2)
    # A gather is several times faster than a window for every picture: 0.3 ms for 128 of 3 × 32 × 32.
    return padded.gather(2, places.flatten(1)[:, None].expand(-1, channels, -1)).view_as(pictures)
