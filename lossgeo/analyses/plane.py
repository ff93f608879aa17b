"""Loss surfaces in a plane through a subspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from jaxtyping import Float64
from pydantic import Field

from lossgeo.analyses.base import SHARED_COST, Analysis, ComparisonNeed, Subject
from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.geometry.principal import principal
from lossgeo.landscape.weights import Points
from lossgeo.lazy import functional, torch
from lossgeo.measures.record import Record, Row, Values
from lossgeo.measures.surface import Grid, Surface, joined, spanning, surface

if TYPE_CHECKING:
    from torch import Tensor

ROUTE_POINTS = 121
SAMPLES = 1000
"""Number of points whose principal components span a plane."""


@dataclass(frozen=True)
class PlaneRecord(Record):
    """A surface, the examples it is computed on, and what spans its plane.

    Args:
        split: the examples that the surface is of.
        through: what spans the plane, "corners" or "principal" directions.
        surface: with the marks "corners" (all of the subspace's own), "route" (121 points of the subspace) and, where
            there is one, "network" (the independent one).
    """

    split: str
    through: str
    surface: Surface

    columns: ClassVar[tuple[str, ...]] = (
        "place",
        "x_weight_distance",
        "y_weight_distance",
        "off_plane_weight_distance",
        "loss",
        "error",
    )

    def table(self) -> list[Row]:
        """A row for every marked point, and for the lowest and the highest loss; the grid itself is in the arrays."""
        return self.surface.table()


class PlaneSurface(Analysis, kind="plane"):
    """Loss and error on a grid in a plane through a subspace.

    Through `corners`: three of them, or the two ends of a line or a curve and the independent network; the origin is
    the first. Through `principal`: the point at the middle of the domain (a curve's own point, not its mean, which lies
    off the curve) and the first two principal directions of 1000 uniform samples of the subspace, which are the axes.
    """

    record: ClassVar[type[Record]] = PlaneRecord

    through: Literal["corners", "principal"] = Field(
        default="corners",
        description="what spans the plane; corners: three, or two and the independent network; principal: PC1, PC2",
    )
    points: int = Field(default=41, ge=2, le=1000, description="number of grid points along each axis")
    margin: float = Field(
        default=0.25, ge=0, le=100, description="room around the marked points, as a share of their extent"
    )
    split: Split = Field(default="test", description="examples to evaluate on")

    def comparison(self, family: Family) -> ComparisonNeed:
        # Two corners span no plane without a third point; in other planes the network is only marked.
        return "required" if self.through == "corners" and family.corner_count < 3 else "optional"

    def needs(self, family: Family) -> str | None:
        if self.through == "principal" and family.rows < 3:
            return "one that bends or has three corners: a straight line spans no plane"
        return super().needs(family)

    def columns(self, family: Family) -> Mapping[str, Values]:
        return {**super().columns(family), "place": ("corners", "route", "network", "lowest", "highest")}

    def compute(self, subject: Subject) -> PlaneRecord:
        family, corners = subject.family, subject.corners
        s = torch.linspace(0, 1, ROUTE_POINTS, dtype=torch.float64)
        route = family.features(family.route(s), subject.fitted.own)
        ends = corners if subject.independent is None else corners.beside(subject.independent)
        beyond = ends.coefficients.shape[1] - route.shape[1]
        marked = {"corners": ends.coefficients[: len(corners)], "route": functional.pad(route, (0, beyond))}
        if subject.independent is not None:
            marked["network"] = ends.coefficients[-1:]
        vertices = self._vertices(subject, ends)
        landscape = subject.landscape(self.split)
        found = surface(vertices, marked, landscape, self._grid, subject.progress, subject.part)
        (split,) = subject.task.splits(self.split)
        return PlaneRecord(split=split, through=self.through, surface=found)

    def parts(self, family: Family) -> int:
        """Rows of the grid."""
        del family
        return self._grid.parts

    def joined(self, parts: Sequence[PlaneRecord]) -> PlaneRecord:
        """The rows one after the other."""
        return replace(parts[0], surface=joined([part.surface for part in parts]))

    @property
    def _grid(self) -> Grid:
        return Grid(self.points, self.margin)

    def _vertices(self, subject: Subject, ends: Points) -> Points:
        if self.through == "corners":
            return spanning(ends)
        three = subject.subspace.points(_principal(subject))
        return three if subject.independent is None else three.beside(subject.independent).rows(slice(3))

    def evaluations(self, family: Family) -> float:
        # All points of the grid share the first layer.
        del family
        return self.points**2 * SHARED_COST

    def smoke(self) -> Self:
        return self.model_copy(update={"points": 5})


def _principal(subject: Subject) -> Float64[Tensor, "3 K"]:
    """The middle of the subspace, and the points one standard deviation along PC1 from it, in PC1 and in PC2."""
    family, own = subject.family, subject.fitted.own
    samples = family.features(family.sample(SAMPLES, subject.stream("principal")), own)
    found = principal(samples, subject.subspace.coordinates_of_basis)
    if len(found.directions) < 2:
        raise ValueError("a straight line has one principal direction; choose other subspaces with `of`")
    middle = family.features(family.corners.mean(0, keepdim=True), own)
    return torch.cat([middle, middle + found.deviations[0] * found.directions[:2]])
