"""Simplexes: lines, triangles, tetrahedra …, trained together or spanned by networks that were trained alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxtyping import Float
from pydantic import Field

from lossgeo.families.base import Family
from lossgeo.families.diverse import DiverseFamily
from lossgeo.geometry import simplex
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Parameters
from lossgeo.lazy import torch
from lossgeo.networks.base import Network, of_kind

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Vertices(Family):
    """The simplex of some vertices: θ(t) = Σᵢ aᵢ ωᵢ with a = (1 − Σⱼ tⱼ, t₁, …, t_k), aᵢ ≥ 0."""

    is_simplex = True

    vertices: int = Field(default=2, ge=2, le=256, description="number of vertices: 2 is a line, 3 a triangle")

    @property
    def dimension(self) -> int:
        return self.vertices - 1

    @property
    def anchors(self) -> int:
        return self.vertices

    def initial(self, anchors: Float[Tensor, "m D"], generator: Generator) -> Fitted:  # noqa: ARG002
        """The anchors, which are the vertices.

        Raises:
            ValueError: if there are more or fewer anchors than vertices.
        """
        if len(anchors) != self.vertices:
            raise ValueError(f"a simplex of {self.vertices} vertices needs as many anchors, got {len(anchors)}")
        return Fitted(anchors.clone())

    def features(self, t: Float[Tensor, "n k"], own: Parameters) -> Float[Tensor, "n K"]:  # noqa: ARG002
        """The barycentric coordinates (1 − Σⱼ tⱼ, t₁, …, t_k) of t.

        >>> Simplex(vertices=3).features(torch.tensor([[0.25, 0.25]]), {}).tolist()
        [[0.5, 0.25, 0.25]]
        """
        return simplex.barycentric_coordinates(t)

    @property
    def corner_count(self) -> int:
        return self.vertices

    @property
    def corners(self) -> Float[Tensor, "m k"]:
        return simplex.corners(self.vertices)

    def sample(self, n: int, generator: Generator) -> Float[Tensor, "n k"]:
        return simplex.uniform(n, self.vertices, generator)

    def route(self, s: Float[Tensor, " n"]) -> Float[Tensor, "n k"]:
        """Points of a line, or of the closed polygon ω₁ ω₂ … ω₁ with an equal share of s for each edge."""
        return simplex.route(s, self.vertices)

    def kinks(self, own: Parameters) -> Float[Tensor, " m"]:  # noqa: ARG002
        """The s at which the closed polygon meets a vertex, s = 1 last; none for a line."""
        return simplex.kinks(self.vertices)

    @property
    def stops(self) -> tuple[tuple[float, str], ...]:
        if self.vertices == 2:
            return ((0.0, "ω₁"), (1.0, "ω₂"))
        names = [f"ω{str(i + 1).translate(SUBSCRIPTS)}" for i in range(self.vertices)]
        return tuple((i / self.vertices, name) for i, name in enumerate([*names, names[0]]))


class Simplex(Vertices, DiverseFamily, kind="simplex"):
    """Simplex whose vertices are trained together, from scratch: a line, a triangle, a tetrahedron, ….

    Trained from scratch at uniform random points of it, with a random pair of vertices kept apart: Wortsman et al.,
    *Learning Neural Network Subspaces*, 2021 (arXiv:2102.10472), algorithm 1; Chen and Saidi, algorithm 1.
    """

    def diverse_pair(self, generator: Generator) -> Float[Tensor, "2 k"]:
        """Two different vertices, drawn at random."""
        return self.corners[torch.randperm(self.vertices, generator=generator)[:2]]


class Independent(Vertices, kind="independent"):
    """Simplex spanned by independent networks, each trained on its own.

    Nothing of it is trained together: barriers on its edges show what the training of a subspace spares.
    """

    explanation = r"""**Simplexes of independent networks** are spanned by networks that were trained alone,
each with its own initialisation and order of the examples; nothing of them was trained together."""
    route_label = "joined"

    @property
    def sources(self) -> tuple[Network, ...]:
        """Independent networks, one for each vertex, the first members of the seed."""
        return tuple(of_kind("trained", member=i) for i in range(self.vertices))


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
