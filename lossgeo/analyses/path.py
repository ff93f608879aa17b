"""Loss and accuracy along a subspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import inf
from typing import ClassVar, Self, get_args

import numpy as np
import torch
from jaxtyping import Float64
from pydantic import Field

from lossgeo.analyses.base import SHARED_COST, Analysis, Headline, Record, Result, Row, Subject, by_subspace, listed
from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.landscape.landscape import Evaluation
from lossgeo.landscape.weights import Points
from lossgeo.statistics import over_seeds

SPLITS: tuple[Split, ...] = get_args(Split)
SHARE = (0.0, 1.0)
POSITIVE = (0.0, inf)


@dataclass(frozen=True)
class PathRecord(Record):
    """Evaluations of each split: along the route, at the corners, inside, and of the independent network.

    Args:
        s: positions on the route, `[n]`.
        route: split → loss and accuracy at s, `[n]`.
        corners: split → the same at the ends or vertices, in their order, `[c]`.
        inside: split → the same at uniform draws from the domain, `[m]`; m = 0 for curves, where the route is all.
        network: split → the same of the independent network, `[1]`.
    """

    s: Float64[np.ndarray, " n"]
    route: Mapping[str, Evaluation]
    corners: Mapping[str, Evaluation]
    inside: Mapping[str, Evaluation]
    network: Mapping[str, Evaluation]

    def uniform(self, split: Split) -> Evaluation:
        """Points spread evenly over the domain: the inside of a simplex, the route of a curve."""
        inside = self.inside[split]
        return inside if len(inside.loss) else self.route[split]

    def everywhere(self, split: Split) -> Evaluation:
        """The route, the corners and the inside together."""
        parts = (self.route[split], self.corners[split], self.inside[split])
        return Evaluation(
            loss=np.concatenate([part.loss for part in parts]),
            accuracy=np.concatenate([part.accuracy for part in parts]),
        )

    def table(self) -> list[Row]:
        """A row for every split and weight vector."""
        rows: list[Row] = []
        for split in SPLITS:
            for place, found in self._places():
                for i, (loss, accuracy) in enumerate(zip(found[split].loss, found[split].accuracy, strict=True)):
                    s = float(self.s[i]) if place == "route" else None
                    rows.append({"split": split, "place": place, "s": s, "loss_nats": loss, "accuracy": accuracy})
        return rows

    def _places(self) -> tuple[tuple[str, Mapping[str, Evaluation]], ...]:
        return (("route", self.route), ("corner", self.corners), ("inside", self.inside), ("network", self.network))


class Path(Analysis, kind="path"):
    """Loss and accuracy on train, validation and test along the subspace, beside the independently trained network.

    A curve is followed from end to end, a simplex around its edges; the inside of a simplex is sampled as well.
    """

    record: ClassVar[type[Record]] = PathRecord
    needs_network: ClassVar[bool] = True

    points: int = Field(default=41, ge=2, description="equally spaced along the route")
    inside: int = Field(default=64, ge=0, description="uniform draws from a domain of two dimensions or more")

    def compute(self, subject: Subject) -> PathRecord:
        """Three splits, one after the other."""
        s = torch.linspace(0, 1, self.points, dtype=torch.float64)
        draws = self.inside if subject.family.dimension > 1 else 0
        inside = subject.family.sample(draws, subject.stream("inside"))
        parts = [subject.family.route(s), subject.family.corners, inside]
        points = subject.subspace.at(torch.cat(parts))
        network = Points.of(subject.network[None])
        along: dict[str, Evaluation] = {}
        alone: dict[str, Evaluation] = {}
        for i, split in enumerate(SPLITS):
            landscape = subject.landscape(split)
            along[split] = landscape.evaluate(
                points,
                lambda share, text, i=i, split=split: subject.progress((i + share) / len(SPLITS), f"{split}: {text}"),  # type: ignore[misc]
            )
            alone[split] = landscape.evaluate(network)
        route, corners, inside_found = (
            {split: Evaluation(found.loss[part], found.accuracy[part]) for split, found in along.items()}
            for part in _slices([len(part) for part in parts])
        )
        return PathRecord(s=s.numpy(), route=route, corners=corners, inside=inside_found, network=alone)

    @classmethod
    def headline(cls, results: Sequence[Result[PathRecord]]) -> Headline:
        """Validation loss and accuracy of every subspace beside those of the independent networks."""
        networks = {result.seed: result.record.network["validation"] for result in results}
        alone = over_seeds((float(found.accuracy[0]) for found in networks.values()), SHARE)
        alone_loss = over_seeds((float(found.loss[0]) for found in networks.values()), POSITIVE)
        numbers = {"validation accuracy, independent network": (alone, ".3f")}
        more = {"validation loss in nats, independent network": (alone_loss, ".3f")}
        losses, accuracies, least = [], [], 1.0
        for name, found in by_subspace(results).items():
            uniform = [result.record.uniform("validation") for result in found]
            accuracy = over_seeds((float(one.accuracy.mean()) for one in uniform), SHARE)
            loss = over_seeds((float(one.loss.mean()) for one in uniform), POSITIVE)
            least = min(least, *(float(result.record.everywhere("validation").accuracy.min()) for result in found))
            losses.append(f"{loss.mean:.3f} ({name})")
            accuracies.append(f"{accuracy.mean:.3f}")
            numbers[f"mean validation accuracy, {name}"] = (accuracy, ".3f")
            more[f"mean validation loss in nats, {name}"] = (loss, ".3f")
        sentence = (
            f"The validation loss of networks trained alone is {alone_loss.mean:.3f}, and {listed(losses)} on average "
            f"over the subspaces; the accuracy is {alone.mean:.3f}, and {listed(accuracies)}, at no evaluated point "
            f"less than {least:.3f}."
        )
        return Headline(sentence, numbers, more)

    def evaluations(self, family: Family) -> float:
        """The splits are about seven test sets; a shared first layer counts its basis vectors, not the points."""
        return 7.0 * (min(self.points, family.anchors) + self.points * SHARED_COST)

    def smoke(self) -> Self:
        """Five points."""
        return self.model_copy(update={"points": 5, "inside": 4})


def _slices(lengths: Sequence[int]) -> Iterator[slice]:
    """Where parts of these lengths lie one after the other."""
    ends = list(accumulate(lengths, initial=0))
    return (slice(start, end) for start, end in pairwise(ends))
