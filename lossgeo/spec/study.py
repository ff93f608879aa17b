"""A study: the content of a spec, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import count
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.architectures.mlp import Mlp
from lossgeo.datasets.base import Dataset
from lossgeo.datasets.digits import Digits
from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.point import Point
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.normalization import BatchNorm
from lossgeo.landscape.task import Task
from lossgeo.networks.base import Network, Source, of_kind
from lossgeo.networks.made_of import MadeOf, Surroundings, first_independent
from lossgeo.plugins.plugin import PluginFile
from lossgeo.problems.base import Problem
from lossgeo.problems.network import NetworkProblem
from lossgeo.spec.analysis_names import analysis_names
from lossgeo.spec.claim import Claim, claim_faults
from lossgeo.spec.made_of_faults import (
    Entries,
    change_faults,
    comparison_faults,
    falling_rates,
    own_faults,
    reference_faults,
)
from lossgeo.spec.problem_faults import problem_faults
from lossgeo.spec.subject_faults import subject_faults, targets
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
    seeds: tuple[Seed, ...] = Field(default=(0,), min_length=1, description="seeds: everything is computed for each")
    select: Which = Field(
        default="last", description="weights that analyses use: of the last epoch, or of the lowest validation loss"
    )
    batch_norm: BatchNorm = Field(
        default="recalibrate",
        description="statistics of BatchNorm layers wherever analyses evaluate weights: estimated anew from training "
        "examples, those kept with the checkpoints and combined as the weights, or the batch's own",
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
    def _one_problem(cls, raw: Any) -> Any:
        """Leave architecture and data set empty, even by default, in a spec with a problem of its own."""
        if isinstance(raw, Mapping) and raw.get("problem") is not None:
            return tupled({"dataset": None, "architecture": None, **raw})
        return tupled(raw)

    @property
    def resolved_problem(self) -> Problem:
        """The problem of the study: the formula of its spec, or its architecture on its data set."""
        if self.problem is not None:
            return self.problem
        return NetworkProblem.model_validate({"architecture": self.architecture, "dataset": self.dataset})

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
        """Faults that concern two places of the spec, found in its plain values before they are validated."""
        yield from problem_faults(raw)
        yield from _repeated_seeds(raw.get("seeds"))
        yield from subject_faults(_analyses(raw), _entries(raw))
        yield from cls._made_of_faults(raw)
        yield from _undefined_analyses(raw)
        yield from _repeated_names(raw.get("analyses"))
        yield from sweep_faults(raw, cls)
        yield from claim_faults(raw)

    @classmethod
    def _made_of_faults(cls, raw: Mapping[str, Any]) -> Iterator[Fault]:
        """Faults of references between networks and subspaces; those of comparisons only if there are no others."""
        entries = _entries(raw)
        found = reference_faults(entries)
        yield from found
        training: Training | None = _valid(raw.get("training", {}), Training)
        size = _training_size(raw)
        changes = [] if training is None else list(change_faults(entries, training))
        yield from changes
        if found or changes or training is None or not entries.are_all_valid:
            return
        yield from falling_rates(entries, training)
        if size is not None:
            yield from own_faults(entries, Surroundings(entries.named, training, size))
        yield from _uncompared(raw, entries)


@cache
def _adapter(model: type[Model]) -> TypeAdapter[Any]:
    # Inside a tuple, because pydantic would take a role on its own for a model and not for the union of its variants.
    return TypeAdapter(tuple[model])  # type: ignore[valid-type]


def _valid(raw: Any, model: type[Model]) -> Any:
    """The plain value as a model, or None if it is not valid."""
    try:
        return _adapter(model).validate_python((raw,), strict=True)[0]
    except ValidationError:
        return None


def _entries(raw: Mapping[str, Any]) -> Entries:
    networks = _section(raw.get("networks", {}))
    subspaces = _section(raw.get("subspaces", Study.model_fields["subspaces"].default))
    of_networks = {name: one for name, value in networks.items() if (one := _valid(value, Network)) is not None}
    of_subspaces = {name: one for name, value in subspaces.items() if (one := _valid(value, Family)) is not None}
    expanded = {entry: whole.expanded(entry) for entry, whole in of_subspaces.items()}
    families = {name: one for group in expanded.values() for name, one in group.items()}
    groups = tuple((name, entry) for entry, group in expanded.items() for name in group)
    return Entries(of_networks, of_subspaces, families, groups, tuple(networks), tuple(subspaces), Point())


def _section(raw: Any) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if isinstance(name, str)} if isinstance(raw, Mapping) else {}


def _uncompared(raw: Mapping[str, Any], entries: Entries) -> Iterator[Fault]:
    """Faults of comparisons that an analysis needs and for which no named network is independent."""
    if not entries.networks:
        return
    subjects = entries.subjects
    asked = (
        (i, name)
        for i, analysis in _analyses(raw)
        for name in targets(analysis, dict(entries.groups), subjects)
        if analysis.comparison(subjects[name]) == "required"
    )
    yield from comparison_faults(asked, entries)


def _analyses(raw: Mapping[str, Any]) -> list[tuple[int, Analysis]]:
    """The valid analyses, with their places in the spec."""
    asked = raw.get("analyses", ())
    valid = ((i, _valid(plain, Analysis)) for i, plain in enumerate(asked if isinstance(asked, tuple) else ()))
    return [(i, analysis) for i, analysis in valid if analysis is not None]


def _task(raw: Mapping[str, Any]) -> tuple[str, Task] | None:
    """The loss in words, and its task; None if that is not valid."""
    if raw.get("problem") is not None:
        problem: Problem | None = _valid(raw["problem"], Problem)
        return None if problem is None else (f"the problem {problem.kind!r}", problem.task)
    dataset: Dataset | None = _valid(raw.get("dataset", {"kind": "digits"}), Dataset)
    return None if dataset is None else (f"the data set {dataset.kind!r}", dataset.task)


def _training_size(raw: Mapping[str, Any]) -> int | None:
    if raw.get("problem") is not None:
        return 1
    dataset: Dataset | None = _valid(raw.get("dataset", {"kind": "digits"}), Dataset)
    return None if dataset is None else dataset.train


def _undefined_analyses(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of analyses of what the problem does not have: right and wrong answers, examples."""
    found = _task(raw)
    if found is None:
        return
    what, task = found
    for i, analysis in _analyses(raw):
        reason = analysis.undefined_for(task)
        if reason is not None:
            expected = f"an analysis that is defined for {what}: {reason}"
            yield Fault(("analyses", i, "kind"), repr(analysis.kind), expected)


def _repeated_seeds(seeds: Any) -> Iterator[Fault]:
    if isinstance(seeds, tuple):
        for i, seed in enumerate(seeds):
            if seed in seeds[:i]:
                yield Fault(("seeds", i), repr(seed), "a seed that is not in the list already")


def _repeated_names(analyses: Any) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, name in analysis_names(analyses):
        if name in seen:
            yield Fault(path, f"{name!r} again", "a name that no analysis before it has; it heads its tables")
        seen.add(name)
