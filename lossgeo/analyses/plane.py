"""Loss surfaces on the plane through three points of a subspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from jaxtyping import Float64
from pydantic import Field
from torch import Tensor

from lossgeo.analyses.base import SHARED_COST, Analysis, Record, Row, Subject
from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.geometry.gram import embed
from lossgeo.geometry.plane import Plane
from lossgeo.landscape.weights import Points

ROUTE_POINTS = 121


@dataclass(frozen=True)
class Projected:
    """Points of weight space seen from the plane.

    Args:
        x, y: the nearest points in the plane, in weight distance, `[n]`.
        off_plane: the distances to them, `[n]`.
    """

    x: Float64[np.ndarray, " n"]
    y: Float64[np.ndarray, " n"]
    off_plane: Float64[np.ndarray, " n"]


@dataclass(frozen=True)
class PlaneRecord(Record):
    """A surface, and what lies near it.

    Args:
        split: the examples that the surface is of.
        x, y: the grid's coordinates in weight distance; the origin is the first corner. `[i]`, `[j]`.
        loss: mean over the examples, nats; raw, so it may hold infinities. `[j i]`.
        error: share of the examples that are misclassified, `[j i]`.
        corners: the three points that span the plane.
        corners_are_subspace: whether all three are the subspace's; otherwise the third is the independent network.
        route: the subspace's own points.
        network: the independent network, one point.
    """

    split: str
    x: Float64[np.ndarray, " i"]
    y: Float64[np.ndarray, " j"]
    loss: Float64[np.ndarray, "j i"]
    error: Float64[np.ndarray, "j i"]
    corners: Projected
    corners_are_subspace: bool
    route: Projected
    network: Projected

    def table(self) -> list[Row]:
        """A row for every marked point; the grid itself is in the arrays."""
        marked = (("corner", self.corners), ("route", self.route), ("network", self.network))
        return [
            {"place": place, "x_weight_distance": x, "y_weight_distance": y, "off_plane_weight_distance": off}
            for place, points in marked
            for x, y, off in zip(points.x, points.y, points.off_plane, strict=True)
        ]


class PlaneSurface(Analysis, kind="plane"):
    """Loss and error on a grid in the plane through three corners, or through two ends and the independent network.

    The axes are orthonormal (Gram-Schmidt in float64), so distances in the figure are distances in weight space. Points
    of the grid are combinations of the three exact weight vectors: at a corner the value is that of the checkpoint.
    Garipov et al., 2018 (arXiv:1802.10026), appendix A.1.
    """

    record: ClassVar[type[Record]] = PlaneRecord
    needs_network: ClassVar[bool] = True

    points: int = Field(default=41, ge=2, le=1000, description="of the grid, along each axis")
    margin: float = Field(default=0.25, ge=0, le=100, description="around what is marked, as a share of its extent")
    split: Split = Field(default="test", description="examples that the surface is evaluated on")

    def compute(self, subject: Subject) -> PlaneRecord:
        """Project the subspace, lay the grid around it, evaluate the grid."""
        family, basis = subject.family, subject.parameters["basis"]
        everything = embed(torch.cat([basis, subject.network[None]]))
        frame, network = everything[:-1], everything[-1:]
        s = torch.linspace(0, 1, ROUTE_POINTS, dtype=torch.float64)
        features = family.features(family.corners[:3], subject.parameters)
        vertices = Points(features, basis).dense()
        corners = features @ frame
        if len(corners) < 3:
            vertices = torch.cat([vertices, subject.network[None]])
            corners = torch.cat([corners, network])
        plane = Plane.through(corners)
        route = _project(plane, family.features(family.route(s), subject.parameters) @ frame)
        marked = (_project(plane, corners), route, _project(plane, network))
        x, y = (_axis([getattr(points, name) for points in marked], self.points, self.margin) for name in ("x", "y"))
        grid = torch.cartesian_prod(y, x).flip(1)  # y is the slow index, as rows of an image
        surface = subject.landscape(self.split).evaluate(Points(plane.barycentric(grid), vertices), subject.progress)
        shape = (len(y), len(x))
        return PlaneRecord(
            split=self.split,
            x=x.numpy(),
            y=y.numpy(),
            loss=surface.loss.reshape(shape),
            error=1 - surface.accuracy.reshape(shape),
            corners=marked[0],
            corners_are_subspace=len(features) == 3,
            route=route,
            network=marked[2],
        )

    def evaluations(self, family: Family) -> float:
        """The grid, with a shared first layer."""
        del family
        return self.points**2 * SHARED_COST

    def smoke(self) -> Self:
        """A grid of 5 × 5."""
        return self.model_copy(update={"points": 5})


def _project(plane: Plane, points: Tensor) -> Projected:
    flat, off_plane = plane.project(points)
    return Projected(x=flat[:, 0].numpy(), y=flat[:, 1].numpy(), off_plane=off_plane.numpy())


def _axis(values: list[np.ndarray], points: int, margin: float) -> Tensor:
    low = min(float(part.min()) for part in values)
    high = max(float(part.max()) for part in values)
    room = margin * (high - low)
    return torch.linspace(low - room, high + room, points, dtype=torch.float64)
