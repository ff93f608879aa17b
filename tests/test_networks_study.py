"""Networks by name, curves between them, and what they are made of: one small study, run once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import toy_networks
from matplotlib import pyplot as plt
from torch import Tensor

from lossgeo import figures
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
from lossgeo.errors import SpecError
from lossgeo.jobs import Jobs
from lossgeo.results import OpenStudy
from lossgeo.spec.study import Study
from lossgeo.stages import Fit, Kept
from lossgeo.swept import affected, swept_fits
from lossgeo.training.record import Which

SPEC = """\
title: Networks by name
dataset: {kind: digits, train: 120, validation: 60, test: 50}
architecture: {kind: mlp, hidden: [6], dropout: 0.2}
training: {optimizer: {kind: adamw, lr: 1e-2}, batch_size: 40, epochs: 3}
seeds: [0, 1]
networks:
  a: {kind: trained}
  b: {kind: trained, member: 1, training: {epochs: 2, optimizer: {lr: 5e-3}}}
  c: {kind: trained, member: 2}
  fine: {kind: continued, network: a, training: {epochs: 1}}
  early: {kind: epoch, network: a, epoch: 1}
  step: {kind: step, network: a, step: 2}
  mean: {kind: toy_mean, of: [b, c]}
  vertex: {kind: end, subspace: line, corner: 2}
  branched: {kind: branch, split_epoch: 1, training: {epochs: 1}}
subspaces:
  line: {kind: simplex, vertices: 2}
  curve: {kind: bezier, ends: [a, b]}
  cubic: {kind: bezier, degree: 3, ends: [fine, {kind: toy_mean, of: [b, vertex]}], training: {epochs: 1}}
analyses:
  - {kind: path, points: 5}
  - {kind: plane, points: 5, of: [line, curve]}
sweep: {subspaces.curve.degree: [2, 4]}
"""


def named(*overrides: str, text: str = SPEC) -> Jobs:
    return Jobs(read_text(text, "named.yaml", Study, overrides))


def context_of(store: Store) -> Context:
    return Context(store, (), lambda *_: None, Checkpoint(store.root / "no checkpoint"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("named") / "store")
    outcome = run(named().targets, store, Inline(store, ()), Silent())
    assert outcome.failed == {}
    return store


@pytest.fixture
def study(trained: Store, tmp_path: Path) -> OpenStudy:
    return OpenStudy(named().study, trained, tmp_path)


BARE = ("subspaces={line: {kind: simplex}}", "analyses=[]", "sweep={}")


def weights(name: str, store: Store, which: Which = "last") -> Tensor:
    """The weights of a network at seed 0, `[D]`."""
    return named().networks[name, 0].load(context_of(store), which).basis[0]


def basis(name: str, store: Store) -> Tensor:
    return named().subspaces[name, 0].load(context_of(store), "last").basis


# What networks are


def test_the_ends_of_a_curve_are_its_networks_bit_for_bit_and_its_control_point_has_moved(trained: Store) -> None:
    rows = basis("curve", trained)

    assert rows.shape[0] == 3
    assert torch.equal(rows[[0, 2]], torch.stack([weights("a", trained), weights("b", trained)]))
    assert not torch.allclose(rows[1], rows[[0, 2]].mean(0))


def test_a_network_without_a_name_is_written_in_its_place(trained: Store) -> None:
    ends = basis("cubic", trained)[[0, 3]]

    mean = torch.stack([weights("b", trained), basis("line", trained)[1]]).mean(0)
    assert torch.equal(ends, torch.stack([weights("fine", trained), mean]))


def test_a_mean_of_two_networks_is_a_class_in_a_file_of_somebodys_own(trained: Store) -> None:
    assert toy_networks.Mean.__module__ == "toy_networks"
    assert torch.equal(weights("mean", trained), (weights("b", trained) + weights("c", trained)) / 2)
    assert not [job for job in in_order(named().targets) if "mean" in job.kind.lower()]


def test_the_second_corner_of_a_line_is_its_second_row(trained: Store) -> None:
    assert torch.equal(weights("vertex", trained), basis("line", trained)[1])


def test_an_epoch_of_a_training_is_what_a_training_of_so_many_epochs_ends_with(trained: Store) -> None:
    shorter = named("seeds=[0]", "networks={a: {kind: trained, training: {epochs: 1}}}", *BARE)
    job = shorter.networks["a", 0]
    assert isinstance(job, Fit)

    found = job.compute(context_of(trained)).last.fitted.basis[0]

    assert torch.equal(weights("early", trained), found)


def test_a_continued_network_starts_where_the_other_ended(trained: Store) -> None:
    still = named("networks.fine.training={epochs: 1, optimizer: {kind: sgd, lr: 1e-30, momentum: 0.0}}")
    job = still.networks["fine", 0]
    assert isinstance(job, Fit)

    assert torch.equal(job.compute(context_of(trained)).last.fitted.basis[0], weights("a", trained))
    assert not torch.equal(weights("fine", trained), weights("a", trained))


def test_a_named_training_has_its_own_options() -> None:
    job = named().networks["b", 0]
    assert isinstance(job, Fit)

    options = job.recipe.training

    assert (options.epochs, options.batch_size) == (2, 40)
    assert options.optimizer.model_dump() == {**named().study.training.optimizer.model_dump(), "lr": 5e-3}


def test_one_training_publishes_its_end_its_epochs_and_its_steps_together() -> None:
    jobs = [
        job for job in in_order(named().targets) if isinstance(job, Fit | Kept) and job.recipe.name == ("network", "0")
    ]

    groups = {job.group for job in jobs}

    assert len(jobs) == 2 * 3
    assert len(groups) == 2


def test_an_epoch_that_is_asked_for_later_trains_up_to_it_and_no_further(trained: Store) -> None:
    later = named("networks.early.epoch=2")

    todo = plan(later.targets, trained)

    assert [(job.kind, job.step) for job in todo.missing if isinstance(job, Kept)] == [("Kept", 6)] * 2
    assert len(todo.missing) == 2


# What they are compared with


def comparisons(*overrides: str, text: str = SPEC) -> dict[str, str | None]:
    jobs = named(*overrides, text=text)
    return {name: jobs.comparison_name(name) for name in jobs.families}


def test_a_subspace_is_compared_with_the_first_network_that_it_is_not_made_of_however_far_down() -> None:
    assert comparisons() == {"line": "a", "curve": "c", "cubic": "c"}
    assert comparisons(
        "networks.c={kind: continued, network: mean2}", "networks.mean2={kind: toy_mean, of: [a, b]}"
    ) == {
        "line": "a",
        "curve": "vertex",
        "cubic": "branched",
    }


UNNAMED = """\
title: No networks by name
dataset: {kind: digits, train: 128, validation: 60, test: 50}
architecture: {kind: mlp, hidden: [6]}
subspaces:
  curve: {kind: bezier}
  apart: {kind: independent, vertices: 2}
  line: {kind: simplex}
  hull: {kind: branches, vertices: 2, split_epochs: [0]}
analyses:
  - {kind: plane, points: 5}
"""


def test_without_names_there_are_as_many_independent_networks_as_are_needed() -> None:
    jobs = named(text=UNNAMED)

    assert comparisons(text=UNNAMED) == {
        "curve": "independent network 2",
        "apart": "independent network 2",
        "line": "independent network",
        "hull_0": "independent network",
    }
    assert [called.member for called in jobs.named_trainings if called.name == "independent network"] == [0, 1, 2]


def test_networks_are_not_trained_for_a_comparison_alone_where_some_are_named() -> None:
    jobs = named("networks={a: {kind: trained}}", "subspaces={curve: {kind: simplex}}", "analyses=[]", "sweep={}")

    assert [called.label for called in jobs.named_trainings] == ["train a"] * 2 + ["fit curve"] * 2


FEW = "networks={a: {kind: trained}, b: {kind: trained, member: 1}}"


def test_what_cannot_do_without_a_comparison_is_refused_and_the_rest_leaves_it_out(tmp_path: Path) -> None:
    subspaces = "subspaces={curve: {kind: bezier, ends: [a, b]}}"
    with pytest.raises(SpecError, match=r"analyses\.0: got the subspace 'curve' with nothing to compare it with"):
        named(FEW, subspaces, "sweep={}", "analyses=[{kind: plane}]")

    jobs = named(FEW, subspaces, "sweep={}", "seeds=[0]", "analyses=[{kind: path, points: 3}]")
    store = Store(tmp_path)
    assert run(jobs.targets, store, Inline(store, ()), Silent()).failed == {}

    (result,) = OpenStudy(jobs.study, store, tmp_path).results("path")
    assert result.record.network == {}
    assert {row["place"] for row in result.record.table()} == {"route", "corner"}


# What the rest of the program makes of a curve between networks


def test_a_curve_between_networks_is_drawn_as_a_subspace_and_not_as_straight(study: OpenStudy) -> None:
    results = [result for result in study.results("plane") if result.subspace == "curve"]

    fig = figures.plane(results)

    legend = [text.get_text() for text in fig.legends[0].get_texts()]
    plt.close(fig)
    assert "the subspace, projected" in legend or "the subspace" in legend
    assert not any("straight" in text for text in legend)


def test_the_table_of_a_sweep_has_a_curve_between_networks(study: OpenStudy) -> None:
    assert affected(study) == ["curve"]
    assert [(fit.training.name, dict(fit.setting)) for fit in swept_fits(study)] == [
        ("curve", {"subspaces.curve.degree": degree}) for degree in (2, 2, 4, 4)
    ]


def test_a_sweep_reaches_the_changes_of_a_network() -> None:
    jobs = named("sweep={networks.b.training.optimizer.lr: [0.005, 0.001]}")
    own = {job.key for job in jobs.own}

    (_, other) = [study for values, study in jobs.settings if values["networks.b.training.optimizer.lr"] == 0.001][
        0:1
    ] * 2

    changed = {called.name for called in other.named_trainings if called.job.key not in own}
    assert changed == {"b", "curve", "cubic"}


def test_the_training_table_names_networks_and_what_is_trained_as_a_whole(study: OpenStudy) -> None:
    found = study.table("training")

    assert list(dict.fromkeys(found["subspace"])) == [
        "a",
        "b",
        "c",
        "fine",
        "branched",
        "line",
        "curve",
        "cubic",
        "shared trajectory",
    ]


def test_continued_trainings_go_on_counting_epochs(study: OpenStudy) -> None:
    before = {training.name: training.epochs_before for training in study.trainings()}

    assert (before["a"], before["fine"], before["branched"], before["curve"]) == (0, 3, 1, 0)


# Names, keys and seeds


def keys(jobs: Jobs) -> set[str]:
    return {job.key for job in in_order(jobs.targets)}


def test_names_of_networks_are_no_part_of_a_key() -> None:
    renamed = SPEC.replace("  a:", "  one:").replace("network: a", "network: one").replace("[a, b]", "[one, b]")

    assert keys(named(text=renamed)) == keys(named())


def test_a_network_in_the_place_of_its_name_is_the_same_job() -> None:
    inline = SPEC.replace("ends: [a, b]", "ends: [{kind: trained}, b]")

    assert keys(named(text=inline)) == keys(named())


def test_which_weights_a_curve_was_trained_between_is_part_of_its_key() -> None:
    def curve(jobs: Jobs) -> str:
        return jobs.subspaces["curve", 0].key

    def line(jobs: Jobs) -> str:
        return jobs.subspaces["line", 0].key

    assert curve(named("select=best")) != curve(named())
    assert line(named("select=best")) == line(named())


def test_a_study_with_networks_is_written_and_read_as_itself() -> None:
    study = named().study

    assert read_text(write(study), "written.yaml", Study) == study
    assert Study.model_validate_json(study.model_dump_json()) == study


def test_a_smoke_run_of_networks_is_valid_and_has_the_same_graph() -> None:
    jobs = named()
    small = read_text(write(jobs.study.smoke()), "small.yaml", Study)

    assert [job.kind for job in in_order(Jobs(small).targets)] == [job.kind for job in in_order(jobs.targets)]


def test_what_no_seed_changes_gives_one_result() -> None:
    count = named().problem.weight_count
    one, other = (f"{{kind: toy_constant, value: {value}, weights_count: {count}}}" for value in (0.1, 0.2))
    networks = f"networks={{one: {one}, other: {other}, both: {{kind: toy_mean, of: [one, other]}}}}"
    subspaces = "subspaces={trained: {kind: bezier, ends: [one, both]}}"
    jobs = named(networks, subspaces, "sweep={}", "analyses=[{kind: path, points: 3}]")

    assert [jobs.networks[name, seed].seed for name in ("one", "both") for seed in (0, 1)] == [None] * 4
    assert [question.seed for question in jobs.questions] == [0, 1]
    assert len({jobs.networks["both", seed].key for seed in (0, 1)}) == 1
    assert len({jobs.subspaces["trained", seed].key for seed in (0, 1)}) == 2


# BatchNorm


BATCH_NORM = """\
title: BatchNorm
dataset: {kind: digits, train: 60, validation: 40, test: 40}
architecture: {kind: resnet20, width: 2}
training: {optimizer: {kind: sgd, lr: 1e-2}, batch_size: 30, epochs: 2}
networks:
  a: {kind: trained}
  b: {kind: trained, member: 1}
subspaces:
  curve: {kind: bezier, ends: [a, b], training: {epochs: 1}}
"""


@pytest.fixture(scope="module")
def normalised(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("normalised"))
    assert run(named(text=BATCH_NORM).targets, store, Inline(store, ()), Silent()).failed == {}
    return store


@pytest.mark.parametrize("policy", ["recalibrate", "checkpoint", "batch"])
def test_the_end_of_a_curve_evaluates_as_the_network_that_it_is(normalised: Store, policy: Any) -> None:
    jobs, context = named(text=BATCH_NORM), context_of(normalised)
    landscape = jobs.problem.landscape((), "test", policy)

    ends = landscape.evaluate(jobs.subspaces["curve", 0].corners(context, "last"))
    alone = [landscape.evaluate(jobs.networks[name, 0].corners(context, "last")).loss[0] for name in ("a", "b")]

    np.testing.assert_array_equal(ends.loss, alone)
    assert ends.loss[0] != ends.loss[1]


def test_a_control_point_has_the_running_averages_of_its_training(normalised: Store) -> None:
    jobs, context = named(text=BATCH_NORM), context_of(normalised)
    kept = jobs.subspaces["curve", 0].load(context, "last").statistics
    ends = [jobs.networks[name, 0].load(context, "last").statistics for name in ("a", "b")]
    assert kept is not None

    assert torch.equal(kept[0], ends[0][0])  # type: ignore[index]
    assert torch.equal(kept[2], ends[1][0])  # type: ignore[index]
    assert not any(torch.equal(kept[1], kept[i]) for i in (0, 2))
    middle = jobs.subspaces["curve", 0].family.subspace(jobs.subspaces["curve", 0].load(context, "last"))
    at_half = middle.at(torch.tensor([[0.5]], dtype=torch.float64)).statistics
    torch.testing.assert_close(at_half, (kept[0] + 2 * kept[1] + kept[2])[None] / 4)


# What cannot be


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ("networks.d={kind: continued, network: zz}", r"networks\.d\.network: .*got 'zz'; expected a network of this"),
        ("networks.d={kind: continued, network: line}", r"a corner of that subspace is {kind: end, subspace: line}"),
        ("networks.d={kind: end, subspace: lin}", r"networks\.d\.subspace: .*'lin'; expected a subspace.*'line'\?"),
        ("networks.d={kind: end, subspace: line, corner: 3}", r"networks\.d\.corner: .*a corner of line, which has 2"),
        (
            "networks.a={kind: continued, network: fine}",
            r"networks\.(a|fine): .*the circle (a → fine → a|fine → a → fine)",
        ),
        ("networks.vertex.subspace=cubic", r"the circle .*cubic.*; expected something that is not made of itself"),
        ("networks.line={kind: trained}", r"subspaces\.line: .*another name: a network of this spec has it"),
        ("networks.early.epoch=4", r"networks\.early\.epoch: .*got 4; expected an epoch of that training, which has 3"),
        ("networks.step.step=10", r"networks\.step\.step: .*got 10; expected a step of that training, which has 9"),
        ("networks.early.network=mean", r"networks\.early\.network: .*'mean' without epochs of its own"),
        ("networks.b.training.epochs=0", r"networks\.b\.training\.epochs: .*got 0; expected an integer ≥ 1"),
        ("networks.b.training.optimizer.lrr=3", r"networks\.b\.training\.optimizer\.lrr: .*did you mean 'lr'"),
        ("subspaces.curve.training.epoch=3", r"subspaces\.curve\.training\.epoch: .*did you mean 'epochs'"),
        ("networks.early={kind: trained, bogus: 1}", r"networks\.early\.bogus: .*an unknown key"),
        (
            "networks.vertex={kind: end, subspace: hull}",
            r"vertex\.subspace: .*expected a subspace of this",
        ),
        (
            "networks.branched.training={optimizer: {kind: sgd}}",
            r"training\.optimizer: .*adamw, whose state",
        ),
        ("subspaces.curve.ends=[a, {kind: trained}]", r"curve\.ends\.1: got a network, the same network as at ends\.0"),
        ("subspaces.curve.ends=[a, a]", r"curve\.ends\.1: got 'a', the same network as at ends\.0"),
        (
            "networks.b={kind: trained, training: {epochs: 3}}",
            r"curve\.ends\.1: got 'b', the same network as at ends\.0",
        ),
        ("subspaces.curve.ends=[a]", r"subspaces\.curve\.ends: .*a list of 2"),
        ("subspaces.curve.ends=[a, {kind: traned}]", r"subspaces\.curve\.ends\.1\.kind: .*did you mean 'trained'"),
        ("subspaces.curve.ends=[a, {kind: trained, memer: 1}]", r"ends\.1\.memer: .*did you mean 'member'"),
        ("training.schedule=cosine", r"training\.schedule: .*constant, because .* networks\.branched is made of"),
    ],
)
def test_networks_that_cannot_be_are_refused(override: str, text: str) -> None:
    with pytest.raises(SpecError, match=f"(?s){text}"):
        named(override)


def test_an_epoch_that_an_early_stop_left_out_fails_alone(tmp_path: Path) -> None:
    stopping = (
        "training={optimizer: {kind: sgd, lr: 1.0e-30, momentum: 0.0}, batch_size: 40, epochs: 9, early_stopping: 2}"
    )
    epochs = (f"e{i}: {{kind: epoch, network: a, epoch: {i}}}" for i in (1, 9))
    networks = f"networks={{a: {{kind: trained}}, {', '.join(epochs)}}}"
    jobs = named(stopping, networks, *BARE, "seeds=[0]")
    store = Store(tmp_path)

    outcome = run(jobs.targets, store, Inline(store, ()), Silent())

    (failed,) = outcome.failed
    assert isinstance(failed, Kept)
    assert failed.step == 27
    assert "the training stopped early after 3 epochs" in outcome.failed[failed].message
    assert {job.kind for job in outcome.computed} == {"Fit", "Kept"}


def test_kinds_of_jobs_are_few() -> None:
    kinds = {type(job) for job in in_order(named().targets)}

    assert all(issubclass(kind, Job) for kind in kinds)
    assert {kind.__name__ for kind in kinds} == {"Fit", "Kept", "Trunk", "Analyse"}


MIXED = (
    "networks={one: {kind: epoch, epoch: 1}, c: {kind: continued, network: {kind: branch}}}",
    "subspaces={curve: {kind: bezier, ends: [{kind: branch}, {kind: branch, split_epoch: 1}]}, line: {kind: simplex}}",
    "training={optimizer: {kind: sgd, lr: 0.1, momentum: 0.9}, batch_size: 40, epochs: 1}",
    *("analyses=[]", "sweep={}", "seeds=[0]"),
)


def test_no_two_trainings_have_the_same_name_and_number(tmp_path: Path) -> None:
    jobs = named(*MIXED)
    store = Store(tmp_path)
    assert run(jobs.targets, store, Inline(store, ()), Silent()).failed == {}

    found = [(training.name, training.member) for training in OpenStudy(jobs.study, store, tmp_path).trainings()]

    assert len(set(found)) == len(found)
    assert {"curve", "network of curve", "network of c", "c", "line", "shared trajectory"} == {
        name for name, _ in found
    }


def test_a_continued_network_starts_its_optimizer_afresh_and_a_branch_does_not() -> None:
    jobs = named(*MIXED)
    takes = {job.recipe.name[0]: job.recipe.takes_moments for job in in_order(jobs.targets) if isinstance(job, Fit)}

    assert takes == {"subspace": False, "continued": False, "branch": True}


def test_a_named_epoch_of_the_shared_trajectory_is_listed_with_it(tmp_path: Path) -> None:
    jobs = named("networks={far: {kind: epoch, epoch: 2}, c: {kind: trained}}", *BARE, "seeds=[0]")
    store = Store(tmp_path)
    assert run(jobs.targets, store, Inline(store, ()), Silent()).failed == {}

    (shared,) = [one for one in OpenStudy(jobs.study, store, tmp_path).trainings() if one.name == "shared trajectory"]

    assert len(shared.history.train_loss) == 2


def test_another_version_takes_up_no_state_of_an_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {job.group for job in in_order(named().targets) if isinstance(job, Fit)}

    monkeypatch.setattr(Fit, "version", 2)

    assert not before & {job.group for job in in_order(named().targets) if isinstance(job, Fit)}


def test_corners_of_a_subspace_are_different_starts_of_randomness() -> None:
    jobs = named("networks.other={kind: end, subspace: line, corner: 1}")

    assert jobs.networks["vertex", 0].lineage != jobs.networks["other", 0].lineage
