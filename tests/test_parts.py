"""Analyses that are divided into parts: jobs of their own, joined to the bits of the undivided analysis."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, normal, toy_examples, toy_subject, toy_weights
from pydantic import Field

from lossgeo.analyses.base import Analysis, Subject
from lossgeo.analyses.convex_hull import CONTROLS_AT_ONCE, ConvexHull
from lossgeo.analyses.plane import PlaneSurface
from lossgeo.architectures.base import Architecture
from lossgeo.architectures.lenet5 import LeNet5
from lossgeo.architectures.mlp import Mlp
from lossgeo.architectures.resnet20 import ResNet20
from lossgeo.documents.loader import read_text
from lossgeo.engine import codec
from lossgeo.engine.executor import Inline
from lossgeo.engine.job import in_order
from lossgeo.engine.observer import Silent
from lossgeo.engine.plan import plan
from lossgeo.engine.runner import Outcome, run
from lossgeo.engine.store import Store
from lossgeo.families.base import Family
from lossgeo.families.simplex import Simplex
from lossgeo.jobs import Jobs
from lossgeo.landscape import passes
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.normalization import Normalization
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.measures.part import Part, rows_joined
from lossgeo.measures.record import Record, Row
from lossgeo.spec.study import Study
from lossgeo.stages import Analyse, AnalysePart, analyse

SPEC = """\
title: Parts
dataset: {kind: digits, train: 120, validation: 60, test: 50}
architecture: {kind: mlp, hidden: [6]}
training: {batch_size: 40, epochs: 1}
subspaces:
  triangle: {kind: simplex, vertices: 3}
analyses:
  - {kind: path, points: 5}
  - {kind: plane, points: 16}
  - {kind: norms, points: 7}
"""


@dataclass(frozen=True)
class Norms(Record):
    """‖θ‖ at points of a route, `[n]`."""

    norm: np.ndarray

    def table(self) -> list[Row]:
        """A row for every point."""
        return [{"norm": norm} for norm in self.norm]


class OfEveryPoint(Analysis, kind="norms"):
    """An analysis of somebody's own that two short methods divide."""

    record: ClassVar[type[Record]] = Norms

    points: int = Field(default=5, description="along the route")

    def compute(self, subject: Subject) -> Norms:
        """The points of the part, one by one."""
        s = torch.linspace(0, 1, self.points, dtype=torch.float64)[subject.part.of(self.points)]
        points = [subject.subspace.at(subject.family.route(at[None])).dense() for at in s]
        return Norms(np.array([float(theta.double().norm()) for theta in points]))

    def parts(self, family: Family) -> int:
        """Points."""
        del family
        return self.points

    def joined(self, parts: Sequence[Norms]) -> Norms:
        """The points one after the other."""
        return rows_joined(parts, "norm")


Analysis.variants.pop("norms")  # other tests list all kinds


@pytest.fixture(autouse=True, scope="module")
def _registered() -> Iterator[None]:
    Analysis.variants["norms"] = OfEveryPoint
    yield
    Analysis.variants.pop("norms")


def jobs_of(*overrides: str) -> Jobs:
    return Jobs(read_text(SPEC, "parts.yaml", Study, overrides))


def computed(jobs: Jobs, folder: Path) -> Outcome:
    store = Store(folder)
    outcome = run(jobs.targets, store, Inline(store, ()), Silent())
    assert outcome.failed == {}
    return outcome


def job_of(jobs: Jobs, kind: str) -> Analyse:
    return next(asked.job for asked in jobs.questions if asked.analysis == kind)


@pytest.fixture
def divided(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Every analysis that can be divided is, as far as it goes."""
    monkeypatch.setattr(analyse, "COST_OF_A_PART", 1.0)
    jobs = jobs_of()
    in_order(jobs.targets)  # the division is a decision of the moment at which it is asked for
    return jobs


# The rows of a part


@pytest.mark.parametrize(("n", "count", "step"), [(41, 6, 8), (7, 7, 1), (7, 3, 1), (64, 1, 64), (130, 2, 64)])
def test_parts_share_all_rows_in_order_and_none_is_without_any(n: int, count: int, step: int) -> None:
    rows = [Part(i, count).of(n, step) for i in range(count)]

    assert [i for own in rows for i in range(n)[own]] == list(range(n))
    assert all(len(range(n)[own]) > 0 for own in rows)
    assert all(own.start % step == 0 for own in rows)


def test_rows_are_joined_in_the_fields_that_are_named_and_in_no_others() -> None:
    @dataclass(frozen=True)
    class Some:
        """Arrays, a tuple, what there may not be, and what is the same for all."""

        values: np.ndarray
        names: tuple[str, ...]
        nothing: tuple[int, ...] | None
        unit: str

    parts = [Some(np.arange(2), ("a",), None, "nats"), Some(np.arange(3), ("b", "c"), None, "nats")]

    found = rows_joined(parts, "values", "names", "nothing")

    assert found.values.tolist() == [0, 1, 0, 1, 2]
    assert (found.names, found.nothing, found.unit) == (("a", "b", "c"), None, "nats")


# The same bits


@pytest.mark.parametrize("count", [2, 3, 5])
def test_an_analysis_of_ones_own_in_parts_has_the_bits_of_an_undivided_one(count: int) -> None:
    subject, analysis = laid("combined"), OfEveryPoint()

    parts = [analysis.compute(replace(subject, part=Part(i, count))) for i in range(count)]

    assert analysis.joined(parts).norm.tobytes() == analysis.compute(subject).norm.tobytes()


def landscape_of(network: Architecture, examples: Examples, inputs: tuple[int, ...]) -> NetworkLandscape:
    normalization = Normalization(network.statistics(inputs), "recalibrate", examples.first(20))
    return NetworkLandscape(network, network.layout(inputs, CLASSES), examples, normalization)


def pictures(count: int, inputs: tuple[int, ...]) -> Examples:
    generator = stream(0, "pictures")
    pixels = torch.randint(0, 256, (count, *inputs), generator=generator, dtype=torch.uint8)
    return Examples(pixels, torch.randint(0, CLASSES, (count,), generator=generator))


NETWORKS = {
    "combined": (Mlp(hidden=(5,)), INPUTS),
    "side by side": (Mlp(hidden=(5,)), (1, 1, 2)),
    "convolutions": (LeNet5(), (1, 28, 28)),
    "batch norm": (ResNet20(), (3, 32, 32)),
}


def laid(name: str, count: int = 30) -> Subject:
    network, inputs = NETWORKS[name]
    landscape = landscape_of(network, pictures(3 if name == "batch norm" else count, inputs), inputs)
    anchors = torch.stack([network.initialise(landscape.layout, stream(i, "init")) for i in range(3)])
    return replace(
        toy_subject(Simplex(vertices=3), landscape),
        fitted=Fitted(anchors),
        independent=Points.of(normal(1, landscape.dimension)),
    )


@pytest.mark.parametrize("groups", [None, 20, 3], ids=["one group", "groups of 20", "groups of 3"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_surface_in_parts_has_the_bits_of_one_evaluation(
    name: str, groups: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, analysis = laid(name), PlaneSurface(points=4 if name == "batch norm" else 9)
    if groups is not None:
        monkeypatch.setattr(passes, "WEIGHTS_AT_ONCE", groups * subject.landscape("test").dimension)
    most = analysis.parts(subject.family)

    parts = [analysis.compute(replace(subject, part=Part(i, most))) for i in range(most)]

    assert most == 2
    files = [codec.dump(record, analysis.record) for record in (analysis.joined(parts), analysis.compute(subject))]
    assert files[0] == files[1]


def test_a_block_of_points_is_evaluated_in_the_order_of_all() -> None:
    landscape = laid("combined").landscape("test")
    assert isinstance(landscape, NetworkLandscape)
    points = Points.of(normal(3, landscape.dimension)).combined(torch.rand(200, 3, generator=stream(0, "points")))
    ways = [points, points.block(slice(8)), points.rows(slice(8))]

    orders = [
        type(passes.fastest(landscape.network, landscape.layout, landscape.normalization, way)).__name__ for way in ways
    ]

    assert orders == ["CombinedFirstLayer", "CombinedFirstLayer", "SideBySide"]


def test_draws_from_a_hull_are_the_same_in_blocks() -> None:
    network = Mlp(hidden=(4,))
    landscape = NetworkLandscape(network, network.layout(INPUTS, CLASSES), toy_examples(20))
    subject = replace(toy_subject(Simplex(vertices=3), landscape), fitted=Fitted(toy_weights(network, 3)))
    analysis = ConvexHull(samples=2 * CONTROLS_AT_ONCE + 5)

    parts = [analysis.compute(replace(subject, part=Part(i, 3))) for i in range(3)]

    assert analysis.parts(subject.family) == 3
    files = [codec.dump(record, analysis.record) for record in (analysis.joined(parts), analysis.compute(subject))]
    assert files[0] == files[1]


def test_a_study_in_parts_has_the_results_of_an_undivided_one(divided: Jobs, tmp_path: Path) -> None:
    computed(divided, tmp_path / "divided")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analyse, "COST_OF_A_PART", inf)
        whole = jobs_of()
        computed(whole, tmp_path / "whole")

    assert [job.key for job in divided.targets] == [job.key for job in whole.targets]
    for job in divided.targets:
        files = [codec.dump(Store(tmp_path / name).load(job), job.result_type) for name in ("divided", "whole")]
        assert files[0] == files[1], job.label


# Jobs


def test_a_small_analysis_is_not_divided() -> None:
    jobs = jobs_of()

    assert not any(isinstance(job, AnalysePart) for job in in_order(jobs.targets))
    assert job_of(jobs, "plane").cost > 1


def test_an_analysis_has_as_many_parts_as_its_cost_is_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = job_of(jobs_of(), "plane").cost

    monkeypatch.setattr(analyse, "COST_OF_A_PART", whole / 2.5)

    plane = job_of(jobs_of(), "plane")
    assert [part.part for part in plane.division] == [Part(0, 3), Part(1, 3), Part(2, 3)]
    assert sum(part.cost for part in plane.division) == pytest.approx(whole)
    assert plane.cost == 1.0


def test_a_plane_is_divided_into_rows_that_fill_whole_passes(divided: Jobs) -> None:
    assert len(job_of(divided, "plane").division) == 16
    assert [PlaneSurface(points=points).parts(Simplex()) for points in (41, 40, 25, 20)] == [6, 40, 4, 10]


def test_the_key_of_an_analysis_is_the_same_in_parts(divided: Jobs) -> None:
    keys = [job.key for job in divided.targets]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analyse, "COST_OF_A_PART", inf)
        assert [job.key for job in jobs_of().targets] == keys


def test_every_part_has_a_key_and_a_name_of_its_own(divided: Jobs) -> None:
    parts = job_of(divided, "norms").division

    assert len({part.key for part in parts}) == 7
    assert [divided.labels[part.key] for part in parts] == [
        f"norms of triangle · seed 0, part {i} of 7" for i in range(1, 8)
    ]


def test_a_whole_waits_for_its_parts_and_the_parts_for_what_the_analysis_is_of(divided: Jobs) -> None:
    norms = job_of(divided, "norms")

    assert norms.dependencies == norms.division
    assert {part.dependencies for part in norms.division} == {norms.subspace.jobs}


def test_a_second_run_computes_nothing_even_without_the_parts(divided: Jobs, tmp_path: Path) -> None:
    first = computed(divided, tmp_path)
    parts = [job for job in first.computed if isinstance(job, AnalysePart)]
    for part in parts:
        shutil.rmtree(Store(tmp_path).folder(part))

    second = computed(divided, tmp_path)

    assert len(parts) == 16 + 7
    assert second.computed == ()


def test_what_is_left_of_a_division_is_computed_after_a_kill(divided: Jobs, tmp_path: Path) -> None:
    computed(divided, tmp_path)
    norms, store = job_of(divided, "norms"), Store(tmp_path)
    for job in (norms, norms.division[2]):
        shutil.rmtree(store.folder(job))

    todo = plan(divided.targets, Store(tmp_path))

    assert set(todo.missing) == {norms, norms.division[2]}


def test_an_analysis_with_parts_that_does_not_join_them_says_what_to_define() -> None:
    with pytest.raises(TypeError, match="norms: expected a way to join its 2 parts; define `joined`"):
        Analysis.joined(OfEveryPoint(), [1, 2])
