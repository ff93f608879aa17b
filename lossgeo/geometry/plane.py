"""The plane through three points of weight space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float64

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Plane:
    """A plane with its origin at the first of three points and orthonormal axes.

    Args:
        origin: the first point, `[r]`.
        axes: û and v̂ as rows, orthonormal in float64; û points to the second point. `[2 r]`.
        corners: the three points in the plane's coordinates, in weight distance, `[3 2]`.
    """

    origin: Float64[Tensor, " r"]
    axes: Float64[Tensor, "2 r"]
    corners: Float64[Tensor, "3 2"]

    @classmethod
    def through(cls, points: Float64[Tensor, "3 r"]) -> Plane:
        """The plane through three points, by Gram-Schmidt carried out twice (Giraud et al. 2005).

        Raises:
            ValueError: if the points lie on one line, to ten digits.
        """
        origin = points[0]
        u, v = points[1] - origin, points[2] - origin
        first = u / u.norm()
        second = v
        for _ in range(2):
            second = second - (second @ first) * first
        if not float(second.norm()) > 1e-10 * float(max(u.norm(), v.norm())):
            raise ValueError("three points on one line span no plane; choose another third point")
        height = second.norm()
        axes = torch.stack([first, second / height])
        zero = u.new_zeros(())
        corners = [torch.stack([zero, zero]), torch.stack([u.norm(), zero]), torch.stack([v @ first, height])]
        return cls(origin, axes, torch.stack(corners))

    def project(self, points: Float64[Tensor, "n r"]) -> tuple[Float64[Tensor, "n 2"], Float64[Tensor, " n"]]:
        """Coordinates of the nearest points in the plane, and the distances to them, in weight distance."""
        offsets = points - self.origin
        flat = offsets @ self.axes.T
        return flat, (offsets - flat @ self.axes).norm(dim=1)

    def lift(self, flat: Float64[Tensor, "n 2"]) -> Float64[Tensor, "n r"]:
        """The points of weight space at coordinates `flat` of the plane."""
        return self.origin + flat @ self.axes

    def barycentric(self, flat: Float64[Tensor, "n 2"]) -> Float64[Tensor, "n 3"]:
        """Weights of the three points whose combination lies at `flat`; exactly one point at each corner."""
        (base, _), (over, height) = self.corners[1], self.corners[2]
        third = flat[:, 1] / height
        second = (flat[:, 0] - third * over) / base
        return torch.stack([1 - second - third, second, third], dim=1)
