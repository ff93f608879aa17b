"""Networks as what analyses are of: points, beside subspaces, in jobs, results, tables, figures and faults."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, normal, toy_examples, toy_weights
from matplotlib import pyplot as plt

from lossgeo import figures
from lossgeo.analyses.base import Analysis, Subject
from lossgeo.analyses.path import Path as AlongPath
from lossgeo.architectures.mlp import Mlp
from lossgeo.documents.loader import read_text
from lossgeo.engine import codec
from lossgeo.engine.checkpoint import Checkpoint
from lossgeo.engine.context import Context
from lossgeo.engine.executor import Inline
from lossgeo.engine.job import in_order
from lossgeo.engine.observer import Silent
from lossgeo.engine.runner import run
from lossgeo.engine.store import Store
from lossgeo.errors import SpecError
from lossgeo.families.point import Point
from lossgeo.jobs import Jobs
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import silent
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.results import OpenStudy
from lossgeo.spec.study import Study

SPEC = """\
title: Networks as points
dataset: {kind: digits, train: 120, validation: 60, test: 50}
architecture: {kind: mlp, hidden: [6]}
training: {batch_size: 40, epochs: 1}
networks:
  a: {kind: trained}
  b: {kind: trained, member: 1}
  early: {kind: epoch, network: a, epoch: 1}
subspaces:
  line: {kind: simplex, vertices: 2}
  curve: {kind: bezier, ends: [a, b]}
analyses:
  - {kind: path, points: 5, of: [curve, a, early]}
  - {kind: hessian_ends, of: [a], examples: 20, steps: 5}
  - {kind: chord, samples: 3}
claims:
  - {table: path, where: {subspace: a, place: corner}, column: loss, comparison: above, published: 0, source: us}
"""

OF_POINTS = [
    kind for kind, variant in Analysis.variants.items() if variant().needs(Point()) is None and not variant.of_networks
]
"""Those of one subspace that a network on its own is a subject of."""


def study_of(*overrides: str) -> Study:
    return read_text(SPEC, "points.yaml", Study, overrides)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    folder = tmp_path_factory.mktemp("points")
    store, study = Store(folder / "store"), study_of()
    assert run(Jobs(study).targets, store, Inline(store, ()), Silent()).failed == {}
    return OpenStudy(study, store, folder)


def point() -> Subject:
    network = Mlp(hidden=(4,))
    landscape = NetworkLandscape(network, network.layout(INPUTS, CLASSES), toy_examples(40))
    return Subject(
        family=Point(),
        fitted=Fitted(toy_weights(network, 1)),
        independent=Points.of(normal(1, landscape.dimension, seed=1)),
        landscape=lambda _split: landscape,
        stream=partial(stream, 0),
        progress=silent,
        update=lambda corner, generator: torch.randn(landscape.dimension, generator=generator).double() + corner,
    )


# Analyses of points


def test_what_a_network_on_its_own_has_can_be_asked_of_it() -> None:
    assert OF_POINTS == ["hessian_ends", "path", "update_convexity"]


@pytest.mark.parametrize("kind", OF_POINTS)
def test_the_record_of_a_point_survives_the_store_and_has_a_table(kind: str) -> None:
    analysis = Analysis.variants[kind]().smoke()

    record = analysis.compute(point())

    loaded = codec.load(analysis.record, codec.dump(record, analysis.record))
    assert repr(loaded.table()) == repr(record.table())
    assert len({tuple(row) for row in record.table()}) == 1


def test_the_path_of_a_point_is_its_loss() -> None:
    subject = replace(point(), independent=None)

    record = AlongPath().compute(subject)

    expected = subject.landscape("test").evaluate(subject.corners).loss
    assert record.s.tolist() == [0.0]
    np.testing.assert_allclose(record.route["test"].loss, expected, rtol=1e-6)
    assert len(record.inside["test"].loss) == 0


# A study


def test_a_network_is_asked_under_its_own_name(opened: OpenStudy) -> None:
    asked = [(question.analysis, question.subspace) for question in opened.jobs.questions]

    assert asked == [
        ("path", "curve"),
        ("path", "a"),
        ("path", "early"),
        ("hessian_ends", "a"),
        ("chord", "line"),
        ("chord", "curve"),
    ]


def test_a_network_is_no_subject_unless_it_is_named() -> None:
    study = study_of("analyses=[{kind: path}]", "claims=[]")

    assert study.targets(study.analyses[0]) == ["line", "curve"]


def test_by_default_an_analysis_is_of_the_subspaces_that_it_can_be_of() -> None:
    study = study_of("analyses=[{kind: plane, through: principal}]", "claims=[]")

    assert study.targets(study.analyses[0]) == ["curve"]


def test_the_numbers_of_a_network_are_those_of_the_end_of_a_curve_that_holds_it(opened: OpenStudy) -> None:
    table = opened.table("path")
    corners = table[(table["place"] == "corner") & (table["split"] == "test")].set_index("subspace")["loss"]

    assert corners["a"] == pytest.approx(corners["curve"].iloc[0], rel=1e-6)


def test_nothing_is_trained_for_a_network_but_itself() -> None:
    jobs = Jobs(study_of("analyses=[{kind: hessian_ends, of: [early]}]", "claims=[]"))
    (asked,) = jobs.questions

    assert asked.job.dependencies == jobs.networks["early", 0].jobs
    assert asked.job in in_order(jobs.targets)


def test_a_network_has_a_colour_of_its_own_and_is_drawn_as_a_marker(opened: OpenStudy) -> None:
    results = opened.results("path")

    fig = figures.path(results)

    assert [result.index for result in results] == [1, 2, 4]
    markers = [line.get_marker() for line in fig.axes[1].lines]
    assert "D" in markers
    legends = [text.get_text() for legend in fig.legends for text in legend.get_texts()]
    assert {"a network on its own", "along the subspace"} <= set(legends)
    plt.close(fig)


def test_a_figure_of_hessian_ends_names_the_network(opened: OpenStudy) -> None:
    fig = figures.hessian_ends(opened.results("hessian_ends"))

    assert [label.get_text() for label in fig.axes[-1].get_xticklabels()] == ["a"]
    plt.close(fig)


def test_a_claim_may_be_about_a_network(opened: OpenStudy) -> None:
    from lossgeo.claims import judged

    assert [verdict.outcome.value for verdict in judged(opened)] == ["holds"]


def test_a_job_is_labelled_with_the_name_of_the_network(opened: OpenStudy) -> None:
    assert "hessian_ends of a · seed 0" in opened.jobs.labels.values()


def test_an_analysis_of_a_network_loads_nothing_but_its_weights(opened: OpenStudy) -> None:
    job = next(asked.job for asked in opened.jobs.questions if asked.analysis == "hessian_ends")
    context = Context(opened.store, (), lambda *_: None, Checkpoint(opened.folder / "none"))

    subject = job.subject(context)

    assert torch.equal(subject.corners.dense(), opened.jobs.networks["a", 0].load(context, "last").basis)


# Faults


@pytest.mark.parametrize(
    ("analyses", "expected"),
    [
        (
            "[{kind: chord, of: [line, a]}]",
            r"0\.of\.1: got the network 'a'; expected a subspace of 1 or more dim.*; choose others with `of`",
        ),
        (
            "[{kind: path, of: [lin]}]",
            r"0\.of\.0: got 'lin'; expected a subspace or a network .*\(line, curve, a, b, early\); .* 'line'",
        ),
        (
            "[{kind: plane, through: principal, of: [line]}]",
            r"0\.of\.0: got the subspace 'line'; expected one that bends or .*: a straight line spans no plane",
        ),
    ],
)
def test_what_an_analysis_cannot_be_of_is_refused_with_its_place(analyses: str, expected: str) -> None:
    with pytest.raises(SpecError, match=expected):
        study_of(f"analyses={analyses}", "claims=[]")


def test_an_analysis_that_can_be_of_no_subspace_is_refused() -> None:
    with pytest.raises(
        SpecError,
        match=r"analyses\.0: got only 'line' to be of; expected one that bends .*: a straight line .*; add one",
    ):
        study_of("subspaces={line: {kind: simplex}}", "analyses=[{kind: plane, through: principal}]", "claims=[]")


def test_all_subjects_that_do_not_fit_are_told_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        study_of("analyses=[{kind: chord, of: [a, b]}]", "claims=[]")

    assert [place in str(caught.value) for place in ("analyses.0.of.0", "analyses.0.of.1")] == [True, True]
