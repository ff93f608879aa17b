"""The role of a family: a kind of subspace of weight space."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from jaxtyping import Float
from pydantic import Field

from lossgeo.documents.faults import Fault
from lossgeo.documents.places import dotted
from lossgeo.geometry.subspace import Subspace
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.weights import Parameters
from lossgeo.lazy import torch
from lossgeo.networks.made_of import Changes, MadeOf, Reference, Surroundings, references
from lossgeo.training.objective import Objective
from lossgeo.training.options import smaller_training
from lossgeo.variant import Variant

if TYPE_CHECKING:
    from torch import Generator, Tensor

FROM_SCRATCH = "subspaces from scratch"
"""The name of the trainings of all families without sources: at one seed they begin with the same initialisations."""


class Family(MadeOf, Variant):
    """A way to lay a k-dimensional domain through weight space: θ(t) = Φ(t) B.

    The rows of B come from anchors: the networks that the family's `sources` are, or fresh initialisations where it has
    none. Φ may have parameters of its own (the hidden layers of a neural curve), which are handed to every method as
    `own`. With an `objective` the parameters are trained, otherwise the family lies through its anchors as they are.

    Laws (checked for every family by ``lossgeo.contracts``):
        rows do not interact: ``features(t, own)[i] = features(t[i:i+1], own)[0]``;
        ``features`` is differentiable, in the precision of `t`, and sums to one where the family `is_affine`;
        samples, corners and routes lie in the domain;
        θ at every corner starts with the scale of the anchors;
        ``initial`` is linear in the anchors, and the rows that the objective holds are anchors, bit for bit.
    """

    explanation: ClassVar[str] = ""
    """How a subspace of this family is made, as a paragraph of Markdown for the introduction of a report."""

    is_affine: ClassVar[bool] = True
    """Whether Φ(t) sums to one everywhere, so that BatchNorm statistics of the rows of B can be averaged with Φ."""

    is_simplex: ClassVar[bool] = False
    """Whether the subspace is the simplex of its corners, so that a straight line between two corners is an edge."""

    route_label: ClassVar[Literal["subspace", "joined"]] = "subspace"
    """The legend's name for a route: that of one subspace, or straight lines that join networks."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """k, the dimension of the domain."""

    @property
    @abstractmethod
    def anchors(self) -> int:
        """The number of weight vectors that `initial` starts from."""

    @property
    def rows(self) -> int:
        """K, the number of rows of B: that of the anchors, in most families."""
        return self.anchors

    @property
    def objective(self) -> Objective | None:
        """The function that training minimises; None for a family that is not trained."""
        return None

    @property
    def lies_through_sources(self) -> bool:
        return self.objective is None

    @property
    def trainings(self) -> frozenset[str]:
        # Families without sources share a training: they start from the same initialisations.
        return frozenset() if self.sources else frozenset({FROM_SCRATCH})

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        """Faults of a network that the options name twice, by whatever names: two equal corners span nothing."""
        seen: dict[str, Reference] = {}
        for found in references(self):
            if found.is_to_subspace:
                continue
            first = seen.setdefault(study.identity(found.to), found)
            if first is not found:
                named = repr(found.to) if isinstance(found.to, str) else "a network"
                expected = "another network: two corners that are the same span nothing"
                yield Fault(found.path, f"{named}, the same network as at {dotted(first.path)}", expected)

    @abstractmethod
    def initial(self, anchors: Float[Tensor, "m D"], generator: Generator) -> Fitted:
        """The parameters that training starts from, without BatchNorm statistics."""

    @abstractmethod
    def features(self, t: Float[Tensor, "n k"], own: Parameters) -> Float[Tensor, "n K"]:
        """The features Φ(t) of n points of the domain."""

    @property
    @abstractmethod
    def corners(self) -> Float[Tensor, "m k"]:
        """Coordinates of the corners: the ends of a curve, the vertices of a simplex; float64."""

    @property
    def corner_count(self) -> int:
        """m, the number of corners, which is asked for before anything is computed."""
        return len(self.corners)

    @abstractmethod
    def sample(self, n: int, generator: Generator) -> Float[Tensor, "n k"]:
        """Independent draws, uniform in the domain; float64."""

    @abstractmethod
    def route(self, s: Float[Tensor, " n"]) -> Float[Tensor, "n k"]:
        """Points of a path through the subspace, for s ∈ [0, 1]: the curve itself, or the boundary of a simplex."""

    def kinks(self, own: Parameters) -> Float[Tensor, " m"]:
        """The s ∈ (0, 1], ascending, at which the route turns abruptly; if there are any, it is straight between them.

        A kink at 1 is that of a closed route, where its end meets its start.
        """
        del own
        return torch.empty(0, dtype=torch.float64)

    @property
    def stops(self) -> tuple[tuple[float, str], ...]:
        """The s at which the route meets a corner, with the label of the corner."""
        return ((0.0, "start"), (1.0, "end"))

    def subspace(self, fitted: Fitted) -> Subspace:
        """The subspace with the given parameters."""
        return Subspace(lambda t: self.features(t, fitted.own), fitted.basis, fitted.statistics)

    def through(self, anchors: Fitted, generator: Generator) -> Fitted:
        """The family laid through anchors, which are the rows of a basis with BatchNorm statistics.

        Statistics are treated as further weights; where Φ does not sum to one, all points have their mean.

        Raises:
            ValueError: if `rows`, the rows that `initial` gives and the columns of `features` are not equally many.
        """
        if anchors.statistics is None:
            return self._laid(anchors.basis, generator)
        dimension = anchors.basis.shape[1]
        laid = self._laid(torch.cat([anchors.basis, anchors.statistics], 1), generator)
        own_rows = laid.basis[:, dimension:].contiguous()
        kept = own_rows if self.is_affine else anchors.statistics.mean(0, keepdim=True)
        return Fitted(laid.basis[:, :dimension].contiguous(), laid.own, kept)

    def _laid(self, anchors: Float[Tensor, "m D"], generator: Generator) -> Fitted:
        laid = self.initial(anchors, generator)
        rows, columns = len(laid.basis), self.features(self.corners, laid.own).shape[1]
        if not self.rows == rows == columns:
            raise ValueError(
                f"{self.kind}: expected {self.rows} rows of B, as the family says in `rows` (by default `anchors`); "
                f"got {rows} from `initial` and {columns} columns of Φ from `features`; make the three agree"
            )
        return laid

    @property
    def split_epoch(self) -> int | None:
        """The epoch after which the branches at the corners of a hull separated; None for other families."""
        return None

    @property
    def corner_epochs(self) -> tuple[int, ...] | None:
        """The epochs of one training whose weights are the corners; None for other families."""
        return None

    def expanded(self, name: str) -> Mapping[str, Family]:
        """The subspaces that an entry of a spec stands for, by name: one, in most families."""
        return {name: self}


class TrainedFamily(Family):
    """A family whose parameters are trained."""

    training: Changes = Field(default={})

    @property
    @abstractmethod
    def objective(self) -> Objective:
        """The function that training minimises."""

    @property
    def changes(self) -> Changes:
        return self.training

    def smoke(self) -> Self:
        return self.model_copy(update={"training": smaller_training(self.training)})
