"""Subspaces laid through weights that were trained on their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lossgeo.engine.context import Context
from lossgeo.engine.key import canonical, digest, fields_of
from lossgeo.families.base import Family
from lossgeo.landscape.randomness import stream
from lossgeo.stages.problem import TrainedOn
from lossgeo.stages.record import Epoch
from lossgeo.stages.train import TrainNetwork
from lossgeo.stages.trunk import TrainBranch, Trunk


@dataclass(frozen=True)
class Joined:
    """A family laid through trained weights: nothing is computed or stored for it.

    Args:
        members: the trainings that give the anchors.
        family: what is laid through them.
        origins: where the members come from, by what it is called: see :class:`lossgeo.analyses.base.Subject`.
    """

    members: tuple[TrainNetwork, ...] | tuple[TrainBranch, ...] | tuple[Trunk, ...]
    family: Family
    origins: Mapping[str, Trunk] = field(default_factory=dict)

    @property
    def problem(self) -> TrainedOn:
        """What the members were trained on."""
        return self.members[0].problem

    @property
    def seed(self) -> int:
        """That of the members."""
        return self.members[0].seed

    @property
    def key(self) -> str:
        """What sets it apart from every other; its random streams are named after it."""
        return digest(canonical("Joined", 1, fields_of(self)))

    def load(self, context: Context, epoch: Epoch) -> dict[str, Tensor]:
        """The parameters of the family through the stored members."""
        found = [member.load(context, epoch) for member in self.members]
        anchors = torch.cat([parameters.pop("basis") for parameters in found])
        kept = {name: torch.cat([parameters[name] for parameters in found]) for name in found[0]}
        return {**self.family.initial(anchors, stream(self.seed, "joined")), **kept}

    def moments(self, context: Context, corner: int) -> Mapping[str, Tensor]:
        """The state of the optimizer at a corner that is a checkpoint of a trajectory; nothing is kept elsewhere."""
        member = self.members[corner]
        return context.load(member).moments.get(0, {}) if isinstance(member, Trunk) else {}
