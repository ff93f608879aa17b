"""What a change of code costs: own sources, versions and later options in keys; and the keys as they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
from pydantic import Field

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.documents.loader import read, read_text
from lossgeo.engine.job import Job, in_order
from lossgeo.engine.key import canonical
from lossgeo.jobs import Jobs
from lossgeo.measures.part import Part
from lossgeo.shipped import SPECS, shipped, specs
from lossgeo.spec.study import Study
from lossgeo.stages import Analyse, AnalysePart, AnalyseTogether, Fit, Kept, Trunk, analyse
from lossgeo.variant import FOLDERS_OF_VARIANTS, Inert, Model, Unkeyed, merged, source_digest

SPEC = """\
title: Keys
dataset: {kind: digits, train: 120, validation: 60, test: 50}
architecture: {kind: mlp, hidden: [6]}
training: {batch_size: 120}
networks:
  a: {kind: trained}
  b: {kind: trained, member: 1}
  c: {kind: trained, member: 2}
  early: {kind: epoch, network: a, epoch: 1}
subspaces:
  line: {kind: simplex, vertices: 2}
  curve: {kind: bezier, ends: [a, b]}
  hull: {kind: branches, vertices: 2, split_epochs: [1]}
analyses:
  - {kind: path, points: 5}
  - {kind: curvature, of: [line]}
"""

NETWORK = '''
from lossgeo.architectures.mlp import Mlp


class MyNet(Mlp, kind="my_net"):
    """A network of somebody's own."""

    def rest(self, parameters, hidden, mode):
        """Something of its own."""
        return super().rest(parameters, hidden, mode) * FACTOR


FACTOR = 1.0
'''


def jobs_of(text: str = SPEC, **changes: Any) -> Jobs:
    return Jobs(read_text(text, "keys.yaml", Study).model_copy(update=changes))


def keys(jobs: Jobs) -> dict[str, str]:
    return {jobs.labels[job.key]: job.key for job in in_order(jobs.targets)}


def different(one: Jobs, other: Jobs) -> set[str]:
    """The names of the jobs whose keys differ."""
    before, after = keys(one), keys(other)
    assert before.keys() == after.keys()
    return {name for name, key in after.items() if before[name] != key}


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Path, type[Architecture]]]:
    """A file of somebody's own with an architecture, and the class in it."""
    path = tmp_path / "my_net.py"
    path.write_text(NETWORK, encoding="utf-8")
    yield path, _loaded(path).MyNet
    source_digest.cache_clear()
    Architecture.variants.pop("my_net")
    sys.modules.pop("my_net")


def _loaded(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


# Own sources


def test_editing_an_architecture_of_ones_own_recomputes_what_depends_on_it_and_nothing_else(
    own: tuple[Path, type[Architecture]],
) -> None:
    path, variant = own
    mine, shipped_one = jobs_of(architecture=variant()), jobs_of()
    before, unchanged = keys(mine), keys(shipped_one)

    path.write_text(path.read_text(encoding="utf-8").replace("FACTOR = 1.0", "FACTOR = 2.0"), encoding="utf-8")
    source_digest.cache_clear()

    after = keys(jobs_of(architecture=variant()))
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    assert keys(jobs_of()) == unchanged


def test_editing_an_analysis_of_ones_own_recomputes_that_analysis_only(tmp_path: Path) -> None:
    path = tmp_path / "my_analysis.py"
    text = Path(sys.modules[Analysis.variants["curvature"].__module__].__file__ or "").read_text(encoding="utf-8")
    path.write_text(text.replace('kind="curvature"', 'kind="my_curvature"'), encoding="utf-8")
    _loaded(path)
    variant = Analysis.variants["my_curvature"]
    study = jobs_of().study
    asked = (study.analyses[0], variant(of=("line",)))
    before = jobs_of(analyses=asked)
    keys(before)

    path.write_text(path.read_text(encoding="utf-8") + "\n# another thought\n", encoding="utf-8")
    source_digest.cache_clear()

    assert different(before, jobs_of(analyses=asked)) == {"my_curvature of line · seed 0"}
    Analysis.variants.pop("my_curvature")
    sys.modules.pop("my_analysis")


def test_a_file_in_a_folder_of_the_package_that_is_not_shipped_counts_as_ones_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shipped_one = Architecture.variants["mlp"]
    assert source_digest(shipped_one) is None

    source_digest.cache_clear()
    monkeypatch.setattr("lossgeo.variant._shipped_modules", frozenset)

    found = source_digest(shipped_one)
    assert found is not None
    assert len(found) == 64
    source_digest.cache_clear()


def test_a_class_without_a_file_is_refused() -> None:
    typed = type("Typed", (), {"__module__": "nowhere"})

    with pytest.raises(
        TypeError, match=r"nowhere\.Typed: expected a class that is defined in a file.*put it into a file"
    ):
        source_digest(typed)


def test_every_shipped_module_is_there_and_every_module_that_is_there_is_listed() -> None:
    package = Path(sys.modules["lossgeo"].__file__ or "").parent
    listed = (package / "shipped_modules.txt").read_text(encoding="utf-8").split()

    there = {f"{folder}.{path.stem}" for folder in FOLDERS_OF_VARIANTS for path in (package / folder).glob("*.py")} - {
        f"{folder}.__init__" for folder in FOLDERS_OF_VARIANTS
    }

    assert set(listed) == there, "list what ships in lossgeo/shipped_modules.txt: it has a version then"


# Versions and later options


def test_raising_the_version_of_an_analysis_recomputes_that_analysis_only(monkeypatch: pytest.MonkeyPatch) -> None:
    before = jobs_of()
    keys(before)

    monkeypatch.setattr(Analysis.variants["curvature"], "version", 2)

    assert different(before, jobs_of()) == {"curvature of line · seed 0"}


def test_raising_the_version_of_a_family_recomputes_what_is_trained_of_it_and_asked_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lossgeo.families.base import Family

    before = jobs_of()
    keys(before)

    monkeypatch.setattr(Family.variants["bezier"], "version", 2)

    assert different(before, jobs_of()) == {"fit curve · seed 0", "path of curve · seed 0"}


def test_an_inert_option_that_is_added_changes_no_key() -> None:
    class Before(Model):
        """Options as they were."""

        lr: float = 0.1

    class After(Model):
        """The same with an option that was added later."""

        lr: float = 0.1
        order: Annotated[int, Inert(1)] = Field(default=1, ge=1)
        names: Annotated[tuple[str, ...], Unkeyed()] = ()

    def written(value: Model) -> bytes:
        return canonical("Job", 1, {"options": value})

    assert written(After()) == written(Before())
    assert written(After(names=("a",))) == written(Before())
    assert written(After(order=2)) != written(Before())
    assert written(After(order=2)) == b'{"fields":{"options":{"lr":0.1,"order":2}},"kind":"Job","version":1}'


def test_an_inert_value_is_the_one_from_before_and_not_the_default_of_now() -> None:
    class Changed(Model):
        """An option whose default was changed after it was added."""

        order: Annotated[int, Inert(1)] = 2
        flag: Annotated[float, Inert(1.0)] = 1.0

    assert Changed().canonical_fields() == {"order": 2}
    assert Changed(order=1).canonical_fields() == {}


def test_changes_of_a_training_are_in_its_key_as_what_they_make_of_it() -> None:
    plain = jobs_of()
    spelt = jobs_of(
        SPEC.replace("a: {kind: trained}", "a: {kind: trained, training: {epochs: 10, optimizer: {lr: 1e-3}}}")
    )

    assert keys(spelt) == keys(plain)


def test_changes_are_laid_over_plain_values() -> None:
    base = {"epochs": 3, "optimizer": {"kind": "sgd", "lr": 0.1}}

    assert merged(base, {"optimizer": {"lr": 0.2}}) == {"epochs": 3, "optimizer": {"kind": "sgd", "lr": 0.2}}
    assert merged(base, {"optimizer": {"kind": "adam"}})["optimizer"] == {"kind": "adam"}
    assert merged(base, {"epochs": 1, "l2": 0.1}) == {**base, "epochs": 1, "l2": 0.1}


# The keys as they are


def first(kind: type[Job[Any]], jobs: Jobs) -> str:
    return next(job.key for job in in_order(jobs.targets) if isinstance(job, kind))[:16]


GOLDEN_JOBS: dict[type[Job[Any]], str] = {
    Fit: "164dd297928003be",
    Kept: "e224afde4e26871f",
    Trunk: "bedf4682f8e14749",
    Analyse: "2af0b10f6876dd90",
}
"""The first key of every kind of job of the study above."""

GOLDEN_SPECS: dict[str, str] = {
    "fashion_mlp_curve.yaml": "1488f6f4ad7e931f",
    "papers/chen_saidi_2023.yaml": "e021421f4ed6cf94",
    "papers/yunis_2022_lenet.yaml": "eb146e374e69887a",
    "papers/yunis_2022_lenet_m.yaml": "2c73a91647f84ae3",
    "papers/yunis_2022_resnet20.yaml": "1c5af642df3d33de",
    "papers/yunis_2022_siren.yaml": "c5983848e3e5171f",
    "quadratic.yaml": "a3c9b4a7258fc9ac",
    "quickstart.yaml": "f8558bc1a2ac4e23",
}
"""Shipped specs → SHA-256 of the keys of all their jobs, in order."""

COSTS = (
    "every stored result of it is computed anew by every user: if that is meant, write the new key here and a "
    "Migration line into the CHANGELOG; if not, mark the option as Inert or Unkeyed"
)


@pytest.mark.parametrize("kind", list(GOLDEN_JOBS))
def test_the_key_of_a_kind_of_job_is_as_it_was(kind: type[Job[Any]]) -> None:
    assert first(kind, jobs_of()) == GOLDEN_JOBS[kind], COSTS


def test_the_key_of_a_part_is_as_it_was() -> None:
    whole = next(job for job in jobs_of().targets if isinstance(job, Analyse))

    part = AnalysePart(**{field.name: getattr(whole, field.name) for field in fields(whole)}, part=Part(1, 3))

    assert part.key[:16] == "415e250b0f6aa185", COSTS


def test_the_key_of_an_analysis_of_several_is_as_it_was() -> None:
    jobs = jobs_of(analyses=(Analysis.variants["pairs"](points=5, of=("a", "b")),))

    assert first(AnalyseTogether, jobs) == "36cb51d7f9a4ea6d", COSTS


@pytest.mark.parametrize("path", specs(), ids=lambda path: str(path.stem))
def test_the_keys_of_a_shipped_spec_are_as_they_were(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyse, "COST_OF_A_PART", inf)  # parts are no results of their own, and change no key
    jobs = Jobs(read(path, Study))

    together = sha256("\n".join(job.key for job in in_order(jobs.targets)).encode()).hexdigest()[:16]

    assert together == GOLDEN_SPECS[path.relative_to(shipped(SPECS)).as_posix()], COSTS
