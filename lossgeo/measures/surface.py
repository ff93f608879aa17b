"""A surface over the plane through three weight vectors, with everything that is marked on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, gcd
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Float64

from lossgeo.geometry.gram import embed
from lossgeo.geometry.plane import Plane
from lossgeo.landscape.landscape import Landscape, Progress
from lossgeo.landscape.orders import POINTS_AT_ONCE
from lossgeo.landscape.weights import Points
from lossgeo.lazy import torch
from lossgeo.measures.part import UNDIVIDED, Part, rows_joined
from lossgeo.measures.record import Row

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 1e-7
"""Distances off a plane below this share of the longest vector are rounding: √2⁻⁵², from the Gram matrix, with room."""


@dataclass(frozen=True)
class Projected:
    """Points of weight space projected to a plane.

    Args:
        x, y: the nearest points in the plane, in weight distance, `[n]`.
        off_plane: the distances to them, exactly 0 for points in the plane, `[n]`.
    """

    x: Float64[np.ndarray, " n"]
    y: Float64[np.ndarray, " n"]
    off_plane: Float64[np.ndarray, " n"]


@dataclass(frozen=True)
class Surface:
    """Loss and error on a grid in a plane, and the points marked in it or near it.

    Args:
        x, y: the grid's coordinates in weight distance; the origin is the first of the three points. `[i]`, `[j]`.
        loss: mean over the examples, in the unit of the task; raw, so it may hold infinities. `[j i]`.
        error: share of the examples that are misclassified, NaN in a regression, `[j i]`.
        marks: what is marked → where it is seen.
    """

    x: Float64[np.ndarray, " i"]
    y: Float64[np.ndarray, " j"]
    loss: Float64[np.ndarray, "j i"]
    error: Float64[np.ndarray, "j i"]
    marks: Mapping[str, Projected]

    def table(self) -> list[Row]:
        """A row for every marked point, and for the lowest and the highest loss; the grid itself is in the arrays."""
        marked = [
            {
                "place": place,
                "x_weight_distance": x,
                "y_weight_distance": y,
                "off_plane_weight_distance": off,
                "loss": None,  # not evaluated there
                "error": None,
            }
            for place, points in self.marks.items()
            for x, y, off in zip(points.x, points.y, points.off_plane, strict=True)
        ]
        return [
            *marked,
            self._at("lowest", int(_ordered(self.loss).argmin())),
            self._at("highest", int(_ordered(self.loss).argmax())),
        ]

    def _at(self, place: str, at: int) -> Row:
        """What the grid has at a place of its flattened arrays."""
        j, i = divmod(at, len(self.x))
        return {
            "place": place,
            "x_weight_distance": self.x[i],
            "y_weight_distance": self.y[j],
            "off_plane_weight_distance": 0.0,
            "loss": self.loss[j, i],
            "error": self.error[j, i],
        }


def _ordered(loss: Float64[np.ndarray, "j i"]) -> Float64[np.ndarray, "j i"]:
    """The losses with those that are not numbers above all others."""
    return np.where(np.isnan(loss), np.inf, loss)


@dataclass(frozen=True)
class Grid:
    """The grid on which a surface is evaluated.

    Args:
        points: along each axis.
        margin: around what is marked, as a share of its extent.
    """

    points: int
    margin: float

    @property
    def rows_at_once(self) -> int:
        """How many rows, at least, fill passes through several points, so that the grid can be parted after them."""
        return POINTS_AT_ONCE // gcd(POINTS_AT_ONCE, self.points)

    @property
    def parts(self) -> int:
        """How many parts it can be divided into, at most."""
        return ceil(self.points / self.rows_at_once)


def surface(
    vertices: Points,
    marked: Mapping[str, Float[Tensor, "n K"]],
    landscape: Landscape,
    grid: Grid,
    progress: Progress,
    part: Part = UNDIVIDED,
) -> Surface:
    """The surface over the plane through three weight vectors, around all that is marked.

    The axes are orthonormal (Gram-Schmidt in float64), so distances in the plane are distances in weight space; x
    points from the first vertex to the second. Points of the grid are combinations of the three exact weight vectors,
    so the value at a vertex is that of its checkpoint. Garipov et al., 2018 (arXiv:1802.10026), appendix A.1.

    Args:
        vertices: the three.
        marked: name → points to project into the plane, as coefficients over the basis of the vertices.
        landscape: what is evaluated.
        grid: how finely and how far.
        progress: receives the share done.
        part: the rows of the grid to evaluate; they have the bits that they have in the whole.

    Raises:
        ValueError: if the vertices lie on one line.
    """
    frame = embed(vertices.basis)
    plane = Plane.through(vertices.coefficients @ frame)
    rounding = ROUNDING * float(frame.norm(dim=1).max())
    seen = {name: _project(plane, coefficients @ frame, rounding) for name, coefficients in marked.items()}
    x, y = (_axis([getattr(points, name) for points in seen.values()], grid) for name in ("x", "y"))
    places = torch.cartesian_prod(y, x).flip(1)  # y is the slow index, as rows of an image
    every = Points.of(vertices.dense(), vertices.statistics).combined(plane.barycentric(places))
    rows = part.of(len(y), grid.rows_at_once)
    found = landscape.evaluate(every.block(slice(rows.start * len(x), rows.stop * len(x))), progress)
    loss, accuracy = (values.reshape(-1, len(x)) for values in (found.loss, found.accuracy))
    return Surface(x=x.numpy(), y=y[rows].numpy(), loss=loss, error=1 - accuracy, marks=seen)


def joined(parts: Sequence[Surface]) -> Surface:
    """The surface whose rows are those of its parts, one after the other."""
    return rows_joined(parts, "y", "loss", "error")


def spanning(ends: Points) -> Points:
    """Three points that span a plane: three corners of a subspace, or its two ends and the independent network.

    Args:
        ends: the corners, and then the independent network.

    Raises:
        ValueError: if there are fewer than three.
    """
    if len(ends) < 3:
        raise ValueError(f"three points span a plane, got {len(ends)}; compare the subspace with a network")
    return ends.rows(slice(3))


def _project(plane: Plane, points: Float64[Tensor, "n r"], rounding: float) -> Projected:
    flat, distance = plane.project(points)
    off_plane = torch.where(distance > rounding, distance, 0.0)
    return Projected(x=flat[:, 0].numpy(), y=flat[:, 1].numpy(), off_plane=off_plane.numpy())


def _axis(values: list[np.ndarray], grid: Grid) -> Float64[Tensor, " n"]:
    low = min(float(part.min()) for part in values)
    high = max(float(part.max()) for part in values)
    room = grid.margin * (high - low)
    return torch.linspace(low - room, high + room, grid.points, dtype=torch.float64)
