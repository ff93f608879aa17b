"""Drafts: specs whose parts are typed values as far as they are valid by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import GenericAlias
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.datasets.base import Dataset
from lossgeo.documents.places import KeyPath
from lossgeo.documents.slots import TAG, Slot
from lossgeo.families.base import Family
from lossgeo.families.point import Point
from lossgeo.networks.base import Network
from lossgeo.networks.made_of import Known, MadeOf, Surroundings, circles, references
from lossgeo.problems.base import Problem
from lossgeo.spec.claim import Claim
from lossgeo.spec.sweep import ALWAYS_BASE, Value
from lossgeo.training.options import Training
from lossgeo.variant import Model

DATASET, ARCHITECTURE, PROBLEM, TRAINING = "dataset", "architecture", "problem", "training"
SEEDS, NETWORKS, SUBSPACES = "seeds", "networks", "subspaces"
ANALYSES, CLAIMS, SWEEP = "analyses", "claims", "sweep"
FAULTY = object()
OF_ENTRIES = (SEEDS, NETWORKS, SUBSPACES, ANALYSES, CLAIMS, SWEEP)
"""Sections whose entries are valid or faulty each for itself."""


@dataclass(frozen=True)
class Draft:
    """A spec as far as it is valid: each part as a typed value, with its default where nothing was written.

    Args:
        raw: the plain values, of any shape.
        model: model that they are to become.
    """

    raw: Mapping[str, Any]
    model: type[Model]

    @cached_property
    def _parts(self) -> dict[str, Any]:
        """Section → value, or `FAULTY`; for sections of entries, the valid entries by name or place."""
        whole = {name: self._whole(name) for name in self.model.model_fields if name not in OF_ENTRIES}
        return {**whole, **{section: self._valid(section) for section in OF_ENTRIES}}

    @property
    def dataset(self) -> Dataset | None:
        """The data set; None if it is faulty, or there is none."""
        found: Dataset | None = self._valid_or_none(DATASET)
        return found

    @property
    def architecture(self) -> Architecture | None:
        """The architecture; None if it is faulty, or there is none."""
        found: Architecture | None = self._valid_or_none(ARCHITECTURE)
        return found

    @property
    def problem(self) -> Problem | None:
        """The formula that the loss is; None if it is faulty, or there is none."""
        found: Problem | None = self._valid_or_none(PROBLEM)
        return found

    @property
    def training(self) -> Training | None:
        """The training; None if it is faulty."""
        found: Training | None = self._valid_or_none(TRAINING)
        return found

    @property
    def seeds(self) -> dict[int, int]:
        """The valid seeds by their places in the spec."""
        found: dict[int, int] = self._parts[SEEDS]
        return found

    @property
    def networks(self) -> dict[str, Network]:
        """The valid networks by name."""
        found: dict[str, Network] = self._parts[NETWORKS]
        return found

    @property
    def subspaces(self) -> dict[str, Family]:
        """The valid entries of subspaces by name; one may stand for several."""
        found: dict[str, Family] = self._parts[SUBSPACES]
        return found

    @property
    def analyses(self) -> dict[int, Analysis]:
        """The valid analyses by their places in the spec."""
        found: dict[int, Analysis] = self._parts[ANALYSES]
        return found

    @property
    def claims(self) -> dict[int, Claim]:
        """The valid claims by their places in the spec."""
        found: dict[int, Claim] = self._parts[CLAIMS]
        return found

    @property
    def sweep(self) -> dict[str, tuple[Value, ...]]:
        """The valid entries of the sweep: dotted path → values."""
        found: dict[str, tuple[Value, ...]] = self._parts[SWEEP]
        return found

    def has_entries(self, section: str) -> bool:
        """Whether a section is a mapping, or a list, as it has to be: otherwise nothing is known of its entries."""
        return isinstance(self._section(section), Mapping if _is_mapping(self.model, section) else tuple)

    def names(self, section: str) -> tuple[str, ...]:
        """The names of all entries of a section, those of faulty ones too."""
        return tuple(self._entries(section))

    @cached_property
    def families(self) -> dict[str, Family]:
        """The valid subspaces by name."""
        return {name: one for entry, whole in self.subspaces.items() for name, one in whole.expanded(entry).items()}

    @cached_property
    def groups(self) -> dict[str, str]:
        """Name of a valid subspace → the entry that it belongs to."""
        return {name: entry for entry, whole in self.subspaces.items() for name in whole.expanded(entry)}

    @property
    def names_of_families(self) -> tuple[str, ...]:
        """Subspaces by name: those that an entry stands for, and entries that are faulty."""
        return (*self.families, *(name for name in self.names(SUBSPACES) if name not in self.subspaces))

    @cached_property
    def are_all_valid(self) -> bool:
        """Whether no seed, no network and no subspace is faulty."""
        sections = (SEEDS, NETWORKS, SUBSPACES)
        return all(self.has_entries(name) and len(self._parts[name]) == len(self._entries(name)) for name in sections)

    @property
    def named(self) -> dict[str, MadeOf]:
        """The valid networks and subspaces by name."""
        return {**self.networks, **self.families}

    @property
    def subjects(self) -> dict[str, Family]:
        """The valid subspaces, and then the valid networks, which are points, by name."""
        return {**self.families, **dict.fromkeys(self.networks, Point())}

    def targets(self, analysis: Analysis) -> list[str]:
        """Names of the valid subspaces and networks that an analysis is of."""
        return targets(analysis, self.groups, self.subjects)

    @cached_property
    def circles(self) -> tuple[tuple[str, ...], ...]:
        """The circles of networks and subspaces that are made of themselves."""
        return tuple(circles(self.named))

    @property
    def measured_on(self) -> Dataset | Problem | None:
        """The data set or the formula, which has the examples and the task; None if that is faulty."""
        return self.dataset if self.raw.get(PROBLEM) is None else self.problem

    @cached_property
    def surroundings(self) -> Surroundings:
        """The rest of the study, for variants to ask about."""
        made_of_themselves = {name for circle in self.circles for name in circle}
        data = self.measured_on
        return Surroundings(
            named=Known({name: one for name, one in self.named.items() if name not in made_of_themselves}),
            sizes=Known({} if data is None else {str(name): n for name, n in data.sizes.items()}),
            of_task=None if data is None else data.task,
            of_study=self.training,
        )

    def places(self) -> Iterator[tuple[KeyPath, MadeOf]]:
        """Every valid network and entry of subspaces, and every network that is written within one, with its path."""
        for section, entries in ((NETWORKS, self.networks), (SUBSPACES, self.subspaces)):
            for name, entry in entries.items():
                yield from _within((section, name), entry)

    @cached_property
    def called(self) -> dict[int, tuple[KeyPath, str]]:
        """Place of an analysis, faulty or not → path of the name, or else the kind, and that name."""
        found: dict[int, tuple[KeyPath, str]] = {}
        for i, value in self._entries(ANALYSES).items():
            said = value if isinstance(value, Mapping) else {}
            key = "name" if said.get("name") is not None else TAG
            if isinstance(name := said.get(key), str):
                found[i] = ((ANALYSES, i, key), name)
        return found

    def is_valid_at(self, steps: Sequence[str]) -> bool:
        """Whether the steps of a path lead into a valid part, or nowhere."""
        section, *further = steps
        if section not in OF_ENTRIES:
            return self._parts.get(section) is not FAULTY
        if not self.has_entries(section):
            return False
        faulty = {str(name) for name in self._entries(section) if name not in self._parts[section]}
        return not further or further[0] not in faulty

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The plain values, with every default of what is valid written out, and without sweep and claims."""
        fields = self.model.model_fields.items()
        written = {name: self._plain(name) for name, field in fields if name in self.raw or not field.is_required()}
        return {name: value for name, value in {**self.raw, **written}.items() if name not in ALWAYS_BASE}

    def _plain(self, section: str) -> Any:
        part, written = self._parts[section], self._section(section)
        if section not in OF_ENTRIES:
            return written if part is FAULTY else _plainly(part)
        if not self.has_entries(section):
            return written
        found = {name: _plainly(part.get(name, value)) for name, value in self._entries(section).items()}
        return found if isinstance(written, Mapping) else tuple(found.values())

    def _section(self, section: str) -> Any:
        """The plain value that was written, or else the default."""
        if section in self.raw:
            return self.raw[section]
        return self.model.model_fields[section].get_default(call_default_factory=True)

    def _entries(self, section: str) -> dict[Any, Any]:
        """The entries as they were written, by name or place."""
        found = self._section(section) if self.has_entries(section) else ()
        return dict(found) if isinstance(found, Mapping) else dict(enumerate(found))

    def _valid(self, section: str) -> dict[Any, Any]:
        reader = _reader(self.model, section, of_entries=True)
        found = {name: _read(reader, value) for name, value in self._entries(section).items()}
        return {name: value for name, value in found.items() if value is not FAULTY}

    def _valid_or_none(self, section: str) -> Any:
        part = self._parts[section]
        return None if part is FAULTY else part

    def _whole(self, section: str) -> Any:
        return _read(_reader(self.model, section, of_entries=False), self._section(section))


def targets(analysis: Analysis, groups: Mapping[str, str], subjects: Mapping[str, Family]) -> list[str]:
    """Names of the subspaces and networks that an analysis is of, in the order of the spec.

    Args:
        analysis: of a spec.
        groups: name of a subspace → the entry that it belongs to.
        subjects: subspaces and networks by name, as families.
    """
    if analysis.of:
        return [name for name in subjects if groups.get(name, name) in analysis.of]
    names = subjects if analysis.of_networks else groups
    return [name for name in names if analysis.needs(subjects[name]) is None]


def _within(path: KeyPath, entry: MadeOf) -> Iterator[tuple[KeyPath, MadeOf]]:
    yield path, entry
    for found in references(entry):
        if not isinstance(found.to, str):
            yield from _within((*path, *found.path), found.to)


@cache
def _is_mapping(model: type[Model], section: str) -> bool:
    return Slot.of_field(model.model_fields[section]).is_mapping


@cache
def _reader(model: type[Model], section: str, *, of_entries: bool) -> TypeAdapter[Any]:
    # Inside a tuple, because pydantic would take a role on its own for a model and not for the union of its variants.
    slot = Slot.of_field(model.model_fields[section])
    alone: Any = GenericAlias(tuple, ((slot.content if of_entries else slot).full,))
    return TypeAdapter(alone)


def _read(reader: TypeAdapter[Any], value: Any) -> Any:
    """The typed value, or `FAULTY`."""
    try:
        return reader.validate_python((value,), strict=True)[0]
    except ValidationError:
        return FAULTY


def _plainly(value: Any) -> Any:
    return value.model_dump() if isinstance(value, Model) else value
