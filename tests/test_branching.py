"""Hulls of branches and trajectories: what is trained for them, what a change costs, and whose bits they have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from lossgeo.analyses.base import Subject
from lossgeo.analyses.path import Path as Along
from lossgeo.analyses.path import PathRecord
from lossgeo.documents.loader import read_text
from lossgeo.engine.checkpoint import Checkpoint
from lossgeo.engine.context import Context
from lossgeo.engine.executor import Inline
from lossgeo.engine.job import Job, in_order
from lossgeo.engine.observer import Silent
from lossgeo.engine.plan import plan
from lossgeo.engine.runner import run
from lossgeo.engine.store import Store
from lossgeo.errors import SpecError
from lossgeo.families.point import Point
from lossgeo.jobs import Jobs
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.measures.record import Record
from lossgeo.networks.made_of import SHARED_TRAJECTORY
from lossgeo.spec.study import Study
from lossgeo.stages import Fit, Trunk
from lossgeo.training.loop import Start, train
from lossgeo.training.options import Training
from lossgeo.training.supervisor import Unwatched

SPEC = """\
title: Branches
dataset: {kind: digits, train: 120, validation: 60, test: 50}
architecture: {kind: mlp, hidden: [6], dropout: 0.2}
training: {optimizer: {kind: sgd, lr: 0.1, momentum: 0.9}, batch_size: 40, epochs: 2}
seeds: [0]
subspaces:
  hull: {kind: branches, vertices: 3, split_epochs: [0, 2]}
  way: {kind: trajectory, epochs: [0, 1, 3]}
analyses:
  - {kind: path, points: 3}
"""


def branching(*overrides: str) -> Jobs:
    return Jobs(read_text(SPEC, "branching.yaml", Study, overrides))


def context_of(store: Store) -> Context:
    return Context(store, (), lambda *_: None, Checkpoint(store.root / "no checkpoint"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("branching") / "store")
    run(branching().targets, store, Inline(store, ()), Silent())
    return store


def missing(store: Store, *overrides: str) -> list[Job[Any]]:
    return list(plan(branching(*overrides).targets, store).missing)


def undisturbed(epochs: int) -> Tensor:
    """The shared trajectory as one training, `[D]`."""
    problem = branching().problem
    streams = partial(stream, 0, "trunk")
    options = branching().study.training.model_copy(update={"epochs": epochs})
    with pinned():
        initial = Start(Fitted(problem.initialise(1, streams("init"))))
        setting = problem.setting(())
        return train(Point().objective, initial, setting, options, streams, Unwatched()).last.fitted.basis[0]


def corners(name: str, store: Store) -> Tensor:
    return branching().subspaces[name, 0].load(context_of(store), "last").basis


def trunk(epoch: int) -> Trunk:
    """The shared trajectory after so many epochs."""
    found: Trunk = next(job for job in in_order(branching().targets) if isinstance(job, Trunk) and job.epochs == epoch)
    return found


def number(job: Job[Any]) -> int | None:
    """That of a branch; None of other jobs."""
    return int(job.recipe.name[1]) if isinstance(job, Fit) and job.recipe.name[0] == "branch" else None


# What a change costs


def test_an_entry_of_several_split_epochs_stands_for_as_many_subspaces() -> None:
    assert list(branching().study.families) == ["hull_0", "hull_2", "way"]


def test_an_analysis_of_an_entry_is_asked_of_all_that_it_stands_for() -> None:
    asked = branching("analyses=[{kind: path, of: [hull]}]").questions

    assert [question.subspace for question in asked] == ["hull_0", "hull_2"]


def test_branches_and_trajectories_share_their_epochs() -> None:
    jobs = branching()

    assert [job.epochs for job in in_order(jobs.targets) if isinstance(job, Trunk)] == [0, 1, 2, 3]
    assert (
        len(in_order(jobs.targets)) == 1 + 4 + 2 * 3 + 3
    )  # the network that `path` compares with, epochs, branches, paths


def test_another_split_epoch_costs_its_branches_and_its_analyses(trained: Store) -> None:
    todo = missing(trained, "subspaces.hull.split_epochs=[0, 1, 2]")

    assert [number(job) for job in todo if isinstance(job, Fit)] == [0, 1, 2]
    assert sorted(job.kind for job in todo) == ["Analyse", *["Fit"] * 3]


def test_a_later_split_epoch_costs_the_epochs_up_to_it(trained: Store) -> None:
    todo = missing(trained, "subspaces.hull.split_epochs=[0, 2, 5]")

    assert [job.epochs for job in todo if isinstance(job, Trunk)] == [4, 5]


def test_another_branch_costs_itself_and_the_analyses(trained: Store) -> None:
    todo = missing(trained, "subspaces.hull.vertices=4")

    assert [number(job) for job in todo if isinstance(job, Fit)] == [3, 3]
    assert sorted(job.kind for job in todo) == [*["Analyse"] * 2, *["Fit"] * 2]


def test_longer_branches_leave_the_shared_trajectory_alone(trained: Store) -> None:
    todo = missing(trained, "training.epochs=3")

    assert not any(isinstance(job, Trunk) for job in todo)


# Whose bits they have


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_an_epoch_of_the_shared_trajectory_is_that_of_one_undisturbed_training(trained: Store, epoch: int) -> None:
    state = trained.load(trunk(epoch))

    assert torch.equal(state.now.fitted.basis[0], undisturbed(epoch))
    assert len(state.history.train_loss) == epoch


def test_the_corners_of_a_trajectory_are_its_epochs(trained: Store) -> None:
    states = [trained.load(trunk(epoch)).now.fitted.basis[0] for epoch in (0, 1, 3)]

    assert torch.equal(corners("way", trained), torch.stack(states))


@pytest.mark.parametrize(("name", "split"), [("hull_0", 0), ("hull_2", 2)])
def test_a_branch_goes_on_from_the_weights_and_the_momentum_of_the_split(trained: Store, name: str, split: int) -> None:
    jobs = branching()
    start = trained.load(trunk(split))
    streams = partial(stream, 0, "branch", "1")
    found = []

    with pinned():
        setting = jobs.problem.setting(())
        weights = start.now.fitted.basis.clone().requires_grad_()
        optimizer = torch.optim.SGD([weights], lr=0.1, momentum=0.9)
        if split > 0:
            optimizer.state[weights]["momentum_buffer"] = start.moments[0]["momentum_buffer"].clone()
        order, dropout = streams("order"), streams("dropout")
        for _ in range(2):
            for index in torch.randperm(120, generator=order).split(40):
                inputs, targets = setting.examples.batch(index)
                hidden = inputs.flatten(1) @ weights[0, : 6 * 64].view(6, 64).T + weights[0, 6 * 64 : 6 * 65]
                keep = torch.empty_like(hidden).bernoulli_(0.8, generator=dropout) / 0.8
                rest = weights[0, 6 * 65 :]
                logits = (hidden.relu() * keep) @ rest[:60].view(10, 6).T + rest[60:]
                loss = torch.nn.functional.cross_entropy(logits, targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        found = weights.detach()[0]

    torch.testing.assert_close(corners(name, trained)[1], found, rtol=1e-4, atol=1e-5)


def test_branches_differ_and_those_of_one_number_see_the_same_order(trained: Store) -> None:
    hull = corners("hull_0", trained)

    assert not any(torch.equal(hull[i], hull[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    streams = [stream(0, "branch", "1", "order").initial_seed() for _ in (0, 2)]
    assert streams[0] == streams[1]


# What an analysis is given


def subject_of(name: str, store: Store) -> Subject:
    job = next(asked.job for asked in branching().questions if asked.subspace == name)
    return replace(job, training=branching().study.training).subject(context_of(store))


def test_the_origins_of_a_hull_are_where_it_was_initialised_and_where_it_split(trained: Store) -> None:
    origins = subject_of("hull_2", trained).origins

    assert list(origins) == ["initialisation", "split"]
    assert torch.equal(origins["initialisation"], trained.load(trunk(0)).now.fitted.basis[0])
    assert torch.equal(origins["split"], undisturbed(2))


def test_a_trajectory_has_no_origins_but_its_epochs(trained: Store) -> None:
    subject = subject_of("way", trained)

    assert subject.origins == {}
    assert subject.family.corner_epochs == (0, 1, 3)


def step(name: str, corner: int, store: Store, change: Callable[[Tensor, Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """An update from a corner, and what plain calculus says of it."""
    jobs, subject = branching(), subject_of(name, store)
    found = subject.updated(corner, stream(9, "update"))
    generator = stream(9, "update")
    setting = jobs.problem.setting(())
    inputs, targets = setting.examples.batch(torch.randperm(120, generator=generator)[:40])
    theta = subject.corners.dense()[corner].double().requires_grad_()
    parts = setting.layout.split(theta)
    hidden = (inputs.flatten(1).double() @ parts["layer0.weight"].T + parts["layer0.bias"]).relu()
    keep = torch.empty_like(hidden).bernoulli_(0.8, generator=generator) / 0.8
    logits = hidden * keep @ parts["layer1.weight"].T + parts["layer1.bias"]
    (gradient,) = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, targets), theta)
    return found, change(theta.detach(), gradient)


def test_an_update_from_an_epoch_of_a_trajectory_has_the_momentum_of_that_epoch(trained: Store) -> None:
    momentum = torch.tensor(trained.load(trunk(1)).optimizer["0.momentum_buffer"])[0].double()

    found, expected = step("way", 1, trained, lambda theta, slope: theta - 0.1 * (0.9 * momentum + slope))

    assert found.dtype == torch.float64
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)


def test_an_update_from_a_corner_of_a_hull_starts_the_optimizer_afresh(trained: Store) -> None:
    found, expected = step("hull_2", 1, trained, lambda theta, slope: theta - 0.1 * slope)

    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)


def test_an_analysis_that_did_not_ask_for_the_training_is_told_so(trained: Store) -> None:
    job = next(asked.job for asked in branching().questions if asked.subspace == "way")

    with pytest.raises(ValueError, match="set `needs_training = True` on the analysis"):
        job.subject(context_of(trained)).updated(0, stream(0, "update"))


def test_the_path_of_a_trajectory_passes_through_its_epochs(trained: Store) -> None:
    job = next(asked.job for asked in branching().questions if asked.subspace == "way")
    record: Record = trained.load(job)
    assert isinstance(record, PathRecord)

    assert record.route["test"].loss[1] == record.corners["test"].loss[1]
    assert isinstance(job.analysis, Along)


# Faults


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ("training.schedule=cosine", r"training\.schedule: .*'cosine'.*constant, because .* subspaces\.hull"),
        ("subspaces.hull_2={kind: simplex}", r"subspaces\.hull_2: .*another name: 'hull' stands for 'hull_2'"),
        ("subspaces.hull.split_epochs=[2, 0]", "split epochs in ascending order, each once"),
        ("subspaces.way.epochs=[1, 1]", "epochs in ascending order, each once"),
    ],
)
def test_branches_that_cannot_be_are_refused(override: str, text: str) -> None:
    with pytest.raises(SpecError, match=f"(?s){text}"):
        branching(override)


def test_the_training_table_lists_branches_and_the_shared_trajectory(trained: Store, tmp_path: Path) -> None:
    from lossgeo.results import OpenStudy

    found = OpenStudy(branching().study, trained, tmp_path).trainings()

    assert {(one.name, one.member) for one in found} >= {("hull_0", 0), ("hull_2", 2), (SHARED_TRAJECTORY, 0)}
    assert [one.member for one in found if one.name == "hull_2"] == [0, 1, 2]
    (shared,) = [one for one in found if one.name == SHARED_TRAJECTORY]
    assert len(shared.history.train_loss) == 3
    assert isinstance(branching().study.training, Training)
