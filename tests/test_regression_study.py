"""A whole run of a small regression: every section of its report speaks of its loss, and none of an accuracy."""

from __future__ import annotations

import re

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from quick_call import quick_call
from tiny_study import Finished, once

from lossgeo import open_study

SPEC = """\
title: A tiny study of a wave
description: A network learns the amplitude of a note as a function of time.
dataset: {kind: waveform, train: 96, validation: 64, test: 64}
architecture: {kind: siren, hidden: [8, 8]}
training: {optimizer: {kind: adam, lr: 1e-3}, batch_size: 32, epochs: 2}
seeds: [0, 1]
subspaces:
  line: {kind: simplex, vertices: 2}
  triangle: {kind: simplex, vertices: 3}
  curve: {kind: mlp_curve, hidden: [3, 4]}
analyses:
  - {kind: path, points: 5, inside: 4}
  - {kind: plane, points: 5}
  - {kind: perturbation, std: [0.01], draws: 2, points: 5, surface_points: 5}
  - {kind: chord, samples: 5}
  - {kind: barrier, points: 5}
  - {kind: intrinsic_dimension, samples: 40, neighbours: [5], controls: 19}
  - {kind: curvature, points: 11}
sweep: {subspaces.line.diversity: [0.0, 1.0]}
claims:
  - {table: path, where: {subspace: line, split: test}, column: accuracy, published: 0.9, source: an example}
  - {table: path, where: {split: test}, column: loss, comparison: below, published: 1e6, source: an example}
"""

FOREIGN = re.compile(r"accurac\w*|\bnats\b|\bnan\b|(?<!squared )\berrors?\b", re.IGNORECASE)


@pytest.fixture(scope="session")
def regression(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The study, run once for all tests of it."""
    command = ("run", "tiny.yaml", "--workers", "0", "--check-claims")
    return once(tmp_path_factory, "regression", *command, run_by=quick_call, spec=SPEC)


@pytest.fixture(scope="module")
def page(regression: Finished) -> BeautifulSoup:
    """Its page without folded code and specs, and without the section of claims, which name what they claim."""
    page = BeautifulSoup((regression.report / "index.html").read_text(encoding="utf-8"), "html.parser")
    for folded in page.select("details"):
        folded.decompose()
    return page


def section(page: BeautifulSoup, anchor: str) -> str:
    """The words of a section, with the descriptions of its pictures."""
    start = page.find(id=anchor)
    assert start is not None
    words = []
    for part in start.find_all_next(["h2", "h3", "p", "figcaption", "td", "th", "img"]):
        if part.name == "h2":
            break
        words.append(str(part.get("alt", "")) or part.get_text(" "))
    return " ".join(" ".join(words).split())


def test_the_study_runs_to_its_end(regression: Finished) -> None:
    assert regression.run.returncode == 0, regression.run.stderr
    assert regression.summary()["status"] == "complete"


@pytest.mark.parametrize(
    "anchor",
    [
        *("training", "along-the-subspaces", "loss-surfaces", "perturbed-corners"),
        *("curve-and-chord", "straight-lines-between-networks", "the-sweep"),
    ],
)
def test_a_section_tells_the_loss_in_its_unit_and_no_accuracy(page: BeautifulSoup, anchor: str) -> None:
    words = section(page, anchor)

    assert "squared error" in words
    assert FOREIGN.findall(words) == []


def test_what_the_study_answers_is_told_in_its_losses(regression: Finished, page: BeautifulSoup) -> None:
    said = page.select_one("section.answer")
    found = regression.summary()

    assert said is not None
    assert "loss (squared error)" in said.get_text()
    labels = [number["label"] for number in found["numbers"]]
    assert FOREIGN.findall(" ".join([*found["answer"], *labels])) == []


def test_no_cell_of_the_report_warned_or_failed(regression: Finished) -> None:
    notebook = nbformat.read(regression.report / "notebook.ipynb", as_version=4)

    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]

    assert [output for output in outputs if output.output_type in ("error", "stream")] == []


def test_the_tables_keep_the_columns_of_accuracies_and_leave_them_empty(regression: Finished) -> None:
    path = pd.read_csv(regression.report / "tables" / "path.csv")
    training = pd.read_csv(regression.report / "tables" / "training.csv")

    assert path["accuracy"].isna().all()
    assert path["loss"].notna().all()
    assert training[["train_accuracy", "validation_accuracy"]].isna().all(axis=None)


def test_the_table_of_the_study_says_what_its_losses_are(regression: Finished) -> None:
    (row,) = open_study(regression.report).table("study").to_dict("records")

    assert row["loss_unit"] == "squared error"


def test_a_claim_on_the_accuracy_is_undecided_and_one_on_the_loss_is_judged(regression: Finished) -> None:
    accuracy, loss = regression.summary()["claims"]

    assert (accuracy["verdict"], accuracy["mean"]) == ("undecided", None)
    assert "a regression has no accuracy" in accuracy["remark"]
    assert loss["verdict"] == "holds"
