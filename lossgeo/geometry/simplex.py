"""The unit simplex {t : tⱼ ≥ 0, Σⱼ tⱼ ≤ 1}: coordinates, corners, uniform draws, and the route around its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxtyping import Float, Float64

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


def barycentric_coordinates(t: Float[Tensor, "n k"]) -> Float[Tensor, "n k+1"]:
    """The weights a = (1 − Σⱼ tⱼ, t₁, …, t_k) of the k + 1 corners at every point.

    >>> barycentric_coordinates(torch.tensor([[0.25, 0.25]])).tolist()
    [[0.5, 0.25, 0.25]]
    """
    return torch.cat([1 - t.sum(1, keepdim=True), t], dim=1)


def corners(vertices: int) -> Float64[Tensor, "m k"]:
    """The corners of the unit simplex: the origin and the unit vectors, `[vertices, vertices − 1]`.

    >>> corners(3).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    return torch.eye(vertices, dtype=torch.float64)[:, 1:]


def uniform(n: int, vertices: int, generator: Generator) -> Float64[Tensor, "n k"]:
    """Independent uniform points of the unit simplex: Exp(1) draws over their sum, row by row (Dirichlet(1, …, 1))."""
    draws = torch.empty(n, vertices, dtype=torch.float64).exponential_(generator=generator)
    return (draws / draws.sum(1, keepdim=True))[:, 1:]


def route(s: Float[Tensor, " n"], vertices: int) -> Float[Tensor, "n k"]:
    """Points of the segment of two corners, or of the closed polygon of more with an equal share of s for each edge.

    >>> route(torch.tensor([0.0, 0.25, 1.0]), vertices=2).tolist()
    [[0.0], [0.25], [1.0]]
    >>> route(torch.tensor([0.0, 0.5, 1.0]), vertices=3).tolist()
    [[0.0, 0.0], [0.5, 0.5], [0.0, 0.0]]
    """
    ends = corners(vertices).to(s)
    ends = torch.cat([ends, ends[:1]]) if vertices > 2 else ends
    edges = len(ends) - 1
    edge = (s * edges).long().clamp(0, edges - 1)
    share = (s * edges - edge)[:, None]
    return (1 - share) * ends[edge] + share * ends[edge + 1]


def kinks(vertices: int) -> Float64[Tensor, " m"]:
    """The s at which the route turns: at every corner of the polygon, s = 1 last; none for a segment.

    >>> kinks(4).tolist(), kinks(2).tolist()
    ([0.25, 0.5, 0.75, 1.0], [])
    """
    edges = vertices if vertices > 2 else 0
    return torch.arange(1, edges + 1, dtype=torch.float64) / edges
