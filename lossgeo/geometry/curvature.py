"""Curvature, length and turning of a curve given in coordinates, without finite differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from jaxtyping import Float64

from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

Curve: TypeAlias = "Callable[[Tensor], Tensor]"
"""A function from s `[n]` to positions `[n r]`, float64, twice differentiable between the kinks."""

NODES_PER_INTERVAL = 5
INTERVALS = 512

END_SHARE = 0.1
"""Share of a curve's parameter that counts as one of its ends."""


@dataclass(frozen=True)
class Motion:
    """Position of a point on a curve and its first two derivatives in s, each `[n r]` float64."""

    position: Float64[Tensor, "n r"]
    velocity: Float64[Tensor, "n r"]
    acceleration: Float64[Tensor, "n r"]

    @property
    def speed(self) -> Float64[Tensor, " n"]:
        """The speed ‖γ′‖, in weight distance per unit of s."""
        speed: Tensor = self.velocity.norm(dim=1)
        return speed

    @property
    def curvature(self) -> Float64[Tensor, " n"]:
        """The curvature ‖γ″ − (γ″·T) T‖ / ‖γ′‖², in 1 / weight distance; the rejection comes first: nothing cancels."""
        tangent = self.velocity / self.speed[:, None]
        along = (self.acceleration * tangent).sum(1, keepdim=True)
        curvature: Tensor = (self.acceleration - along * tangent).norm(dim=1) / self.speed.square()
        return curvature


def motion(curve: Curve, s: Float64[Tensor, " n"]) -> Motion:
    """Position, velocity and acceleration along a curve, by forward-mode differentiation without finite differences.

    >>> circle = lambda s: torch.stack([3 * s.cos(), 3 * s.sin()], dim=1)
    >>> motion(circle, torch.tensor([0.2], dtype=torch.float64)).curvature.item()  # doctest: +ELLIPSIS
    0.33333333333333...
    """
    from torch.func import jvp

    ones = torch.ones_like(s)

    def moving(at: Tensor) -> tuple[Tensor, Tensor]:
        """Position and velocity at s."""
        there: tuple[Tensor, Tensor] = jvp(curve, (at,), (ones,))  # type: ignore[assignment]  # without has_aux
        return there

    with warnings.catch_warnings():  # torch scripts its own decompositions at the first jvp, and warns of it
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*", category=FutureWarning)
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*", category=DeprecationWarning)
        (position, velocity), (_, acceleration) = jvp(moving, (s,), (ones,))  # type: ignore[misc]  # without has_aux
    return Motion(position=position.detach(), velocity=velocity.detach(), acceleration=acceleration.detach())


@dataclass(frozen=True)
class CurvatureProfile:
    """The shape of a curve, at n points and as a whole.

    Args:
        s: the points, `[n]`.
        curvature: κ(s), in 1 / weight distance, without the kinks; `[n]`.
        arc_length: from the start to s, in weight distance; `[n]`.
        turned: ∫ κ ds from the start to s, in radians, without the kinks; `[n]`.
        length: of the whole curve, L.
        smooth_turning: ∫ κ ds over the whole curve, in radians.
        kinks: the s at which the direction jumps, `[m]`; 1 stands for the joint of a closed curve.
        turning_angles: by how much it jumps there, in radians, `[m]`.
        chord: distance between the ends.
    """

    s: Float64[np.ndarray, " n"]
    curvature: Float64[np.ndarray, " n"]
    arc_length: Float64[np.ndarray, " n"]
    turned: Float64[np.ndarray, " n"]
    length: float
    smooth_turning: float
    kinks: Float64[np.ndarray, " m"]
    turning_angles: Float64[np.ndarray, " m"]
    chord: float

    @property
    def total_turning(self) -> float:
        """The integral ∫ κ ds plus the angles at the kinks, in radians."""
        return self.smooth_turning + float(self.turning_angles.sum())


def profile(curve: Curve, s: Float64[Tensor, " n"], kinks: Float64[Tensor, " m"]) -> CurvatureProfile:
    """The shape of `curve` on [0, 1], seen at the points `s` (ascending, from 0 to 1).

    Integrals are Gauss-Legendre sums of five nodes on each piece between neighbouring points, kinks, and 512 equal
    intervals: exact for straight pieces, and close to rounding for smooth ones whatever points are looked at. A point
    that falls on a kink has the curvature 0 of the straight pieces beside it.

    Raises:
        ValueError: if the speed vanishes somewhere, where a curve has no direction.
    """
    edges = torch.unique(torch.cat([s, kinks, torch.linspace(0, 1, INTERVALS + 1, dtype=torch.float64)]))
    nodes, weights = _gauss_legendre(edges)
    inner, seen = motion(curve, nodes.flatten()), motion(curve, s)
    on_kink = torch.isin(s, kinks)
    if not bool((inner.speed > 0).all() and (seen.speed[~on_kink] > 0).all()):
        raise ValueError(
            "the curve stands still at some s, where its curvature is undefined; it may have collapsed to a point"
        )
    speed = inner.speed.view_as(nodes)
    along = _cumulative(speed * weights)
    turned = _cumulative(inner.curvature.view_as(nodes) * speed * weights)
    places = torch.searchsorted(edges, s)
    ends = curve(torch.tensor([0.0, 1.0], dtype=torch.float64)).detach()
    return CurvatureProfile(
        s=s.numpy(),
        curvature=seen.curvature.masked_fill(on_kink, 0).numpy(),
        arc_length=along[places].numpy(),
        turned=turned[places].numpy(),
        length=float(along[-1]),
        smooth_turning=float(turned[-1]),
        kinks=kinks.numpy(),
        turning_angles=_turning_angles(curve, kinks).numpy(),
        chord=float((ends[1] - ends[0]).norm()),
    )


def end_to_middle(curve: Curve, kinks: Float64[Tensor, " m"]) -> float | None:
    """Mean curvature of the ends of an open curve (the first and the last tenth of s) over that of its middle.

    The mean over a stretch is its turning, ∫ κ ds and the angles at the kinks in it, over its length: κ itself would
    say nothing of a curve that turns at its kinks only. 1 for a circular arc; None where the middle does not turn.

    Raises:
        ValueError: if the speed vanishes somewhere.
    """
    shape = profile(curve, torch.tensor([0, END_SHARE, 1 - END_SHARE, 1], dtype=torch.float64), kinks)
    at_ends = (shape.kinks < END_SHARE) | (shape.kinks > 1 - END_SHARE)
    turned, length = np.diff(shape.turned), np.diff(shape.arc_length)
    middle = turned[1] + shape.turning_angles[~at_ends].sum()
    ends = turned[0] + turned[2] + shape.turning_angles[at_ends].sum()
    if middle == 0:
        return None
    return float(ends / (length[0] + length[2]) / (middle / length[1]))


def _cumulative(parts: Tensor) -> Tensor:
    """Sums of the rows of `parts` up to each edge, starting with 0."""
    sums = parts.sum(1)
    return torch.cat([sums.new_zeros(1), sums.cumsum(0)])


def _gauss_legendre(edges: Tensor) -> tuple[Tensor, Tensor]:
    """Nodes and weights on every interval between the edges, each `[intervals nodes]`."""
    x, w = (torch.from_numpy(values) for values in np.polynomial.legendre.leggauss(NODES_PER_INTERVAL))
    half = (edges[1:] - edges[:-1])[:, None] / 2
    return edges[:-1, None] + half * (x + 1), half * w


def _turning_angles(curve: Curve, kinks: Tensor) -> Tensor:
    """The angle between the straight pieces on both sides of each kink, from tangents in the middle of the pieces."""
    edges = torch.cat([kinks.new_zeros(1), kinks[kinks < 1], kinks.new_ones(1)])
    velocity = motion(curve, (edges[1:] + edges[:-1]) / 2).velocity
    tangents = velocity / velocity.norm(dim=1, keepdim=True)
    if bool((kinks == 1).any()):
        tangents = torch.cat([tangents, tangents[:1]])
    apart = (tangents[1:] - tangents[:-1]).norm(dim=1)
    together = (tangents[1:] + tangents[:-1]).norm(dim=1)
    return 2 * torch.atan2(apart, together)
