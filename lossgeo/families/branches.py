"""Hulls of networks that shared an early part of their training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from lossgeo.families.simplex import Vertices
from lossgeo.networks.base import Network, of_kind

Epochs = Annotated[int, Field(ge=0, le=100_000)]


class Branches(Vertices, kind="branches"):
    """Simplex whose vertices are branches of one training: each goes on from its split epoch with its own data order.

    Frankle et al. 2020 (arXiv:1912.05671) for two branches; Yunis et al. 2022, algorithm 1, for many. The branches
    take over the weights and the state of the optimizer. Of several split epochs, each gives a subspace of its own:
    an entry `hull` with `split_epochs: [0, 5]` stands for `hull_0` and `hull_5`.
    """

    explanation = r"""**Hulls of branches** are simplexes whose vertices share the first $k$ epochs of one
training, its initialisation and its data order. Each vertex then goes on alone for $T$ epochs, from the same
weights and the same state of the optimizer, with a data order of its own:
$\theta_T^i = \mathcal{A}_T(\theta_k, z_i)$ (Yunis et al. 2022, algorithm 1). The name of a hull ends in its *split
epoch* $k$; 0 is the initialisation. Another seed is another initialisation, and so another hull."""
    route_label = "joined"

    vertices: int = Field(default=8, ge=2, le=1024, description="P, number of branches")
    split_epochs: tuple[Epochs, ...] = Field(
        default=(0, 1, 2, 5),
        min_length=1,
        description="k, epochs that the branches share, each a subspace of its own; 0 is the initialisation",
    )
    epochs: int | None = Field(
        default=None,
        ge=1,
        description="T, number of epochs of each branch after the split; null: as many as the study's training",
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.split_epochs) != sorted(set(self.split_epochs)):
            raise ValueError("split epochs in ascending order, each once")
        return self

    @property
    def sources(self) -> tuple[Network, ...]:
        """The branches of the first split epoch."""
        changes = {} if self.epochs is None else {"epochs": self.epochs}
        split = self.split_epochs[0]
        return tuple(of_kind("branch", split_epoch=split, number=i, training=changes) for i in range(self.vertices))

    @property
    def origins(self) -> Mapping[str, Network]:
        """The shared trajectory at its initialisation and at the split."""
        at = {"initialisation": 0, "split": self.split_epochs[0]}
        return {name: of_kind("epoch", epoch=epoch) for name, epoch in at.items()}

    @property
    def split_epoch(self) -> int | None:
        # Only an entry of a spec has several split epochs; each of its subspaces has one.
        return self.split_epochs[0] if len(self.split_epochs) == 1 else None

    def expanded(self, name: str) -> Mapping[str, Branches]:
        """A subspace for each split epoch, by name."""
        return {f"{name}_{k}": self.model_copy(update={"split_epochs": (k,)}) for k in self.split_epochs}

    def smoke(self) -> Self:
        return self.model_copy(update={"epochs": 1})
