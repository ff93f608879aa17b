"""Sweeps of a spec: the studies that they stand for, and everything that may be wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lossgeo.documents.loader import read_text
from lossgeo.documents.writer import write
from lossgeo.errors import SpecError
from lossgeo.families.simplex import Simplex
from lossgeo.jobs import Jobs
from lossgeo.spec.study import Study
from lossgeo.spec.sweep import Values, short_names
from lossgeo.training.options import Training

SPEC = """\
title: A sweep
training: {epochs: 4}
subspaces:
  line: {kind: simplex}
  curve: {kind: mlp_curve}
analyses:
  - {kind: path}
  - {kind: curvature, swept: false}
sweep:
"""


def swept(*entries: str) -> Study:
    """The study with a sweep."""
    return read_text(SPEC + "".join(f"  {entry}\n" for entry in entries), "specs/x.yaml", Study)


def complaint(*entries: str) -> str:
    """What is said about a faulty sweep."""
    with pytest.raises(SpecError) as caught:
        swept(*entries)
    return str(caught.value)


def family(study: Study, name: str = "line") -> Simplex:
    """A simplex of the study."""
    found = study.subspaces[name]
    assert isinstance(found, Simplex)
    return found


def keys(study: Study) -> list[str]:
    """Of the jobs of a study."""
    return [job.key for job in Jobs(study).targets]


# What a sweep stands for


def test_a_spec_without_a_sweep_has_no_settings() -> None:
    study = read_text("title: x\n", "x.yaml", Study)

    assert study.swept_studies() == ()
    assert Jobs(study).targets == list(dict.fromkeys(Jobs(study).own))


def test_several_paths_give_every_combination_the_last_varying_fastest() -> None:
    study = swept("training.epochs: [4, 8]", "subspaces.line.diversity: [0.0, 0.5]")

    found = [
        (dict(values), setting.training.epochs, family(setting).diversity) for values, setting in study.swept_studies()
    ]

    assert found == [
        ({"training.epochs": epochs, "subspaces.line.diversity": diversity}, epochs, diversity)
        for epochs in (4, 8)
        for diversity in (0.0, 0.5)
    ]


def test_a_setting_is_the_study_with_one_value_replaced_and_its_swept_analyses_only() -> None:
    study = swept("training.epochs: [8]")

    ((_, setting),) = study.swept_studies()

    expected = study.model_copy(
        update={"training": Training(epochs=8), "analyses": study.analyses[:1], "sweep": {}},
    )
    assert setting == expected


def test_a_path_leads_through_lists_by_index() -> None:
    study = swept("analyses.0.points: [7]", "architecture.hidden.0: [16, 32]")

    hidden = [setting.architecture.model_dump()["hidden"] for _, setting in study.swept_studies()]
    points = [setting.analyses[0].model_dump()["points"] for _, setting in study.swept_studies()]

    assert (hidden, points) == ([(16,), (32,)], [7, 7])


def test_an_integer_where_a_float_stands_gives_the_key_of_the_float() -> None:
    whole, broken = swept("subspaces.line.diversity: [3]"), swept("subspaces.line.diversity: [3.0]")

    ((values, _),) = whole.swept_studies()

    assert type(values["subspaces.line.diversity"]) is float
    assert keys(whole) == keys(broken)


def test_an_integer_stays_one_where_an_integer_stands() -> None:
    ((values, _),) = swept("training.epochs: [8]").swept_studies()

    assert type(values["training.epochs"]) is int


def test_a_sweep_survives_being_written_and_being_sent_to_a_worker() -> None:
    study = swept("subspaces.line.diversity: [0, 1e-5, 10.0]", "architecture.activation: [relu, tanh]")

    written = read_text(write(study), "study.yaml", Study)
    sent = Study.model_validate_json(study.model_dump_json())

    assert written == sent == study
    assert keys(written) == keys(sent) == keys(study)


# Its jobs


def test_the_combination_that_is_the_spec_itself_costs_nothing() -> None:
    study = swept("subspaces.line.diversity: [1.0]")

    assert Jobs(study).targets == Jobs(study.model_copy(update={"sweep": {}})).targets


def test_only_jobs_that_a_value_changes_are_added_each_once() -> None:
    study = swept("subspaces.line.diversity: [0.5, 1.0]")
    jobs = Jobs(study)

    added = [job for job in jobs.targets if job not in jobs.own]

    assert [jobs.labels[job.key] for job in added] == [
        "fit line (diversity 0.5) · seed 0",
        "path of line (diversity 0.5) · seed 0",
    ]
    assert len(jobs.targets) == len(set(jobs.targets)) == len(jobs.own) + 2


def test_a_job_of_the_spec_keeps_its_name() -> None:
    study = swept("subspaces.line.diversity: [0.5, 1.0]")
    plain = Jobs(study.model_copy(update={"sweep": {}})).labels

    assert plain.items() <= Jobs(study).labels.items()


def test_whether_an_analysis_is_swept_is_no_part_of_its_key() -> None:
    (path, _) = swept("training.epochs: [8]").analyses

    assert path.model_copy(update={"swept": False}).everywhere() == path.everywhere()


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["subspaces.line.diversity", "training.l2"], ["diversity", "l2"]),
        (["subspaces.line.diversity", "subspaces.curve.diversity"], ["line.diversity", "curve.diversity"]),
        (["architecture.hidden.0", "architecture.hidden.1"], ["hidden.0", "hidden.1"]),
        (["select"], ["select"]),
    ],
)
def test_a_short_name_is_as_long_as_it_must_be(paths: list[str], names: list[str]) -> None:
    assert list(short_names(paths).values()) == names


# At toy size


def test_a_smoke_run_keeps_the_paths_and_the_values_that_toy_size_leaves_alone() -> None:
    study = swept("subspaces.line.diversity: [0, 10]", "training.optimizer.lr: [1e-3, 1e-2]")

    assert study.smoke().sweep == study.sweep


def test_a_smoke_run_is_of_toy_size_at_every_setting() -> None:
    toy = swept("training.epochs: [1, 50, 100]", "architecture.hidden.0: [8, 512]").smoke()

    settings = [
        (setting.training.epochs, setting.architecture.model_dump()["hidden"]) for _, setting in toy.swept_studies()
    ]

    assert settings == [(1, (8,)), (1, (16,)), (2, (8,)), (2, (16,))]


def test_the_sweep_of_a_smoke_run_is_valid() -> None:
    toy = swept("training.epochs: [50, 100]", "analyses.0.points: [11, 21]").smoke()

    assert read_text(write(toy), "study.yaml", Study) == toy


def test_a_path_that_toy_size_cuts_off_is_left_out() -> None:
    text = "title: x\nanalyses: [{kind: intrinsic_dimension, neighbours: [5, 10]}]\n"
    study = read_text(f"{text}sweep: {{analyses.0.neighbours.1: [20], training.l2: [0.1]}}\n", "x.yaml", Study)

    assert list(study.smoke().sweep) == ["training.l2"]


# What is wrong


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param(
            "subspaces.line.diversity: [0.0, 0.1, -1]",
            "10:40: sweep.subspaces.line.diversity.2: got -1; expected a number ≥ 0",
            id="a value out of range",
        ),
        pytest.param(
            "training.epochs: [8, 1.5]",
            "10:24: sweep.training.epochs.1: got 1.5 (number); expected an integer ≥ 1",
            id="a value of the wrong type",
        ),
        pytest.param(
            "architecture.activation: [tan]",
            "10:29: sweep.architecture.activation.0: got 'tan'; expected one of 'relu', 'tanh'; did you mean 'tanh'?",
            id="a word that is no choice",
        ),
        pytest.param(
            "dataset.train: [10000]",
            "10:3: sweep: got train 10000, with which dataset is a mapping of 'kind', 'train', "
            "'validation', 'test', 'split_seed', 'normalization', 'augmentation'; expected train + validation of at "
            "most 1,437 examples, the official training set",
            id="a value that another one forbids",
        ),
        pytest.param(
            "subspaces.lin.diversity: [0.5]",
            "10:3: sweep.subspaces.lin.diversity: got the unknown step 'lin' into subspaces; expected one of 'line', "
            "'curve'; did you mean 'subspaces.line.diversity'?",
            id="an unknown subspace",
        ),
        pytest.param(
            "training.epoch: [8]",
            "10:3: sweep.training.epoch: got the unknown step 'epoch' into training; expected one of 'optimizer', "
            "'schedule', 'batch_size', 'epochs', 'l2', 'early_stopping'; did you mean 'training.epochs'?",
            id="an unknown option",
        ),
        pytest.param(
            "analyses.2.points: [8]",
            "10:3: sweep.analyses.2.points: got the step '2' into a list of 2; expected an index from 0 to 1",
            id="an index beyond the list",
        ),
        pytest.param(
            "training.epochs.x: [8]",
            "10:3: sweep.training.epochs.x: got the step 'x' into 4; expected a mapping or a list there",
            id="a step into a number",
        ),
        pytest.param(
            "architecture.hidden: [8]",
            "10:3: sweep.architecture.hidden: got the path of a list of 1; expected that of a single value",
            id="the path of a list",
        ),
        pytest.param(
            "training.epochs: []",
            "10:20: sweep.training.epochs: got an empty list; expected a list of 1 or more values true or false or "
            "integers or numbers or strings",
            id="no values",
        ),
        pytest.param(
            "subspaces.line.diversity: [2, 2.0]",
            "10:33: sweep.subspaces.line.diversity.1: got 2.0 again; expected a value that is not in the list already",
            id="a value again",
        ),
        pytest.param(
            "training.optimizer.kind: [adam]",
            "10:3: sweep.training.optimizer.kind: got the path of a kind; expected an option other than a kind, which "
            "decides on the options there are",
            id="a kind",
        ),
        pytest.param(
            "analyses.1.points: [8]",
            "10:3: sweep.analyses.1.points: got the path of an option of one that is not; expected an option of an "
            "analysis that is swept (`swept: true`)",
            id="an analysis that is not swept",
        ),
        *(
            pytest.param(
                f"{path}: [1]",
                f"10:3: sweep.{path}: got the path of what a whole report has once; expected the path of an option "
                f"that results depend on",
                id=path,
            )
            for path in ("title", "description", "seeds.0", "sweep", "claims", "analyses.0.name", "analyses.0.of.0")
        ),
    ],
)
def test_a_fault_is_located_at_its_entry_of_the_sweep(entry: str, message: str) -> None:
    assert complaint(entry).splitlines()[0] == f"specs/x.yaml:{message}"
    assert len(complaint(entry).splitlines()) == 3


def test_a_thousand_combinations_are_the_most() -> None:
    many = ", ".join(map(str, range(1, 32)))

    assert len(swept(f"training.epochs: [{many}]", f"training.batch_size: [{many}]").swept_studies()) == 961
    assert complaint(f"training.epochs: [{many}, 32]", f"training.batch_size: [{many}, 32]").startswith(
        "specs/x.yaml:10:3: sweep: got 1,024 combinations of its values; expected at most 1,000\n"
    )


def test_a_combination_that_is_not_valid_though_its_values_are_is_named() -> None:
    text = complaint("dataset.train: [200, 1000]", "dataset.validation: [100, 437, 800]")

    assert text.splitlines()[0] == (
        "specs/x.yaml:10:3: sweep: got train 1000, validation 800, with which dataset is a mapping of "
        "'kind', 'train', 'validation', 'test', 'split_seed', 'normalization', 'augmentation'; expected train + "
        "validation of at most 1,437 examples, the official training set"
    )


def test_values_that_are_valid_only_together_are_accepted() -> None:
    study = swept("dataset.train: [1337]", "dataset.validation: [100]")

    assert len(study.swept_studies()) == len(study.smoke().swept_studies()) == 1


def test_faults_of_a_sweep_come_at_once() -> None:
    text = complaint("training.epochs: [0, 0]", "trainin.l2: [1]", "title: [x]")

    assert text.endswith("\n4 faults")


def test_the_faults_of_the_rest_come_first() -> None:
    with pytest.raises(SpecError, match=r"^x\.yaml:2:20: training\.epochs: got 0; expected an integer ≥ 1\n.*\n +\^$"):
        read_text("title: x\ntraining: {epochs: 0}\nsweep: {training.l2: [-1]}\n", "x.yaml", Study)


def test_an_analysis_may_not_take_the_file_of_the_sweep() -> None:
    text = "title: x\nanalyses: [{kind: path, name: sweep}]\nsweep: {training.l2: [0.1]}\n"

    with pytest.raises(SpecError, match=r"analyses\.0\.name: got 'sweep'; expected another name"):
        read_text(text, "x.yaml", Study)


@pytest.mark.parametrize(
    "sweep", [None, 3, "x", (), {"a": None}, {"": (1,)}, {"a": ({},)}, {"a..b": (1,)}, {"seeds": 3}]
)
def test_a_sweep_of_any_shape_is_refused_and_never_a_crash(sweep: Any) -> None:
    raw: Mapping[str, Any] = {"title": "x", "sweep": sweep}

    faults = list(Study.cross_check(raw))

    assert all(fault.path[0] == "sweep" for fault in faults)


def test_values_are_given_with_their_paths() -> None:
    values: list[Values] = [values for values, _ in swept("select: [best, last]").swept_studies()]

    assert values == [{"select": "best"}, {"select": "last"}]
