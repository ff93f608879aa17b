"""The jobs of a study: what their keys depend on, what a change costs, and where their randomness comes from."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_study import JOBS, SPEC, Finished

from lossgeo.documents.loader import read_text
from lossgeo.documents.writer import write
from lossgeo.engine.checkpoint import Checkpoint
from lossgeo.engine.context import Context
from lossgeo.engine.executor import Inline
from lossgeo.engine.job import Job, in_order
from lossgeo.engine.observer import Silent
from lossgeo.engine.plan import plan
from lossgeo.engine.runner import run
from lossgeo.engine.store import Store
from lossgeo.jobs import Jobs
from lossgeo.landscape.randomness import stream
from lossgeo.spec.study import Study
from lossgeo.stages import Analyse, Fit, analyse, joint, recipe
from lossgeo.training.record import Which

Predict = Callable[[Jobs], Sequence[Job[Any]]]


def tiny(*overrides: str, text: str = SPEC) -> Jobs:
    return Jobs(read_text(text, "tiny.yaml", Study, overrides))


def keys(jobs: Jobs) -> set[str]:
    return {job.key for job in in_order(jobs.targets)}


def everything(jobs: Jobs) -> list[Job[Any]]:
    return list(in_order(jobs.targets))


def nothing(jobs: Jobs) -> list[Job[Any]]:
    del jobs
    return []


def fits(jobs: Jobs) -> dict[tuple[str, int], Fit]:
    """Subspace and seed → the training of those that are trained as a whole."""
    return {place: weights for place, weights in jobs.subspaces.items() if isinstance(weights, Fit)}


def independent(jobs: Jobs) -> dict[tuple[int, int], Job[Any]]:
    """Seed and member → the training of an independent network."""
    alone = (called for called in jobs.named_trainings if called.name == "independent network")
    return {(called.seed or 0, called.member): called.job for called in alone}


def of_analysis(kind: str) -> Predict:
    return lambda jobs: [asked.job for asked in jobs.questions if asked.job.analysis.kind == kind]


def of_subspace(name: str) -> Predict:
    """Its fits and what is asked of them; not the independent networks."""
    return lambda jobs: [
        *(job for (subspace, _), job in fits(jobs).items() if subspace == name),
        *(asked.job for asked in jobs.questions if asked.subspace == name),
    ]


def of_seed(seed: int) -> Predict:
    return lambda jobs: [job for job in everything(jobs) if seed_of(job) == seed]


def seed_of(job: Job[Any]) -> int:
    if isinstance(job, Analyse):
        return job.subspace.seed or 0
    assert isinstance(job, Fit)
    return job.seed


SAME_SPECS = {
    "a title and a description": SPEC.replace("A tiny", "Another").replace("Two", "Three"),
    "comments and an empty line": "# a study\n\n" + SPEC.replace("epochs: 4}", "epochs: 4}  # few"),
    "names of subspaces": SPEC.replace("  line:", "  edge:").replace("  curve:", "  bow:"),
    "the order of subspaces": SPEC.replace(
        "  line: {kind: simplex, vertices: 2}\n  triangle: {kind: simplex, vertices: 3}\n",
        "  triangle: {kind: simplex, vertices: 3}\n  line: {kind: simplex, vertices: 2}\n",
    ),
    "the order of seeds": SPEC.replace("[0, 1]", "[1, 0]"),
    "the order of keys": SPEC.replace("{kind: plane, points: 5}", "{points: 5, kind: plane}"),
    "every default written out": write(read_text(SPEC, "tiny.yaml", Study)),
    "the same subspaces by name": SPEC.replace("points: 11}", "points: 11, of: [curve, line, triangle]}"),
    "another spelling of a number": SPEC.replace("1e-2", "0.010"),
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SAME_SPECS.items()])
def test_what_says_the_same_has_the_same_keys(text: str) -> None:
    assert text != SPEC

    assert keys(tiny(text=text)) == keys(tiny())


def test_a_choice_of_subspaces_leaves_out_jobs_and_changes_none() -> None:
    chosen = tiny("analyses.3.of=[curve]")

    assert len(keys(tiny())) == JOBS
    assert keys(chosen) < keys(tiny())
    assert len(keys(chosen)) == JOBS - 4


@pytest.mark.parametrize(
    ("override", "predict"),
    [
        ("title=Another", nothing),
        ("analyses.0.points=7", of_analysis("path")),
        ("analyses.1.margin=0.5", of_analysis("plane")),
        ("analyses.1.split=train", of_analysis("plane")),
        ("analyses.2.controls=21", of_analysis("intrinsic_dimension")),
        ("analyses.2.neighbours=[5, 9]", of_analysis("intrinsic_dimension")),
        ("analyses.3.points=12", of_analysis("curvature")),
        ("subspaces.line.diversity=0.5", of_subspace("line")),
        ("subspaces.curve.activation=relu", of_subspace("curve")),
        ("subspaces.curve.hidden=[3, 5]", of_subspace("curve")),
        ("seeds=[0, 1, 2]", of_seed(2)),
        ("seeds=[1]", nothing),
        ("training.optimizer.lr=0.02", everything),
        ("training.epochs=5", everything),
        ("training.batch_size=32", everything),
        ("select=best", lambda jobs: [asked.job for asked in jobs.questions]),
        ("batch_norm=batch", lambda jobs: [asked.job for asked in jobs.questions]),
        ("architecture.hidden=[9]", everything),
        ("architecture.activation=tanh", everything),
        ("dataset.train=199", everything),
        ("dataset.split_seed=1", everything),
        ("dataset.normalization=standard", everything),
    ],
)
def test_a_change_costs_exactly_what_depends_on_it(finished: Finished, override: str, predict: Predict) -> None:
    changed = tiny(override)

    todo = plan(changed.targets, Store(finished.store))

    assert set(todo.missing) == set(predict(changed))


def test_a_subspace_that_is_added_costs_itself(finished: Finished) -> None:
    more = tiny(text=SPEC.replace("  curve:", "  square: {kind: simplex, vertices: 4}\n  curve:"))

    todo = plan(more.targets, Store(finished.store))

    assert set(todo.missing) == set(of_subspace("square")(more))
    assert len(todo.missing) == 2 + 4 * 2


def test_an_analysis_that_is_added_costs_itself(finished: Finished) -> None:
    other = tiny("analyses=[{kind: path, points: 9}, {kind: plane, points: 5}]")

    todo = plan(other.targets, Store(finished.store))

    assert {job.analysis.points for job in todo.missing if isinstance(job, Analyse)} == {9}  # type: ignore[attr-defined]
    assert len(todo.missing) == 3 * 2


@pytest.mark.parametrize(
    ("kind", "costs"),
    [
        (Fit, everything),
        (Analyse, lambda jobs: [asked.job for asked in jobs.questions]),
    ],
)
def test_a_new_version_of_a_kind_of_job_costs_that_kind_and_its_dependents(
    finished: Finished, monkeypatch: pytest.MonkeyPatch, kind: type[Job[Any]], costs: Predict
) -> None:
    monkeypatch.setattr(kind, "version", 1000)
    jobs = tiny()

    todo = plan(jobs.targets, Store(finished.store))

    assert set(todo.missing) == set(costs(jobs))


def test_a_store_that_was_moved_is_as_good_as_before(finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.store, tmp_path / "elsewhere")

    todo = plan(tiny().targets, Store(tmp_path / "elsewhere"))

    assert (len(todo.missing), len(todo.reused)) == (0, JOBS)


def test_two_subspaces_share_the_independent_networks_and_nothing_else() -> None:
    jobs = tiny()
    targets = {name: set(in_order(of_subspace(name)(jobs))) for name in jobs.study.subspaces}

    assert targets["line"] & targets["triangle"] == set(independent(jobs).values())
    assert targets["line"] & targets["curve"] == set(independent(jobs).values())


def test_two_names_for_one_family_share_its_jobs() -> None:
    twice = tiny(text=SPEC.replace("  curve:", "  edge: {kind: simplex, vertices: 2}\n  curve:"))

    assert keys(twice) == keys(tiny())
    assert len(twice.questions) == 4 * 4 * 2


def test_two_studies_over_the_same_networks_share_them(finished: Finished) -> None:
    analyses = "analyses=[{kind: path, points: 5, inside: 4}, {kind: plane, points: 6}]"
    other = tiny("title=Another", "seeds=[0]", analyses)

    todo = plan(other.targets, Store(finished.store))

    assert len(todo.missing) == 3
    assert {job.kind for job in todo.reused} == {"Fit", "Analyse"}


JOINED = SPEC.replace("  curve:", "  networks: {kind: independent, vertices: 3}\n  curve:")


def test_a_simplex_of_independent_networks_costs_the_further_networks_and_its_analyses(finished: Finished) -> None:
    jobs = tiny(text=JOINED)

    todo = plan(jobs.targets, Store(finished.store))

    more = [independent(jobs)[seed, member] for seed in (0, 1) for member in (1, 2, 3)]  # the last to compare with
    assert set(todo.missing) == {*more, *of_subspace("networks")(jobs)}
    assert [called.job for called in jobs.named_trainings] == [*independent(jobs).values(), *fits(jobs).values()]


@pytest.mark.parametrize("epoch", ["last", "best"])
def test_the_vertices_of_independent_networks_are_the_trained_networks(tmp_path: Path, epoch: Which) -> None:
    jobs = tiny("seeds=[3]", "analyses=[]", text=JOINED)
    store = Store(tmp_path / "store")

    run(jobs.targets, store, Inline(store, ()), Silent())

    basis = jobs.subspaces["networks", 3].load(context_of(store), epoch).basis
    trainings = [store.load(independent(jobs)[3, member]) for member in range(3)]
    networks = [trained.learned(epoch).fitted.basis[0] for trained in trainings]
    assert basis.equal(torch.stack(networks))
    assert not any(networks[i].equal(networks[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_every_job_of_a_study_has_a_name_of_its_own() -> None:
    jobs = tiny()

    assert set(jobs.labels) == keys(jobs)
    assert len(set(jobs.labels.values())) == JOBS


def test_a_smoke_run_has_the_same_graph() -> None:
    jobs = tiny()
    small = Jobs(jobs.study.smoke())

    assert [len(part) for part in (independent(small), fits(small), small.questions)] == [2, 6, 24]
    assert [(job.kind, len(job.dependencies)) for job in in_order(small.targets)] == [
        (job.kind, len(job.dependencies)) for job in in_order(jobs.targets)
    ]


def drawn(job: Job[Any], store: Store, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str | int, ...], int]:
    """The streams that a job draws from: their names, and the seeds of their generators."""
    found: dict[tuple[str | int, ...], int] = {}

    def recording(seed: int | None, *name: str | int) -> torch.Generator:
        generator = stream(seed, *name)
        found[name] = generator.initial_seed()
        return generator

    with monkeypatch.context() as patch:
        for module in (recipe, joint, analyse):
            patch.setattr(module, "stream", recording)
        job.compute(context_of(store))
    return found


def context_of(store: Store) -> Context:
    """The results of a store, and nobody to report to."""
    return Context(store, (), lambda *_: None, Checkpoint(store.root / "no checkpoint"))


def test_no_stream_is_shared_between_seeds_or_within_a_job(finished: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, store = tiny("subspaces={line: {kind: simplex, vertices: 2}}"), Store(finished.store)
    owners: dict[int, list[str]] = defaultdict(list)

    for job in in_order(jobs.targets):
        for generator in drawn(job, store, monkeypatch).values():
            owners[generator].append(jobs.labels[job.key])

    assert {seed: names for seed, names in owners.items() if len(names) > 1} == {}


def test_a_training_has_a_stream_for_everything_that_is_random(
    finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, store = tiny(), Store(finished.store)

    network = drawn(independent(jobs)[0, 0], store, monkeypatch)
    curve = drawn(fits(jobs)["curve", 0], store, monkeypatch)

    needed = {"init", "order", "dropout", "position"}
    assert {("network", "0", name) for name in needed} <= set(network)
    assert {("subspace", name) for name in (*needed, "features")} <= set(curve)
    assert set(network.values()) & set(curve.values()) == set()


def test_the_stream_of_an_analysis_belongs_to_its_subspace(finished: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, store = tiny(), Store(finished.store)
    sampling = [asked.job for asked in jobs.questions if asked.job.analysis.kind == "intrinsic_dimension"]

    generators = [seed for job in sampling for seed in drawn(job, store, monkeypatch).values()]

    assert len(generators) >= len(sampling) == 6
    assert len(set(generators)) == len(generators)


def test_the_stream_of_an_analysis_is_not_named_after_a_key(
    finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a new version, and a setting of a sweep, are compared with the same draws."""
    jobs, store = tiny(), Store(finished.store)
    job = next(asked.job for asked in jobs.questions if asked.job.analysis.kind == "intrinsic_dimension")

    parts = [str(part) for name in drawn(job, store, monkeypatch) for part in name]

    assert parts
    assert [part for part in parts if re.search("[0-9a-f]{32}", part)] == []


def test_the_data_are_split_once_for_all_seeds() -> None:
    jobs = tiny()

    assert len({job.recipe.problem for job in everything(jobs) if isinstance(job, Fit)}) == 1


def test_a_result_is_that_of_its_key_whatever_was_computed_before(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of a process that computed other jobs before, in another order, with other global settings."""
    from tiny_study import bits

    from lossgeo.engine.executor import Inline
    from lossgeo.engine.observer import Silent
    from lossgeo.engine.runner import run

    jobs, store = tiny(), Store(tmp_path)
    monkeypatch.setattr(Fit, "cost", 1.0)  # which takes the order from the runner
    threads = torch.get_num_threads()
    torch.manual_seed(1234)
    torch.set_num_threads(2)

    run(list(jobs.targets)[::-1], store, Inline(store, ()), Silent())

    torch.set_num_threads(threads)
    assert bits(tmp_path) == bits(finished.store)
