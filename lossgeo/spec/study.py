"""A study: the content of a spec, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, model_validator

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.architectures.mlp import Mlp
from lossgeo.datasets.base import Dataset
from lossgeo.datasets.digits import Digits
from lossgeo.documents.faults import Fault
from lossgeo.documents.suggestions import Counted
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.point import Point
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.normalization import BatchNorm
from lossgeo.landscape.numerics import CPU, Numerics
from lossgeo.networks.base import Network, Source, of_kind
from lossgeo.networks.made_of import MadeOf, first_independent
from lossgeo.plugins.plugin import PluginFile
from lossgeo.problems.base import Problem
from lossgeo.problems.network import NetworkProblem
from lossgeo.spec.analysis_faults import analysis_faults
from lossgeo.spec.claim import Claim
from lossgeo.spec.claim_faults import claim_faults
from lossgeo.spec.draft import SEEDS, Draft, targets
from lossgeo.spec.made_of_faults import made_of_faults
from lossgeo.spec.problem_faults import problem_faults
from lossgeo.spec.sweep import Value, Values, settings, values_among
from lossgeo.spec.sweep_faults import sweep_faults
from lossgeo.training.options import Training
from lossgeo.training.record import Which
from lossgeo.variant import Model, Name, tupled

Seed = Annotated[int, Field(ge=0, lt=2**63)]
Swept = Annotated[tuple[Value, ...], Field(min_length=1)]


class Study(Model):
    """Networks trained on a data set, subspaces of their weights, and the analyses of these subspaces."""

    title: str = Field(min_length=1, max_length=200, description="title of the report")
    description: str = Field(default="", max_length=4000, description="paragraph below the title of the report")
    plugins: tuple[PluginFile, ...] = Field(
        default=(), description="Python files with kinds of your own, imported where their folder is trusted"
    )
    dataset: Dataset | None = Field(default=Digits(), description="examples, and how they are split")
    architecture: Architecture | None = Field(default=Mlp(), description="network that is trained on the data set")
    problem: Problem | None = Field(
        default=None,
        description="a loss that is a formula of the weights, in place of an architecture and a dataset",
    )
    training: Training = Training()
    seeds: Annotated[tuple[Seed, ...], Counted()] = Field(
        default=(0,), min_length=1, description="seeds: everything is computed for each"
    )
    select: Which = Field(
        default="last", description="weights that analyses use: of the last epoch, or of the lowest validation loss"
    )
    batch_norm: BatchNorm = Field(
        default="recalibrate",
        description="statistics of BatchNorm layers wherever analyses evaluate weights: estimated anew from training "
        "examples, those kept with the checkpoints and combined as the weights, or the batch's own",
    )
    numerics: Numerics = Field(
        default=CPU, description="where networks are computed, and how exactly; formulas are in float64"
    )
    networks: dict[Name, Network] = Field(
        default={},
        description="networks, by a name of your own, that subspaces are made of and compared with; without any, "
        "independent networks are trained as far as they are needed",
    )
    subspaces: dict[Name, Family] = Field(
        default={"line": Simplex(), "curve": MlpCurve()},
        min_length=1,
        description="families of subspaces, by a name of your own",
    )
    analyses: tuple[Analysis, ...] = Field(default=(), description="analyses of the subspaces")
    sweep: dict[str, Swept] = Field(
        default={}, description="dotted path → values to repeat the study with; of several paths, every combination"
    )
    claims: tuple[Claim, ...] = Field(default=(), description="published values to compare with this study")

    @model_validator(mode="before")
    @classmethod
    def _has_one_problem(cls, raw: Any, info: ValidationInfo) -> Any:
        """Leave architecture and data set empty, even by default, in a spec with a problem of its own."""
        found = _one_problem(raw) if isinstance(raw, Mapping) else raw
        return tupled(found) if info.mode == "json" else found

    @property
    def resolved_problem(self) -> Problem:
        """The problem of the study: the formula of its spec, or its architecture on its data set."""
        if self.problem is not None:
            return self.problem
        parts = {"architecture": self.architecture, "dataset": self.dataset, "profile": self.numerics}
        return NetworkProblem.model_validate(parts)

    def targets(self, analysis: Analysis) -> list[str]:
        """Names of the subspaces and networks that `analysis` is about; by default all subspaces that fit."""
        return targets(analysis, self.groups, self.subjects)

    @property
    def subjects(self) -> dict[str, Family]:
        """The subspaces and then the networks, which are points, by their names."""
        return {**self.families, **dict.fromkeys(self.networks, Point())}

    @property
    def families(self) -> dict[str, Family]:
        """The subspaces by their names; an entry of several split epochs stands for as many."""
        return {
            name: family for entry, whole in self.subspaces.items() for name, family in whole.expanded(entry).items()
        }

    @property
    def groups(self) -> dict[str, str]:
        """Name of a subspace → the entry that it belongs to."""
        return {name: entry for entry, whole in self.subspaces.items() for name in whole.expanded(entry)}

    @property
    def named(self) -> dict[str, MadeOf]:
        """The networks and the subspaces by their names."""
        return {**self.networks, **self.families}

    def comparison(self, subspace: str) -> Source | None:
        """The network that a subspace is compared with: the first that has no training in common with it.

        Of the named ones, if there are any, else of the independent networks, of which there are as many as are needed.
        """
        unnamed = (of_kind("trained", member=i) for i in count())
        found: Source | None = first_independent(subspace, self.networks or unnamed, self.named)
        return found

    def swept_studies(self) -> tuple[tuple[Values, Self], ...]:
        """The study at each combination of swept values, in order, with the swept analyses only.

        A combination may be that of the study itself: its jobs are then the same.
        """
        return tuple(
            (values, study.model_copy(update={"analyses": tuple(one for one in study.analyses if one.swept)}))
            for values, study in settings(self, self.sweep)
        )

    def smoke(self) -> Self:
        """The study at toy size, with the same graph of jobs; swept values that become equal are kept once."""
        return self.model_copy(
            update={
                "title": f"{self.title} (smoke run)",
                **{
                    name: None if part is None else part.smoke()
                    for name, part in (
                        ("dataset", self.dataset),
                        ("architecture", self.architecture),
                        ("problem", self.problem),
                    )
                },
                "training": self.training.smoke(),
                "networks": {name: network.smoke() for name, network in self.networks.items()},
                "subspaces": {name: family.smoke() for name, family in self.subspaces.items()},
                "analyses": tuple(analysis.smoke() for analysis in self.analyses),
                "claims": tuple(claim.smoke() for claim in self.claims),
                "sweep": values_among([study.smoke() for _, study in settings(self, self.sweep)], self.sweep),
            }
        )

    @classmethod
    def cross_check(cls, raw: Mapping[str, Any]) -> Iterable[Fault]:
        """Faults between parts of the spec that are valid by themselves."""
        draft = Draft(_one_problem(raw), cls)
        yield from problem_faults(draft)
        yield from _repeated_seeds(draft.seeds)
        yield from made_of_faults(draft)
        yield from analysis_faults(draft)
        yield from claim_faults(draft)
        yield from sweep_faults(draft)


def _one_problem(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return raw if raw.get("problem") is None else {"dataset": None, "architecture": None, **raw}


def _repeated_seeds(seeds: Mapping[int, int]) -> Iterator[Fault]:
    first: dict[int, int] = {}
    for i, seed in seeds.items():
        if first.setdefault(seed, i) != i:
            yield Fault((SEEDS, i), repr(seed), "a seed that is not in the list already")
