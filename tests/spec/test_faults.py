"""What a run would refuse or make nonsense of is refused before any job, with its place and what to do."""

from __future__ import annotations

import re

import pytest

from lossgeo.documents.loader import read_text
from lossgeo.documents.writer import write
from lossgeo.errors import SpecError
from lossgeo.spec.study import Study


def faults(text: str) -> list[str]:
    """The lines of the error that say what is wrong, without the spec's name."""
    with pytest.raises(SpecError) as caught:
        read_text(f"title: x\n{text}", "x.yaml", Study)
    lines = [line for line in str(caught.value).splitlines() if not line.startswith("    ")]
    return [line.removeprefix("x.yaml:") for line in lines if not re.fullmatch(r"\d+ faults", line)]


def fault(text: str) -> str:
    """The only fault."""
    (found,) = faults(text)
    return found


def study(text: str) -> Study:
    return read_text(f"title: x\n{text}", "x.yaml", Study)


# What the loss is of


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "architecture: {kind: lenet5}\n",
            "2:22: architecture.kind: got 'lenet5'; expected an architecture for the data set: lenet5 needs pictures "
            "of at least 16×16 pixels, the data set has 1×8×8; choose a data set of larger pictures or another "
            "`architecture.kind`",
            id="pictures that are too small",
        ),
        pytest.param(
            "dataset: {kind: waveform}\narchitecture: {kind: resnet20}\n",
            "3:22: architecture.kind: got 'resnet20'; expected an architecture for the data set: resnet20 needs "
            "pictures [channels, height, width], the data set has examples of shape [1]; choose a data set of pictures "
            "or another `architecture.kind`",
            id="no pictures",
        ),
        pytest.param(
            "training: {batch_size: 1138}\n",
            "2:24: training.batch_size: got 1138; expected at most 1,137: all training examples, in one step an epoch",
            id="a batch larger than the data",
        ),
        pytest.param(
            "dataset: {kind: digits, train: 100}\n",
            "1:1: training.batch_size: got 128; expected at most 100: all training examples, in one step an epoch",
            id="a batch by default larger than the data",
        ),
        pytest.param(
            "networks: {a: {kind: trained, training: {batch_size: 2000}}}\n",
            "2:54: networks.a.training.batch_size: got 2000; expected at most 1,137: all training examples, in one "
            "step an epoch",
            id="a batch of one network",
        ),
    ],
)
def test_a_network_that_cannot_be_trained_on_the_data_is_refused(text: str, message: str) -> None:
    assert fault(text) == message


def test_a_batch_of_all_examples_is_one() -> None:
    assert study("training: {batch_size: 1137}\n").training.batch_size == 1137


def test_a_fault_of_the_studys_batch_is_not_repeated_for_networks_that_change_something_else() -> None:
    networks = "networks: {a: {kind: trained, training: {epochs: 2}}}\n"

    assert len(faults(f"training: {{batch_size: 2000}}\n{networks}")) == 1


# Networks


def test_epochs_and_steps_beyond_a_training_are_refused_though_it_may_stop_earlier_still() -> None:
    text = (
        "training: {epochs: 5, early_stopping: 1}\n"
        "networks:\n"
        "  a: {kind: trained, training: {epochs: 3}}\n"
        "  e: {kind: epoch, network: a, epoch: 4}\n"
        "  s: {kind: step, network: a, step: 28}\n"
    )

    assert faults(text) == [
        "5:39: networks.e.epoch: got 4; expected an epoch of that training, which has 3",
        "6:37: networks.s.step: got 28; expected a step of that training, which has 27",
    ]


def test_what_is_kept_of_a_training_with_faulty_changes_is_not_judged() -> None:
    text = "networks: {a: {kind: trained, training: {epochs: 0}}, e: {kind: epoch, network: a, epoch: 30}}\n"

    assert fault(text).startswith("2:50: networks.a.training.epochs: got 0; expected an integer ≥ 1")


def test_every_circle_is_named() -> None:
    pairs = ("a", "b"), ("c", "d")
    entries = "".join(
        f"  {one}: {{kind: continued, network: {other}}}\n" for pair in pairs for one, other in (pair, pair[::-1])
    )

    found = faults(f"networks:\n{entries}")

    assert [re.sub(r".*got the circle (\w).*", r"\1", line) in "ab" for line in found] == [True, False]
    assert all("; expected something that is not made of itself" in line for line in found)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param("{kind: trained}", id="another name"),
        pytest.param("{kind: trained, training: {epochs: 10}}", id="changes that change nothing"),
        pytest.param("{kind: trained, training: {optimizer: {lr: 0.001}}}", id="an option that is the study's"),
    ],
)
def test_a_curve_from_a_network_to_itself_is_refused_whatever_it_is_called(second: str) -> None:
    text = f"networks: {{a: {{kind: trained}}, b: {second}}}\nsubspaces: {{c: {{kind: bezier, ends: [a, b]}}}}\n"

    assert fault(text) == (
        "3:41: subspaces.c.ends.1: got 'b', the same network as at ends.0; expected another network: two corners that "
        "are the same span nothing"
    )


def test_networks_that_go_back_to_the_same_two_are_the_same() -> None:
    networks = (
        "networks:\n"
        "  a: {kind: trained}\n"
        "  one: {kind: continued, network: a}\n"
        "  other: {kind: continued, network: {kind: trained}}\n"
    )

    assert "ends.1: got 'other', the same network" in fault(
        f"{networks}subspaces: {{c: {{kind: bezier, ends: [one, other]}}}}\n"
    )
    assert study(f"{networks}subspaces: {{c: {{kind: bezier, ends: [a, other]}}}}\n").subspaces


# Analyses


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        ("{kind: agreement, examples: 1138}", "at most 1,137, all examples of the split 'train'"),
        ("{kind: convex_hull, examples: 100000}", "at most 1,137, all examples of the split 'train'"),
        ("{kind: hessian_ends, examples: 2000}", "at most 1,137, all examples of the split 'train'"),
        ("{kind: update_convexity, examples: 2000}", "at most 1,137, all examples of the split 'train'"),
        ("{kind: barrier, examples: 361}", "at most 360, all examples of the split 'test'"),
        ("{kind: barrier, examples: 1138}", "at most 1,137, all examples of the split 'train'"),
    ],
)
def test_more_examples_than_there_are_are_refused(analysis: str, message: str) -> None:
    found = fault(f"analyses: [{analysis}]\n")

    assert re.fullmatch(rf"2:\d+: analyses\.0\.examples: got \d+; expected {message}", found)


@pytest.mark.parametrize(
    ("subspace", "analysis", "message"),
    [
        pytest.param(
            "{kind: simplex}",
            "{kind: plane, through: principal}",
            "3:12: analyses.0: got only 's' to be of; expected one that bends or has three corners: a straight line "
            "spans no plane; add one to the subspaces",
            id="the principal plane of a line",
        ),
        pytest.param(
            "{kind: trajectory, epochs: [0, 1]}",
            "{kind: plane, through: principal, of: [s]}",
            "3:51: analyses.0.of.0: got the subspace 's'; expected one that bends or has three corners: a straight "
            "line spans no plane; choose others with `of`",
            id="the principal plane of two epochs",
        ),
        pytest.param(
            "{kind: simplex, vertices: 4}",
            "{kind: chen_saidi_dimension, of: [s]}",
            "3:46: analyses.0.of.0: got the subspace 's'; expected a curve or a triangle, the subspaces that grids "
            "were published for; choose others with `of`",
            id="a published grid in three dimensions",
        ),
    ],
)
def test_a_subspace_that_an_analysis_cannot_be_applied_to_is_refused(
    subspace: str, analysis: str, message: str
) -> None:
    assert fault(f"subspaces: {{s: {subspace}}}\nanalyses: [{analysis}]\n") == message


def test_an_analysis_is_applied_to_the_subspaces_that_are_left() -> None:
    text = "subspaces: {line: {kind: simplex}, curve: {kind: mlp_curve}, tetra: {kind: simplex, vertices: 4}}\n"

    found = study(
        f"{text}analyses: [{{kind: plane, through: principal, of: [curve, tetra]}}, "
        f"{{kind: chen_saidi_dimension, of: [line, curve]}}]\n"
    )

    assert len(found.analyses) == 2


# Claims


CLAIMED = """\
seeds: [0, 1]
subspaces:
  line: {kind: simplex}
  curve: {kind: mlp_curve}
  hull: {kind: branches, vertices: 3, split_epochs: [0, 2]}
  way: {kind: trajectory, epochs: [0, 1, 5]}
analyses:
  - {kind: path, of: [line, curve]}
  - {kind: chord, of: [line]}
  - {kind: hessian_ends, of: [way]}
  - {kind: convex_hull, of: [hull], samples: 10}
  - {kind: perturbation, of: [line], std: [0.3]}
  - {kind: agreement, of: [hull]}
claims:
"""


def of_claim(claim: str, text: str = CLAIMED) -> list[str]:
    return [
        re.sub(r"^\d+:\d+: claims\.0\.", "", found)
        for found in faults(f"{text}  - {{{claim}, published: 1, source: a book}}\n")
    ]


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        pytest.param(
            "table: path, column: los",
            "column: got 'los'; expected a column of path ('subspace', 'seed', 'split', 'place', 's', 'loss', "
            "'accuracy'); did you mean 'loss'?",
            id="an unknown column",
        ),
        pytest.param(
            "table: path, column: loss, where: {splt: test}",
            "where.splt: got 'splt'; expected a column of path ('subspace', 'seed', 'split', 'place', 's', 'loss', "
            "'accuracy'); did you mean 'split'?",
            id="an unknown column of the filter",
        ),
        pytest.param(
            "table: path, column: loss, where: {split: tset}",
            "where.split: got 'tset'; expected what split can be in path: 'train', 'validation', 'test'; did you mean "
            "'test'?",
            id="a split that there is not",
        ),
        pytest.param(
            "table: path, column: loss, where: {subspace: hull_0}",
            "where.subspace: got 'hull_0'; expected what subspace can be in path: 'line', 'curve'",
            id="a subspace that the analysis is not of",
        ),
        pytest.param(
            "table: path, column: loss, where: {seed: [1, 2]}",
            "where.seed: got 2; expected what seed can be in path: 0, 1",
            id="a seed that the study does not have",
        ),
        pytest.param(
            "table: hessian_ends, column: ratio, where: {epoch: 4}",
            "where.epoch: got 4; expected what epoch can be in hessian_ends: 0, 1, 5",
            id="an epoch that is no corner",
        ),
        pytest.param(
            "table: convex_hull, column: is_inside_lower, where: {subspace: hull_0, split_epoch: 2}",
            "where.split_epoch: got 2; expected what split_epoch can be in convex_hull: 0",
            id="values that no row has together",
        ),
        pytest.param(
            "table: convex_hull, column: is_inside_lower, where: {mixed_corners: 4}",
            "where.mixed_corners: got 4; expected what mixed_corners can be in convex_hull: 3, 2",
            id="faces that are not sampled",
        ),
        pytest.param(
            "table: path, column: place",
            "column: got 'place'; expected a column of numbers; this one has words, and can be filtered by",
            id="a column of words",
        ),
        pytest.param(
            "table: training, column: epoch, where: {subspace: nobody}",
            "where.subspace: got 'nobody'; expected what subspace can be in training: 'line', 'curve', 'hull_0', "
            "'network of hull_0', 'shared trajectory', 'hull_2', 'network of hull_2', 'way', 'independent network'",
            id="a training that there is not",
        ),
        pytest.param(
            "table: study, column: weigths",
            "column: got 'weigths'; expected a column of study ('weights', 'train', 'validation', 'test', 'seeds', "
            "'epochs', 'batch_size', 'loss_unit'); did you mean 'weights'?",
            id="an unknown column of the study",
        ),
        pytest.param(
            "table: path, column: loss, over: {table: study}",
            "over.column: got 'loss'; expected a column of study ('weights', 'train', 'validation', 'test', 'seeds', "
            "'epochs', 'batch_size', 'loss_unit'); did you mean 'loss_unit'?",
            id="a second operand without the column of the first",
        ),
    ],
)
def test_a_claim_that_no_table_can_answer_is_refused(claim: str, message: str) -> None:
    assert of_claim(claim) == [message]


@pytest.mark.parametrize(
    "claim",
    [
        "table: path, column: loss, where: {split: [train, test], place: corner, subspace: line, seed: 1}",
        "table: path, column: loss, where: {s: 0.5}",
        "table: path, column: loss, where: {split: []}",
        "table: chord, column: t, where: {split: test}",
        "table: hessian_ends, column: ratio, where: {epoch: [0, 5], corner: 3.0}",
        "table: convex_hull, column: is_inside_lower, where: {split_epoch: 2, mixed_corners: 2}",
        "table: perturbation, column: error, where: {std: 0.30000000000000004}",
        "table: agreement, column: right_in_all_hulls, where: {hulls: 2}",
        "table: training, column: train_loss, where: {subspace: independent network}",
        "table: study, column: weights",
    ],
)
def test_a_claim_that_a_table_can_answer_is_accepted(claim: str) -> None:
    assert study(f"{CLAIMED}  - {{{claim}, published: 1, source: a book}}\n").claims


def test_what_all_seeds_have_in_common_is_no_column_with_a_single_seed() -> None:
    (found,) = of_claim("table: agreement, column: right_in_all_hulls", CLAIMED.replace("[0, 1]", "[0]", 1))

    assert found.startswith("column: got 'right_in_all_hulls'; expected a column of agreement ('subspace', ")


def test_splits_are_no_column_of_a_formula() -> None:
    text = "problem: {kind: quadratic}\nanalyses: [{kind: path}]\nclaims:\n"

    assert of_claim("table: path, column: accuracy", text) == [
        "column: got 'accuracy'; expected a column of path ('subspace', 'seed', 'place', 's', 'loss')"
    ]


# Suggestions


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("seeds: 3", "[0, 1, 2]"),
        ("seeds: 2000", "[2000]"),
        ("architecture: {kind: mlp, hidden: 64}", "[64]"),
        ("analyses: [{kind: path, of: line}]", "[line]"),
        ("subspaces: {hull: {kind: branches, split_epochs: 5}}", "[5]"),
    ],
)
def test_a_value_in_place_of_a_list_suggests_the_list(text: str, suggestion: str) -> None:
    assert fault(f"{text}\n").endswith(f"; did you mean {suggestion}?")


# All at once


def test_faults_of_all_sections_come_at_once_in_their_order() -> None:
    found = faults(
        "seeds: [0, 0, x]\n"
        "dataset: {kind: digits, train: 300}\n"
        "architecture: {kind: lenet5}\n"
        "training: {batch_size: 301}\n"
        "networks:\n"
        "  a: {kind: trained}\n"
        "  late: {kind: epoch, network: a, epoch: 11}\n"
        "  odd: {kind: trained, memer: 1}\n"
        "subspaces:\n"
        "  line: {kind: simplex}\n"
        "  curve: {kind: bezier, ends: [a, nobody]}\n"
        "  other: {kind: simplx}\n"
        "analyses:\n"
        "  - {kind: path, of: [line]}\n"
        "  - {kind: plane, of: [lime]}\n"
        "  - {kind: agreement, examples: 301}\n"
        "  - {kind: curvature, points: 0}\n"
        "sweep:\n"
        "  training.epochs: [0]\n"
        "  select: [frist]\n"
        "  networks.odd.member: [1, 1]\n"
        "  subspaces.line.divrsity: [1]\n"
        "claims:\n"
        "  - {table: path, column: acuracy, published: 1, source: a book}\n"
        "  - {table: nowhere, column: loss, published: 1, source: a book}\n"
        "  - {table: path, column: loss, source: a book}\n"
    )

    assert [re.sub(r"^(\d+):\d+: ([^ ]*):.*", r"\1 \2", line) for line in found] == [
        "2 seeds.1",
        "2 seeds.2",
        "4 architecture.kind",
        "5 training.batch_size",
        "8 networks.late.epoch",
        "9 networks.odd.memer",
        "12 subspaces.curve.ends.1",
        "13 subspaces.other.kind",
        "16 analyses.1.of.0",
        "17 analyses.2.examples",
        "18 analyses.3.points",
        "20 sweep.training.epochs.0",
        "21 sweep.select.0",
        "22 sweep.networks.odd.member.1",
        "23 sweep.subspaces.line.divrsity",
        "25 claims.0.column",
        "26 claims.1.table",
        "27 claims.2.published",
    ]


def test_what_depends_on_a_faulty_part_is_not_judged() -> None:
    found = faults(
        "dataset: {kind: digitz}\n"
        "training: {batch_size: 1000000}\n"
        "analyses: [{kind: agreement, examples: 1000000}]\n"
        "sweep: {dataset.train: [7]}\n"
    )

    assert len(found) == 1


@pytest.mark.parametrize("section", ["networks: [a]", "subspaces: [line]", "analyses: {kind: path}", "seeds: {a: 1}"])
def test_of_a_section_that_is_no_such_thing_nothing_is_said_but_that(section: str) -> None:
    whole = {
        "networks": "networks: {a: {kind: trained}, b: {kind: trained, member: 1}}",
        "subspaces": "subspaces: {line: {kind: simplex}, c: {kind: bezier, ends: [a, b]}}",
        "analyses": "analyses: [{kind: path, of: [line]}]",
        "sweep": "sweep: {networks.a.member: [3], subspaces.line.diversity: [3], analyses.0.points: [3]}",
        "claims": "claims: [{table: path, column: loss, where: {subspace: line}, published: 1, source: a book}]",
    }

    text = "\n".join({**whole, section.split(":", maxsplit=1)[0]: section}.values())

    assert fault(f"{text}\n").startswith(f"{text[: text.index(section)].count(chr(10)) + 2}:")


def test_a_sweep_is_checked_though_a_required_key_is_missing() -> None:
    with pytest.raises(
        SpecError, match=r"(?s)x\.yaml:1:1: title: got no such key .*sweep\.training\.epochs\.0: got 0;"
    ):
        read_text("sweep: {training.epochs: [0]}\n", "x.yaml", Study)


# At toy size


def test_the_smoke_run_of_a_study_of_large_batches_and_many_examples_is_valid() -> None:
    large = study(
        "training: {batch_size: 1000}\n"
        "networks: {a: {kind: trained, training: {batch_size: 1100}}, b: {kind: trained, member: 1}}\n"
        "subspaces: {c: {kind: bezier, ends: [a, b], training: {batch_size: 900}}}\n"
        "analyses:\n"
        "  - {kind: agreement, examples: 1000}\n"
        "  - {kind: convex_hull, examples: 1000}\n"
        "  - {kind: barrier, examples: 300}\n"
    )

    small = large.smoke()

    assert read_text(write(small), "small.yaml", Study) == small
