"""A whole run of the tiny study with a sweep: exactly its jobs are computed, and its report shows their results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib import pyplot as plt
from quick_call import quick_call
from scipy.stats import t as student
from tiny_study import JOBS, SPEC, Finished, journal, once, write_bare_templates, write_spec

from lossgeo import figures, open_study
from lossgeo.documents.loader import read_text
from lossgeo.engine.store import Store
from lossgeo.results import OpenStudy, TrainingResult
from lossgeo.spec.study import Study
from lossgeo.stages import Fit
from lossgeo.swept import SweptFit, affected, swept_fits, with_base
from lossgeo.training.record import History, Snapshot, TrainingRecord

SWEPT = SPEC.replace("{kind: plane, points: 5}", "{kind: plane, points: 5, swept: false}")
SWEPT += "sweep: {subspaces.line.diversity: [0.0, 1.0]}\n"
"""The second value is that of the spec."""

ADDED = 2 + 3 * 2
"""The line at the other value: its fits, and the three analyses that are swept, of two seeds."""

PATH = "subspaces.line.diversity"


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The study, run by worker processes, which get it as JSON."""
    return once(tmp_path_factory, "swept", "run", "tiny.yaml", "--workers", "0", run_by=quick_call, spec=SWEPT)


@pytest.fixture
def study(swept: Finished) -> OpenStudy:
    return open_study(swept.report)


@pytest.fixture
def page(swept: Finished) -> BeautifulSoup:
    return BeautifulSoup((swept.report / "index.html").read_text(encoding="utf-8"), "html.parser")


def tables(page: BeautifulSoup) -> list[list[list[str]]]:
    """The cells of the tables in the section of the sweep."""
    heading = page.find(id="the-sweep")
    assert heading is not None
    parts = heading.find_all_next(["h2", "table"])
    ends = next((i for i, part in enumerate(parts) if part.name == "h2"), len(parts))
    return [
        [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in part.find_all("tr")]
        for part in parts[:ends]
    ]


def with_interval(values: list[float], spec: str, low: float, high: float) -> str:
    """The mean over two seeds with its 95 % interval, as scipy gives it, cut to what the quantity can be."""
    mean, error = np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))
    ends = student.interval(0.95, len(values) - 1, loc=mean, scale=error)
    return f"{mean:{spec}} [{max(ends[0], low):{spec}}, {min(ends[1], high):{spec}}]"


def line_of(study: OpenStudy, seed: int) -> Fit:
    """The training of the line."""
    weights = study.jobs.subspaces["line", seed]
    assert isinstance(weights, Fit)
    return weights


def corners(study: OpenStudy, seed: int) -> tuple[float, float]:
    """Cosine and distance of the ends of the stored line: its basis holds them."""
    fit = study.store.load(line_of(study, seed))
    one, other = fit.last.basis.astype(np.float64)
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return float(cosine), float(np.linalg.norm(one - other))


def test_exactly_the_jobs_that_differ_are_added(swept: Finished) -> None:
    assert swept.run.returncode == 0, swept.run.stderr
    assert swept.summary()["jobs"] == {"computed": JOBS + ADDED, "reused": 0, "failed": 0, "blocked": 0}
    computed = [entry["key"] for entry in journal(swept.store)]
    assert len(computed) == len(set(computed)) == JOBS + ADDED


def test_a_run_names_the_setting_of_a_job(swept: Finished) -> None:
    assert "fit line (diversity 0) · seed 1 — " in swept.run.stderr
    assert "path of line (diversity 0) · seed 0 — " in swept.run.stderr
    assert "plane of line (diversity 0)" not in swept.run.stderr


def test_a_plan_and_a_partial_report_count_the_jobs_of_the_sweep(finished: Finished, tmp_path: Path) -> None:
    """On the store of the study without a sweep."""
    write_spec(tmp_path, SWEPT)
    write_bare_templates(tmp_path)

    planned = quick_call("plan", "tiny.yaml", "--store", finished.store, folder=tmp_path)
    rendered = quick_call("report", "tiny.yaml", "--store", finished.store, folder=tmp_path)

    assert f"{ADDED} to compute, {JOBS} to reuse\n" in planned.stdout
    assert rendered.returncode == 1
    text = (tmp_path / "reports" / "tiny" / "index.html").read_text(encoding="utf-8")
    assert f"{ADDED} of {JOBS + ADDED} results are missing" in " ".join(BeautifulSoup(text, "html.parser").text.split())


def test_the_settings_are_those_at_which_something_differs(study: OpenStudy) -> None:
    assert [values for values, _ in study.settings] == [{PATH: 0.0}]
    assert [(dict(values), setting is study) for values, setting in with_base(study)] == [
        ({PATH: 0.0}, False),
        ({PATH: 1.0}, True),
    ]
    assert affected(study) == ["line"]


def test_the_table_of_the_sweep_holds_the_corners_of_the_stored_weights(swept: Finished, study: OpenStudy) -> None:
    table = pd.read_csv(swept.report / "tables" / "sweep.csv")

    expected = [corners(setting, seed) for _, setting in with_base(study) for seed in (0, 1)]

    assert list(zip(table[PATH], table["subspace"], table["seed"], table["epoch"], strict=True)) == [
        (value, "line", seed, 4) for value in (0.0, 1.0) for seed in (0, 1)
    ]
    np.testing.assert_allclose(table[["corner_cosine", "corner_weight_distance"]], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("select", "epoch", "distance"), [("best", 2, 5.0), ("last", 3, 13.0)])
def test_corners_and_validation_are_those_of_the_selected_epoch(
    tmp_path: Path, select: str, epoch: int, distance: float
) -> None:
    """Of a history whose second of three epochs is the best; the corners are orthogonal, with sides of known length."""
    text = SWEPT.replace("seeds: [0, 1]", f"seeds: [0]\nselect: {select}")
    study = OpenStudy(read_text(text, "tiny.yaml", Study), Store(tmp_path), tmp_path)
    sides = [(1.0, 1.0), (6.0, 8.0), (3.0, 4.0), (5.0, 12.0)]
    history = History(
        train_loss=np.zeros(3),
        train_accuracy=np.zeros(3),
        penalty=np.zeros(3),
        validation_loss=np.array([0.3, 0.1, 0.2]),
        validation_accuracy=np.array([0.7, 0.9, 0.8]),
        best_epoch=1,
        corner_gram=np.array([np.diag(np.square(pair)) for pair in sides]),
    )
    nothing = Snapshot(np.empty((0, 0)), {}, np.empty((1, 0)))
    for setting in (study, *(setting for _, setting in study.settings)):
        job = line_of(setting, 0)
        study.store.publish(job, TrainingRecord(last=nothing, best=nothing, history=history), {})

    fits = swept_fits(study)

    expected = (epoch, 0.0, distance, [0.7, 0.9, 0.8][epoch - 1], [0.3, 0.1, 0.2][epoch - 1])
    found = [(fit.row()["epoch"], fit.cosine, fit.distance, fit.accuracy, fit.loss) for fit in fits]
    assert found == [expected] * 2


def test_the_section_shows_the_means_of_the_stored_results(swept: Finished, page: BeautifulSoup) -> None:
    table = pd.read_csv(swept.report / "tables" / "sweep.csv")

    shown = tables(page)[0]

    assert shown[0][:2] == ["diversity", "subspace"]
    for row, value, name in zip(shown[1:], (0.0, 1.0), ("0", "1 (spec)"), strict=True):
        found = table[table[PATH] == value]
        assert row == [
            name,
            "line",
            with_interval(list(found["corner_cosine"]), ".3f", -1, 1),
            with_interval(list(found["corner_weight_distance"]), ".3f", 0, np.inf),
            with_interval(list(found["validation_accuracy"]), ".4f", 0, 1),
            with_interval(list(found["validation_loss"]), ".4f", 0, np.inf),
        ]


def test_the_headline_numbers_that_differ_stand_side_by_side(study: OpenStudy, page: BeautifulSoup) -> None:
    shown = tables(page)[1]
    ((_, other),) = study.settings

    row = next(row for row in shown if row[1] == "mean validation accuracy, line")

    assert shown[0] == ["analysis", "number", "diversity 0", "diversity 1 (spec)"]
    for cell, setting in zip(row[2:], (other, study), strict=True):
        records = [result.record for result in setting.results("path") if result.subspace == "line"]
        means = [float(record.route["validation"].accuracy.mean()) for record in records]
        assert cell == with_interval(means, ".3f", 0, 1)
    assert not [row for row in shown if "curve" in row[1] or "triangle" in row[1] or row[0] == "plane"]


def test_a_report_without_a_sweep_has_no_section_of_it(finished: Finished) -> None:
    page = BeautifulSoup((finished.report / "index.html").read_text(encoding="utf-8"), "html.parser")

    assert page.find(id="the-sweep") is None
    assert not (finished.report / "tables" / "sweep.csv").exists()


def at(value: float | str, *, is_base: bool = False, lr: float | str = 0.1) -> list[SweptFit]:
    """The fits of two seeds at a swept value."""
    setting = {PATH: value, "training.optimizer.lr": lr}
    return [SweptFit(setting, is_base, 0, trained(seed)) for seed in (0, 1)]


def trained(seed: int) -> TrainingResult:
    """A training of one epoch, after which the validation loss is one more than the seed."""
    one = np.ones(1)
    history = History(one, one, one, one + seed, one / 2, best_epoch=0, corner_gram=np.tile(np.eye(2), (2, 1, 1)))
    return TrainingResult("line", 0, seed, history, selected=0)


@pytest.mark.parametrize(
    ("values", "scale", "ticks"),
    [
        ([0.1, 1.0, 10.0], "log", [0.1, 1.0, 10.0]),
        ([10.0, 0.1, 1.0], "log", [10.0, 0.1, 1.0]),
        ([1.0, 2.0, 4.0], "linear", [1.0, 2.0, 4.0]),
        ([0.0, 0.1, 0.2], "linear", [0.0, 0.1, 0.2]),
        ([10.0, 0.0, 0.1], "linear", [0.0, 1.0, 2.0]),
        (["relu", "tanh"], "linear", [0.0, 1.0]),
    ],
)
def test_the_axis_suits_the_values(values: list[float | str], scale: str, ticks: list[float]) -> None:
    fig = figures.sweep([fit for i, value in enumerate(values) for fit in at(value, is_base=i == 0)])

    ax = fig.axes[-1]
    assert (ax.get_xscale(), [float(tick) for tick in ax.get_xticks()]) == (scale, ticks)
    plt.close(fig)


def test_dollar_signs_in_a_value_are_no_formula() -> None:
    values = [r"$\no{formula$.wav", "$x$.wav"]

    fig = figures.sweep([fit for lr in values for value in values for fit in at(value, lr=lr)])

    fig.draw_without_rendering()
    assert [label.get_text() for label in fig.axes[-1].get_xticklabels()] == [r"\$\no{formula\$.wav", r"\$x\$.wav"]
    plt.close(fig)


def test_a_figure_has_a_dot_a_seed_a_line_of_means_and_the_value_of_the_spec() -> None:
    fig = figures.sweep([*at(1.0, is_base=True), *at(2.0), *at(3.0)])

    dots, means, base = fig.axes[3].get_lines()
    assert np.asarray(dots.get_xydata()).tolist() == [[x, y] for x in (1, 2, 3) for y in (1, 2)]
    assert np.asarray(means.get_xydata()).tolist() == [[1, 1.5], [2, 1.5], [3, 1.5]]
    assert list(np.asarray(base.get_xdata())) == [1.0, 1.0]
    plt.close(fig)


def test_every_combination_of_the_other_paths_has_a_line_of_its_own() -> None:
    fig = figures.sweep([fit for lr in (0.1, 0.2) for value in (1.0, 2.0, 3.0) for fit in at(value, lr=lr)])

    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == ["line", "lr 0.1", "lr 0.2", "value of the spec"]
    assert len(fig.axes[0].get_lines()) == 4
    plt.close(fig)
