"""Networks two by two: against direct computation, in a study, in its report."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, Analytic, toy_examples, toy_weights
from matplotlib import pyplot as plt

from lossgeo import figures
from lossgeo.analyses.base import Subject
from lossgeo.analyses.joint import Subjects
from lossgeo.analyses.pairs import Pairs
from lossgeo.architectures.mlp import Mlp
from lossgeo.claims import judged
from lossgeo.documents.loader import read_text
from lossgeo.engine import codec
from lossgeo.engine.executor import Inline
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import run
from lossgeo.engine.store import Store
from lossgeo.errors import SpecError
from lossgeo.families.point import Point
from lossgeo.families.simplex import Simplex
from lossgeo.jobs import Jobs
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import Landscape, silent
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import FORMULA, REGRESSION
from lossgeo.measures.pairs_record import PairsRecord
from lossgeo.report.outputs import write_results
from lossgeo.results import OpenStudy
from lossgeo.spec.study import Study
from lossgeo.stages import AnalyseTogether

NETWORK = Mlp(hidden=(5,))
LAYOUT = NETWORK.layout(INPUTS, CLASSES)
LANDSCAPE = NetworkLandscape(NETWORK, LAYOUT, toy_examples(37))


def subject(weights: torch.Tensor, landscape: Landscape = LANDSCAPE, **more: Any) -> Subject:
    family = Point() if len(weights) == 1 else Simplex(vertices=len(weights))
    return Subject(family, Fitted(weights), None, lambda _split: landscape, partial(stream, 0), silent, **more)


def together(**named: Subject) -> Subjects:
    return Subjects(named, partial(stream, 0), silent)


THETA = toy_weights(NETWORK, 3)


def record(**options: Any) -> PairsRecord:
    return Pairs(**options).compare(together(line=subject(THETA[:2]), a=subject(THETA[2:])))


def outputs(theta: torch.Tensor) -> torch.Tensor:
    inputs, _ = LANDSCAPE.examples.batch(slice(None))
    return NETWORK.forward(LAYOUT.split(theta), inputs, mode_of())


def mode_of() -> Any:
    from lossgeo.landscape.mode import EVALUATION

    return EVALUATION


# Against direct computation


def test_corners_are_named_after_their_subspace_and_networks_after_themselves() -> None:
    assert record().names == ("line, corner 1", "line, corner 2", "a")


def test_distances_and_cosines_are_those_of_the_weights() -> None:
    found, theta = record(), THETA.double().numpy()

    for i, j in combinations(range(3), 2):
        assert found.distance[i, j] == pytest.approx(np.linalg.norm(theta[i] - theta[j]), rel=1e-6)
        cosine = theta[i] @ theta[j] / np.linalg.norm(theta[i]) / np.linalg.norm(theta[j])
        assert found.cosine[i, j] == pytest.approx(cosine, rel=1e-6)


def test_the_disagreement_is_the_share_of_examples_with_another_label() -> None:
    found, labels = record(), [outputs(theta).argmax(1) for theta in THETA]

    for i, j in combinations(range(3), 2):
        assert found.disagreement[i, j] == float((labels[i] != labels[j]).double().mean())
    assert found.disagreement.max() > 0


@pytest.mark.parametrize("quantity", ["loss", "error"])
def test_the_barrier_is_the_highest_rise_above_the_line_between_the_ends(quantity: str) -> None:
    found, t = getattr(record(points=11), f"barrier_{quantity}"), np.linspace(0, 1, 11)
    targets = LANDSCAPE.examples.batch(slice(None))[1]

    for i, j in combinations(range(3), 2):
        ways = [outputs((1 - at) * THETA[i] + at * THETA[j]) for at in t]
        losses = [float(torch.nn.functional.cross_entropy(way, targets)) for way in ways]
        errors = [float((way.argmax(1) != targets).double().mean()) for way in ways]
        along = np.array(losses if quantity == "loss" else errors)
        assert found[i, j] == pytest.approx(max(along - (along[0] + t * (along[-1] - along[0]))), abs=1e-6)


def test_matrices_are_symmetric_and_nothing_differs_from_itself() -> None:
    found = record()

    for name in ("distance", "disagreement", "barrier_loss", "barrier_error"):
        matrix = getattr(found, name)
        assert np.array_equal(matrix, matrix.T)
        assert not np.diag(matrix).any()


def test_displacements_are_seen_from_the_latest_weights_that_both_were_trained_from() -> None:
    start, split = torch.zeros(LAYOUT.dimension), THETA[0] + 1
    one = subject(THETA[1:2], origins={"initialisation": start, "split": split})
    two = subject(THETA[2:], origins={"initialisation": start, "split": split})
    other = subject(THETA[:1], origins={"initialisation": start, "split": split + 1})

    found = Pairs(points=3).compare(together(one=one, two=two, other=other, alone=subject(THETA[:1])))

    a, b = (THETA[i].double() - split.double() for i in (1, 2))
    assert found.cosine_of_displacements[0, 1] == pytest.approx(float(a @ b / a.norm() / b.norm()), rel=1e-6)
    assert found.cosine_of_displacements[0, 2] == pytest.approx(found.cosine[0, 2])
    assert np.isnan(found.cosine_of_displacements[:3, 3]).all()


def test_without_a_common_origin_there_is_no_column_of_displacements() -> None:
    assert "cosine_of_displacements" not in record().table()[0]


@pytest.mark.parametrize("task", [REGRESSION, FORMULA])
def test_where_no_answer_is_right_the_disagreement_is_left_out(task: Any) -> None:
    bowl = Analytic(LAYOUT.dimension, lambda theta: theta.square().sum(1))
    nameless = replace(subject(THETA, bowl), task=task)

    found = Pairs(points=3).compare(together(hull=nameless))

    assert not found.has("disagreement")
    assert {"disagreement"} & set(found.table()[0]) == set()
    assert Pairs.headline([_result(found, task)]).sentence.startswith("Two networks are")


def _result(found: PairsRecord, task: Any) -> Any:
    from lossgeo.analyses.joint import JointResult

    return JointResult(("hull",), 0, Pairs(), found, task)


def test_only_the_first_examples_are_used_where_so_many_are_asked_for() -> None:
    few = record(examples=5)

    assert set(np.round(few.disagreement.ravel() * 5, 9)) <= set(range(6))


def test_one_subspace_alone_is_a_comparison_of_its_corners() -> None:
    found = Pairs(points=3).compute(subject(THETA))

    assert found.names == ("subspace, corner 1", "subspace, corner 2", "subspace, corner 3")


def test_a_record_survives_the_store() -> None:
    found = record()

    loaded = codec.load(PairsRecord, codec.dump(found, PairsRecord))

    assert repr(loaded.table()) == repr(found.table())


# In a study

SPEC = """\
title: Pairs
dataset: {kind: digits, train: 120, validation: 60, test: 50}
architecture: {kind: mlp, hidden: [6]}
training: {batch_size: 40, epochs: 1}
seeds: [0, 1]
networks:
  a: {kind: trained}
  b: {kind: trained, member: 1}
  left: {kind: branch, split_epoch: 1}
  right: {kind: branch, split_epoch: 1, number: 1}
subspaces:
  curve: {kind: bezier, ends: [a, b]}
analyses:
  - {kind: pairs, points: 5}
  - {kind: pairs, name: two, points: 5, of: [a, b]}
claims:
  - table: pairs
    where: {first: a, second: b}
    column: distance_weight_distance
    comparison: above
    published: 0
    source: us
"""


def study_of(*overrides: str) -> Study:
    return read_text(SPEC, "pairs.yaml", Study, overrides)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    folder = tmp_path_factory.mktemp("pairs")
    store, study = Store(folder / "store"), study_of()
    assert run(Jobs(study).targets, store, Inline(store, ()), Silent()).failed == {}
    return OpenStudy(study, store, folder)


def test_it_is_asked_once_a_seed_of_all_subspaces_and_networks(opened: OpenStudy) -> None:
    asked = [(question.analysis, question.subjects, question.seed) for question in opened.jobs.questions]

    everything = ("curve", "a", "b", "left", "right")
    assert asked == [(name, of, seed) for name, of in (("pairs", everything), ("two", ("a", "b"))) for seed in (0, 1)]
    assert all(question.subspace is None for question in opened.jobs.questions)


def test_its_table_has_a_row_a_pair_and_seed_and_no_column_of_a_subspace(opened: OpenStudy) -> None:
    table = opened.table("two")

    assert table[["seed", "first", "second"]].to_numpy().tolist() == [[0, "a", "b"], [1, "a", "b"]]
    assert "subspace" not in table


def test_an_end_that_a_curve_holds_is_the_network_itself(opened: OpenStudy) -> None:
    table = opened.table("pairs").query("first == 'curve, corner 1' and second == 'a'")

    assert table[["distance_weight_distance", "disagreement"]].to_numpy().ravel().tolist() == [0.0] * 4


def test_branches_of_one_split_share_an_origin(opened: OpenStudy) -> None:
    table = opened.table("pairs").set_index(["first", "second", "seed"])["cosine_of_displacements"]

    assert -1 <= table["left", "right", 0] <= 1
    assert np.isnan(table["a", "b", 0])


def test_another_name_is_another_record_and_another_choice_no_other_training() -> None:
    first, second = (
        Jobs(study_of(f"analyses=[{{kind: pairs, of: [{names}]}}]", "claims=[]")) for names in ("a, b", "a, left")
    )

    keys = [{job.key for job in jobs.targets if isinstance(job, AnalyseTogether)} for jobs in (first, second)]
    assert not keys[0] & keys[1]
    assert first.networks["a", 0].key == second.networks["a", 0].key


def test_a_job_of_several_is_labelled_with_what_it_is_of(opened: OpenStudy) -> None:
    labels = set(opened.jobs.labels.values())

    assert {"pairs of 5 together · seed 0", "two of a, b · seed 1"} <= labels


def test_its_files_carry_the_seed_alone(opened: OpenStudy) -> None:
    written = {path.name for path in write_results(opened)}

    assert {"pairs-0.npz", "pairs-1.npz", "pairs.csv"} <= written


def test_a_claim_may_be_about_a_pair(opened: OpenStudy) -> None:
    assert [verdict.outcome.value for verdict in judged(opened)] == ["holds"]


def test_a_claim_whose_result_is_missing_is_told_so(opened: OpenStudy, tmp_path: Path) -> None:
    elsewhere = OpenStudy(opened.spec, Store(tmp_path), tmp_path)

    assert [verdict.outcome.value for verdict in judged(elsewhere)] == ["no result"]


def test_the_figure_has_a_matrix_for_every_quantity_and_seed(opened: OpenStudy) -> None:
    results = opened.results("pairs")

    fig = figures.pairs(results)

    titles = [ax.get_title("left") for ax in fig.axes if ax.get_title("left")]
    assert titles == ["distance", "cosine", "cosine of displacements", "disagreement", "barrier in error"]
    assert sum(len(ax.images) for ax in fig.axes) == 2 * 5
    shown = fig.axes[0].images[0].get_array()
    np.testing.assert_allclose(shown[2, 3], results[0].record.distance[2, 3])
    assert bool(np.ma.getmaskarray(shown).diagonal().all())
    names = [label.get_text() for label in fig.axes[0].get_yticklabels()]
    assert names == ["curve, corner 1", "curve, corner 2", "a", "b", "left", "right"]
    plt.close(fig)


def test_a_single_network_has_nothing_to_be_compared_with() -> None:
    with pytest.raises(SpecError, match=r"analyses\.0\.of: got 'a'; expected two networks or corners at least"):
        study_of("analyses=[{kind: pairs, of: [a]}]", "claims=[]")
