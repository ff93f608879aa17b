"""Principal components of points θ = Φ B, from the Gram matrix of B."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float64

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Principal:
    """The m principal components of n points that exceed rounding, the largest first.

    Args:
        mean: the points' mean as coefficients over B, `[K]`: mean @ B is the weight vector.
        directions: the components as coefficients over B, `[m K]`: the rows of directions @ B are orthonormal.
        deviations: standard deviations of the points along them (n − 1 in the denominator), weight distance, `[m]`.
        centre: the mean in the coordinates of the frame, `[r]`.
        axes: the components in the coordinates of the frame, orthonormal rows, `[m r]`.
    """

    mean: Float64[Tensor, " K"]
    directions: Float64[Tensor, "m K"]
    deviations: Float64[Tensor, " m"]
    centre: Float64[Tensor, " r"]
    axes: Float64[Tensor, "m r"]

    @property
    def explained(self) -> Float64[Tensor, " m"]:
        """Share of the points' variance along each component; the shares sum to 1."""
        variances = self.deviations.square()
        return variances / variances.sum()

    def project(
        self, coordinates: Float64[Tensor, "n r"], count: int
    ) -> tuple[Float64[Tensor, "n count"], Float64[Tensor, " n"]]:
        """Coordinates along the first `count` components, and the distances from their span, in weight distance.

        Coordinates along a component that the points do not have are 0.
        """
        offsets, axes = coordinates - self.centre, self.axes[:count]
        along = offsets @ axes.T
        missing = along.new_zeros(len(along), count - len(axes))
        return torch.cat([along, missing], dim=1), (offsets - along @ axes).norm(dim=1)


def principal(features: Float64[Tensor, "n K"], frame: Float64[Tensor, "K r"]) -> Principal:
    """The principal components of the n weight vectors Φ B, centred at their mean.

    They are those of the coordinates Φ R, where R Rᵀ = B Bᵀ: an isometry changes no principal component. By singular
    value decomposition in float64; singular values below the rounding of the points' own size, max(n, r) · 2⁻⁵² of
    it, count as none. The sign of a component is such that the point farthest along it has a positive coordinate.

    Args:
        features: Φ, a row a point.
        frame: R, the rows of B in an orthonormal basis that spans them, as `geometry.gram.embed` gives it.

    Raises:
        ValueError: if there are fewer than two points, or all of them are the same.
    """
    if len(features) < 2:
        raise ValueError(f"principal components need at least two points, got {len(features)}; draw more samples")
    points = features @ frame
    centre = points.mean(0)
    scores, spreads, axes = torch.linalg.svd(points - centre, full_matrices=False)
    smallest = max(points.shape) * torch.finfo(torch.float64).eps * points.norm()
    real = spreads > smallest
    if not real.any():
        raise ValueError("principal components need points that differ, got the same one everywhere")
    farthest = scores.abs().argmax(0)
    axes = (axes * scores.gather(0, farthest[None]).T.sign())[real]
    return Principal(
        mean=features.mean(0),
        directions=axes @ torch.linalg.pinv(frame),  # the shortest coefficients c with c R = axis
        deviations=spreads[real] / (len(features) - 1) ** 0.5,
        centre=centre,
        axes=axes,
    )
