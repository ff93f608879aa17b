"""A study: what a spec says, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import count
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter, ValidationError

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.architectures.mlp import Mlp
from lossgeo.datasets.base import Dataset
from lossgeo.datasets.digits import Digits
from lossgeo.documents.faults import Fault
from lossgeo.documents.suggestions import quoted_nearest
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.normalization import BatchNorm
from lossgeo.networks.base import Network, Source, of_kind
from lossgeo.networks.made_of import MadeOf, Surroundings, first_independent
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
from lossgeo.spec.sweep import Value, Values, settings, values_among
from lossgeo.spec.sweep_faults import sweep_faults
from lossgeo.spec.task_faults import undefined_agreement
from lossgeo.training.options import Training
from lossgeo.training.record import Which
from lossgeo.variant import Model, Name

Seed = Annotated[int, Field(ge=0, lt=2**63)]
Swept = Annotated[tuple[Value, ...], Field(min_length=1)]


class Study(Model):
    """Networks trained on a data set, the subspaces laid through their weights, and what is asked of them."""

    title: str = Field(min_length=1, max_length=200, description="heads the report")
    description: str = Field(default="", max_length=4000, description="a paragraph below the title")
    dataset: Dataset = Digits()
    architecture: Architecture = Mlp()
    training: Training = Training()
    seeds: tuple[Seed, ...] = Field(default=(0,), min_length=1, description="everything is repeated for each")
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
        default={"line": Simplex(), "curve": MlpCurve()}, min_length=1, description="families, by a name of your own"
    )
    analyses: tuple[Analysis, ...] = Field(default=(), description="what is asked of the subspaces")
    sweep: dict[str, Swept] = Field(
        default={}, description="dotted path → values to repeat the study with; of several paths, every combination"
    )
    claims: tuple[Claim, ...] = Field(default=(), description="published values, held against those of this study")

    def targets(self, analysis: Analysis) -> list[str]:
        """Names of the subspaces that `analysis` is made of, in the order of the spec."""
        return [name for name, group in self.groups.items() if group in analysis.of or not analysis.of]

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
        """The network that a subspace is compared with: the first that it is not made of, however far down.

        Of the named ones, if there are any, else of the independent networks, of which there are as many as are needed.
        """
        unnamed = (of_kind("trained", member=i) for i in count())
        found: Source | None = first_independent(subspace, self.networks or unnamed, self.named)
        return found

    def swept_studies(self) -> tuple[tuple[Values, Self], ...]:
        """The study at each combination of swept values, in order; only swept analyses are asked there.

        A combination may be that of the study itself: its jobs are then the same.
        """
        return tuple(
            (values, study.model_copy(update={"analyses": tuple(one for one in study.analyses if one.swept)}))
            for values, study in settings(self, self.sweep)
        )

    def smoke(self) -> Self:
        """The same graph of jobs at toy size; of swept values that toy size makes equal, one."""
        return self.model_copy(
            update={
                "title": f"{self.title} (smoke run)",
                "dataset": self.dataset.smoke(),
                "architecture": self.architecture.smoke(),
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
        yield from _repeated_seeds(raw.get("seeds"))
        names = raw.get("subspaces", {"line": None, "curve": None})
        if isinstance(names, Mapping):
            yield from _undefined_subspaces(raw.get("analyses"), list(names))
        yield from cls._made_of_faults(raw)
        regressions = {kind for kind, data in Dataset.variants.items() if not data.task.has_accuracy}
        needing_classes = {kind for kind, analysis in Analysis.variants.items() if analysis.needs_classes}
        yield from undefined_agreement(raw.get("dataset"), raw.get("analyses"), regressions, needing_classes)
        yield from _repeated_names(raw.get("analyses"))
        yield from sweep_faults(raw, cls)
        yield from claim_faults(raw)

    @classmethod
    def _made_of_faults(cls, raw: Mapping[str, Any]) -> Iterator[Fault]:
        """Faults of what networks and subspaces are made of; those of comparisons once there are no others."""
        entries = _entries(raw)
        found = reference_faults(entries)
        yield from found
        training: Training | None = _valid(raw.get("training", {}), Training)
        dataset: Dataset | None = _valid(raw.get("dataset", {"kind": "digits"}), Dataset)
        changes = [] if training is None else list(change_faults(entries, training))
        yield from changes
        if found or changes or training is None or not entries.are_all_valid:
            return
        yield from falling_rates(entries, training)
        if dataset is not None:
            yield from own_faults(entries, Surroundings(entries.named, training, dataset.train))
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
    return Entries(of_networks, of_subspaces, families, groups, tuple(networks), tuple(subspaces))


def _section(raw: Any) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if isinstance(name, str)} if isinstance(raw, Mapping) else {}


def _uncompared(raw: Mapping[str, Any], entries: Entries) -> Iterator[Fault]:
    """Comparisons that an analysis needs and that the named networks do not allow."""
    analyses = raw.get("analyses", ())
    if not entries.networks or not isinstance(analyses, tuple):
        return
    groups = dict(entries.groups)
    asked = (
        (i, name)
        for i, analysis in enumerate(_valid(plain, Analysis) for plain in analyses)
        if analysis is not None
        for name, family in entries.families.items()
        if groups[name] in analysis.of or not analysis.of
        if analysis.comparison(family) == "required"
    )
    yield from comparison_faults(asked, entries)


def _repeated_seeds(seeds: Any) -> Iterator[Fault]:
    if isinstance(seeds, tuple):
        for i, seed in enumerate(seeds):
            if seed in seeds[:i]:
                yield Fault(("seeds", i), repr(seed), "a seed that is not in the list already")


def _undefined_subspaces(analyses: Any, names: list[str]) -> Iterator[Fault]:
    for i, analysis in enumerate(analyses if isinstance(analyses, tuple) else ()):
        chosen = analysis.get("of") if isinstance(analysis, Mapping) else None
        for j, name in enumerate(chosen if isinstance(chosen, tuple) else ()):
            if isinstance(name, str) and name not in names:
                expected = f"a subspace of this spec ({', '.join(names)})"
                yield Fault(("analyses", i, "of", j), repr(name), expected, quoted_nearest(name, names))


def _repeated_names(analyses: Any) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, name in analysis_names(analyses):
        if name in seen:
            yield Fault(path, f"{name!r} again", "a name that no analysis before it has; it heads its tables")
        seen.add(name)
