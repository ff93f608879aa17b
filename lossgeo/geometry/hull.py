"""The convex hull of points of weight space: distances, and random points in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jaxtyping import Float, Float64, Int64

from lossgeo.geometry.gram import embed
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class Hull:
    """The convex hull of P corners Wᵢ: all Σᵢ aᵢ Wᵢ with aᵢ ≥ 0 and Σᵢ aᵢ = 1.

    Args:
        corners: W, `[P D]`.
    """

    corners: Float[Tensor, "P D"]

    @cached_property
    def coordinates(self) -> Float64[Tensor, "P r"]:
        """Coordinates of the corners relative to the first, in an orthonormal basis of the hull."""
        return embed(self.corners, self.corners[0])

    def distances(self, weights: Float64[Tensor, "n P"]) -> Float64[Tensor, "n P"]:
        """The distances ‖Σⱼ aⱼ Wⱼ − Wᵢ‖ from points of the hull, given by their weights, to every corner."""
        return torch.cdist(
            weights @ self.coordinates, self.coordinates, compute_mode="donot_use_mm_for_euclid_dist"
        )  # by differences: nothing cancels

    def nearest(self, weights: Float64[Tensor, "n P"]) -> tuple[Int64[Tensor, " n"], Float64[Tensor, " n"]]:
        """The nearest corner of each point and its distance; of equally near corners, the one of lowest number."""
        distances = self.distances(weights)
        index = distances.argmin(1)
        return index, distances.gather(1, index[:, None])[:, 0]

    def between(self) -> Float64[Tensor, " pairs"]:
        """The distances between all pairs of corners, in the order (1, 2), (1, 3), …, (2, 3) and so on."""
        every = self.distances(torch.eye(len(self.corners), dtype=torch.float64))
        first, second = torch.triu_indices(len(every), len(every), offset=1)
        return every[first, second]

    def to(self, origin: Float[Tensor, " D"]) -> Float64[Tensor, " P"]:
        """The distance of every corner to another point of weight space."""
        return torch.stack([(corner.double() - origin.double()).norm() for corner in self.corners])


def barycentric(n: int, corners: int, face: int, generator: Generator) -> Float64[Tensor, "n P"]:
    """Barycentric weights of n points, each uniform on a random face with `face` corners.

    Independent Exp(1) draws over their sum are uniform on a simplex (Dirichlet(1, …, 1)); its points have
    E‖a‖² = 2/(face + 1), so that those of a large face lie near its centroid.

    Args:
        n: how many points.
        corners: P.
        face: how many corners a point mixes; P is the whole hull.
        generator: of the draws.

    Raises:
        ValueError: if the hull has no such face.
    """
    if not 1 <= face <= corners:
        raise ValueError(f"a hull of {corners} corners has faces of 1 to {corners} corners, asked for {face}")
    draws = torch.empty(n, face, dtype=torch.float64).exponential_(generator=generator)
    chosen = torch.stack([torch.randperm(corners, generator=generator)[:face] for _ in range(n)])
    weights = torch.zeros(n, corners, dtype=torch.float64)
    return weights.scatter(1, chosen, draws / draws.sum(1, keepdim=True))
