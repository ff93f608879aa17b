"""Claims, judged by tables that are written down here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from quick_call import quick_call
from scipy import stats
from tiny_study import JOBS, SPEC, Finished, once, summary, write_bare_templates, write_spec

from lossgeo import claims
from lossgeo.claims.judge import judged
from lossgeo.claims.verdict import Outcome, Verdict
from lossgeo.documents.loader import read_text
from lossgeo.documents.writer import write
from lossgeo.engine.store import Store
from lossgeo.errors import MissingResult, SpecError
from lossgeo.jobs import Jobs
from lossgeo.networks.trained import NAME as NETWORK
from lossgeo.results import OpenStudy, open_study
from lossgeo.spec.claim import COLUMNS_OF_STUDY, COLUMNS_OF_TRAINING, Claim
from lossgeo.spec.study import Study

PATH = pd.DataFrame(
    [
        {"subspace": name, "seed": seed, "place": place, "std": std, "error": base + 0.01 * seed + std, "ok": std > 0.2}
        for name, base in (("line", 0.10), ("triangle", 0.20))
        for seed in (0, 1, 2)
        for place in ("route", "inside")
        for std in (0.1, 0.1 + 0.2)
    ]
)
"""Of the line the errors of a seed are 0.2 and 0.4 above 0.01 times the seed, twice; of the triangle 0.1 more."""

SIZES = pd.DataFrame([{"weights": 610, "epochs": 4}])
TABLES = {"path": PATH, "study": SIZES}


def claim(**options: Any) -> Claim:
    """A claim about the errors of the line, with some of it changed."""
    usual = {"table": "path", "where": {"subspace": "line"}, "column": "error", "published": 0.0, "source": "a book"}
    return Claim.model_validate({**usual, **options})


def verdict(**options: Any) -> Verdict:
    return claims.verdict_on(claim(**options), lambda name: TABLES[name])


def mean(**options: Any) -> float:
    found = verdict(**options).ours
    assert found is not None
    return found.mean


# From rows to a number.


@pytest.mark.parametrize(
    ("statistic", "expected"), [("mean", 0.31), ("min", 0.21), ("max", 0.41), ("median", 0.31), ("last", 0.41)]
)
def test_a_statistic_reduces_the_rows_of_each_seed(statistic: str, expected: float) -> None:
    assert mean(statistic=statistic) == pytest.approx(expected)


def test_the_number_is_the_mean_over_seeds_with_its_interval() -> None:
    values = [0.30, 0.31, 0.32]

    found = verdict().ours

    low, high = stats.t.interval(0.95, 2, loc=0.31, scale=stats.sem(values))
    assert found is not None
    assert (found.mean, found.low, found.high, found.count) == pytest.approx((0.31, low, high, 3))


def test_a_filter_takes_any_of_several_values() -> None:
    assert mean(where={"subspace": ("line", "triangle")}) == pytest.approx(0.36)


def test_an_empty_list_in_a_filter_takes_any_value() -> None:
    assert mean(where={"subspace": "line", "std": ()}) == pytest.approx(0.31)


def test_a_filter_on_numbers_forgives_rounding() -> None:
    assert mean(where={"subspace": "line", "std": 0.3}) == pytest.approx(0.41)


def test_a_filter_on_truth_values_takes_no_numbers_for_them() -> None:
    assert mean(where={"subspace": "line", "ok": True}) == pytest.approx(0.41)
    assert "ok is never 1; it is false, true" in verdict(where={"ok": 1}).remark


def test_truth_values_become_a_share() -> None:
    assert mean(column="ok") == pytest.approx(0.5)


def test_rows_without_a_value_are_left_out() -> None:
    epochs = pd.DataFrame({"seed": [0, 0, 0], "epoch": [0, 1, 2], "loss": [None, 3.0, 1.0]})

    found = claims.verdict_on(claim(where={}, column="loss"), lambda _: epochs)

    assert found.ours is not None
    assert (found.ours.mean, found.ours.count) == (2.0, 1)


def test_a_table_without_seeds_has_one_value_and_says_nothing_of_seeds() -> None:
    found = verdict(table="study", where={}, column="weights", published=610)

    assert (found.outcome, found.is_seeded) == (Outcome.HOLDS, False)
    assert claims.rows([found])[0]["ours"] == "610"
    assert claims.summaries([found])[0]["seeds"] is None


# Two operands.


def test_a_difference_is_taken_seed_by_seed() -> None:
    found = verdict(minus={"where": {"subspace": "triangle"}}).ours

    assert found is not None
    assert (found.mean, found.count) == pytest.approx((-0.1, 3))
    assert found.high == pytest.approx(found.low)  # the seeds move both alike


def test_a_ratio_is_taken_seed_by_seed() -> None:
    expected = sum((0.30 + 0.01 * seed) / (0.40 + 0.01 * seed) for seed in range(3)) / 3

    assert mean(over={"where": {"subspace": "triangle"}}) == pytest.approx(expected)


def test_a_second_operand_has_what_it_does_not_say_from_the_claim() -> None:
    options = {"where": {"subspace": "line", "place": "route"}, "statistic": "max"}

    assert mean(**options, minus={"statistic": "min"}) == pytest.approx(0.2)
    assert mean(**options, minus={"column": "std"}) == pytest.approx(0.41 - 0.3)


def test_an_operand_without_seeds_is_the_same_for_all() -> None:
    found = verdict(over={"table": "study", "where": {}, "column": "epochs"}, where={}).ours

    assert found is not None
    assert (found.mean, found.count) == pytest.approx((0.36 / 4, 3))


def test_only_seeds_that_both_operands_have_are_paired() -> None:
    found = verdict(where={"subspace": "line", "seed": (0, 1)}, minus={"where": {"seed": (1, 2)}}).ours

    assert found is not None
    assert (found.mean, found.count) == (0.0, 1)


# Verdicts.


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({"published": 0.30, "tolerance": 0.01}, Outcome.HOLDS),  # reached but for rounding
        ({"published": 0.30, "tolerance": 0.009}, Outcome.FAILS),
        ({"published": 0.32, "tolerance": 0.009}, Outcome.FAILS),
        ({"published": 0.31, "tolerance": 0.0}, Outcome.HOLDS),
        ({"published": 0.28, "comparison": "above"}, Outcome.HOLDS),
        ({"published": 0.30, "comparison": "above"}, Outcome.UNDECIDED),
        ({"published": 0.32, "comparison": "above"}, Outcome.UNDECIDED),
        ({"published": 0.34, "comparison": "above"}, Outcome.FAILS),
        ({"published": 0.34, "comparison": "below"}, Outcome.HOLDS),
        ({"published": 0.32, "comparison": "below"}, Outcome.UNDECIDED),
        ({"published": 0.28, "comparison": "below"}, Outcome.FAILS),
        ({"where": {"subspace": "line", "seed": 0}, "published": 0.299, "comparison": "above"}, Outcome.HOLDS),
        ({"where": {"subspace": "line", "seed": 0}, "published": 0.301, "comparison": "above"}, Outcome.FAILS),
        ({"minus": {}, "comparison": "above"}, Outcome.FAILS),  # zero is not above zero
        ({"minus": {}, "comparison": "below"}, Outcome.FAILS),
        ({"published": 9.0, "unjudged": "another split"}, Outcome.UNJUDGED),
    ],
)
def test_the_verdict_is(options: dict[str, Any], outcome: Outcome) -> None:
    assert verdict(**options).outcome is outcome


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"column": "eror"}, "path has no column 'eror' (did you mean 'error'?); it has subspace, seed, place"),
        ({"where": {"subspce": "line"}}, "path has no column 'subspce' (did you mean 'subspace'?)"),
        ({"where": {"subspace": "lime"}}, "subspace is never 'lime' (did you mean 'line'?); it is 'line', 'triangle'"),
        ({"where": {"subspace": ("line", "lime")}}, "subspace is never 'lime'"),
        ({"where": {"place": "route", "std": 0.5}}, "among the rows of the wanted place; it is 0.1, 0.3000"),
        ({"column": "place"}, "place has no numbers but 'route', 'inside'"),
        ({"over": {"table": "study", "where": {"subspace": "line"}, "column": "epochs"}}, "study has no column"),
        ({"where": {"seed": 0}, "minus": {"where": {"seed": 1}}}, "no seed has both numbers: the first has 0"),
    ],
)
def test_what_cannot_be_checked_says_what_there_is(options: dict[str, Any], says: str) -> None:
    found = verdict(**options)

    assert (found.outcome, found.ours) == (Outcome.UNCHECKABLE, None)
    assert says in found.remark


def test_a_number_that_is_not_finite_is_no_number() -> None:
    table = pd.DataFrame({"seed": [0, 1], "error": [0.0, float("inf")]})
    infinite, divided = claim(where={}), claim(where={}, over={})

    found = [claims.verdict_on(one, lambda _: table) for one in (infinite, divided)]

    assert [one.outcome for one in found] == [Outcome.UNCHECKABLE, Outcome.UNCHECKABLE]
    assert "not finite" in found[0].remark
    assert found[1].remark == "what divides is zero"
    toy = claims.verdict_on(divided.smoke(), lambda _: table)
    assert (toy.outcome, toy.ours) == (Outcome.UNJUDGED, None)


def test_a_claim_on_what_is_undefined_in_the_whole_study_is_undecided_and_says_why() -> None:
    table = pd.DataFrame({"seed": [0, 1], "accuracy": [float("nan")] * 2, "loss": [0.5, 0.25]})

    undefined = claim(column="accuracy", where={})

    found, toy = (claims.verdict_on(one, lambda _: table) for one in (undefined, undefined.smoke()))

    assert (found.outcome, found.ours, found.is_trouble) == (Outcome.UNDECIDED, None, False)
    assert "path: accuracy has no value in any row of this study, as a regression has no accuracy" in found.remark
    assert (toy.outcome, toy.ours) == (Outcome.UNJUDGED, None)
    assert found.remark in claims.remarks([found])[0]


def test_a_column_that_is_empty_in_the_filtered_rows_alone_cannot_be_checked() -> None:
    table = pd.DataFrame({"seed": [0, 0], "place": ["route", "corner"], "s": [0.5, None]})

    found = claims.verdict_on(claim(column="s", where={"place": "corner"}), lambda _: table)

    assert found.outcome is Outcome.UNCHECKABLE
    assert "no value in the rows that `where` leaves" in found.remark


# A smoke run.


def test_a_smoke_run_judges_no_number_but_still_finds_misspellings() -> None:
    small = claim(where={"subspace": "line", "std": 7.5, "ok": True, "seed": (8, 9)}, published=9.0).smoke()
    typo = claim(where={"subspace": "lime"}).smoke()

    assert claims.verdict_on(small, TABLES.__getitem__).outcome is Outcome.UNJUDGED
    assert claims.verdict_on(typo, TABLES.__getitem__).outcome is Outcome.UNCHECKABLE
    assert small.smoke() == small


# What is said.


def several() -> list[Verdict]:
    return [
        verdict(published=0.31, tolerance=0.05, statement="A line | errs."),
        verdict(published=0.5, finding="Their split\nleaked."),
        verdict(comparison="above", published=0.3),
        verdict(column="eror"),
        verdict(unjudged="another split"),
        Verdict(claim(), Outcome.MISSING),
    ]


def test_the_answer_counts_what_holds_among_what_is_judged() -> None:
    assert claims.answer(several()) == (
        "1 of 5 claims hold; 1 does not hold, 1 is undecided, 1 cannot be checked, 1 has no result, 1 is not judged."
    )
    assert claims.answer(several()[:1]) == "1 of 1 claim holds."
    assert claims.answer([verdict(unjudged="a toy")] * 2) == "2 claims are shown without a verdict: a toy."
    assert claims.answer([]) is None


def test_the_markdown_is_a_table_with_remarks_below() -> None:
    lines = claims.markdown(several()).splitlines()

    assert lines[0] == "| claim | published | ours | verdict | source |"
    assert lines[2] == r"| A line \| errs. | 0.31 ± 0.05 | 0.31 [0.28516, 0.33484] | holds | a book |"
    assert [line.count(" | ") for line in lines[3:8]] == [4] * 5
    assert lines[8] == ""
    assert lines[9] == "- **mean error of path where subspace is line**: does not hold. Their split leaked."
    assert "did you mean 'error'?" in lines[10]
    assert lines[11] == "- Not judged: another split. (mean error of path where subspace is line)"


def test_a_claim_without_a_statement_is_put_in_words() -> None:
    found = verdict(where={"subspace": ("line", "triangle")}, statistic="max", minus={"where": {"subspace": "line"}})

    assert claims.rows([found])[0]["claim"] == (
        "largest error of path where subspace is line or triangle, minus that where subspace is line"
    )


def test_the_frame_has_the_fields_of_the_summaries() -> None:
    found = claims.frame(several())

    assert list(found.columns) == list(claims.summaries(several())[0])
    assert found["where"][0] == '{"subspace": "line"}'
    assert list(found["verdict"]) == [one.outcome.value for one in several()]


# In a spec.


def with_claims(*lines: str) -> str:
    return SPEC + "claims:\n" + "".join(f"  - {line}\n" for line in lines)


def test_claims_change_no_key_and_read_back_as_they_were_written() -> None:
    text = with_claims("{table: path, where: {split: [test, train], s: 0.5}, column: loss, published: 1, source: x}")
    study = read_text(text, "x.yaml", Study)

    assert read_text(write(study), "x.yaml", Study) == study
    assert Study.model_validate_json(study.model_dump_json()) == study
    keys, without = ([job.key for job in Jobs(each).targets] for each in (study, read_text(SPEC, "x.yaml", Study)))
    assert keys == without


@pytest.mark.parametrize("name", ["training", "study", "claims"])
def test_an_analysis_may_not_be_called_like_a_table_of_every_report(name: str) -> None:
    text = f"title: x\nanalyses:\n  - {{kind: path, name: {name}}}\n"

    with pytest.raises(
        SpecError, match=rf"analyses\.0\.name: got '{name}'; expected another name: a report has a table"
    ):
        read_text(text, "x.yaml", Study)


# A whole study.

HOLDS = "{table: study, column: seeds, published: 2, source: a book}"
SURE = (
    "{table: path, where: {subspace: line, split: test}, column: accuracy, statistic: max, published: 5.0, "
    "statement: Accuracy is five, source: a book, finding: A share is at most one.}"
)
UNSURE = (
    "{table: training, where: {subspace: curve, epoch: 4}, column: validation_accuracy, comparison: above, "
    "published: 0.139, source: a book}"
)
TYPO = "{table: path, where: {subspace: lime}, column: accuracy, published: 0.5, source: a book}"


@pytest.fixture(scope="session")
def claiming(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The finished tiny study with claims, of which one is wrong for sure."""
    command = ("run", "tiny.yaml", "--workers", "0", "--check-claims")
    spec = with_claims(HOLDS, SURE, UNSURE)
    return once(tmp_path_factory, "claiming", *command, run_by=quick_call, spec=spec, store=finished.store)


def test_a_claim_that_does_not_hold_ends_a_checked_run_with_5(claiming: Finished) -> None:
    assert (claiming.run.returncode, claiming.run.stdout) == (5, "reports/tiny/index.html\n")
    assert claiming.summary()["jobs"] == {"computed": 0, "reused": JOBS, "failed": 0, "blocked": 0}
    (line,) = (line for line in claiming.run.stderr.splitlines() if line.startswith("claim"))
    assert line.startswith("claim 'Accuracy is five': does not hold: ours is 0.")
    assert line.endswith("published 5 (a book)")


def test_the_summary_has_every_claim_with_its_verdict(claiming: Finished) -> None:
    found = claiming.summary()["claims"]

    accuracy = pd.read_csv(claiming.report / "tables" / "path.csv").query("subspace == 'line' and split == 'test'")
    assert [one["verdict"] for one in found] == ["holds", "does not hold", "undecided"]
    assert found[1]["mean"] == pytest.approx(accuracy.groupby("seed")["accuracy"].max().mean())
    assert (found[1]["seeds"], found[1]["where"]) == (2, {"subspace": "line", "split": "test"})
    assert set(found[0]) >= {"statement", "table", "column", "statistic", "comparison", "tolerance", "low", "high"}


def test_the_page_opens_with_the_claims(claiming: Finished) -> None:
    page = BeautifulSoup((claiming.report / "index.html").read_text(encoding="utf-8"), "html.parser")

    headings = [heading["id"] for heading in page.select("h2[id]")]
    text = " ".join(page.get_text(" ").split())
    assert headings[:2] == ["what-was-studied", "claims"]
    assert "1 of 3 claims hold; 1 does not hold, 1 is undecided." in text
    assert "Accuracy is five : does not hold. A share is at most one." in text
    assert "does not hold" in [cell.get_text() for cell in page.select("td")]


def test_the_claims_lie_beside_the_page_and_go_with_them(claiming: Finished, tmp_path: Path) -> None:
    shutil.copytree(claiming.folder, tmp_path, dirs_exist_ok=True)
    write_bare_templates(tmp_path)
    report = tmp_path / "reports" / "tiny"
    files = [report / "claims.md", report / "tables" / "claims.csv"]
    opened = open_study(report)
    assert files[0].read_text(encoding="utf-8") == claims.markdown(judged(opened))
    assert len(pd.read_csv(files[1])) == 3

    write_spec(tmp_path)
    done = quick_call("report", "tiny.yaml", "--check-claims", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert [path.exists() for path in files] == [False, False]
    assert summary(report)["claims"] == []


def test_a_report_is_checked_too_and_what_is_undecided_is_no_error(claiming: Finished, tmp_path: Path) -> None:
    shutil.copytree(claiming.folder, tmp_path, dirs_exist_ok=True)
    write_bare_templates(tmp_path)

    wrong = quick_call("report", "tiny.yaml", "--check-claims", folder=tmp_path)
    unchecked = quick_call("report", "tiny.yaml", folder=tmp_path)
    write_spec(tmp_path, with_claims(HOLDS, UNSURE))
    right = quick_call("report", "tiny.yaml", "--check-claims", folder=tmp_path)

    assert (wrong.returncode, unchecked.returncode, right.returncode) == (5, 0, 0)


def test_a_smoke_run_judges_no_claim_and_a_misspelling_is_refused_before_it(tmp_path: Path) -> None:
    write_bare_templates(tmp_path)
    write_spec(tmp_path, with_claims(HOLDS, SURE, UNSURE))
    right = quick_call("run", "tiny.yaml", "--workers", "0", "--smoke", "--check-claims", folder=tmp_path)
    write_spec(tmp_path, with_claims(SURE, TYPO))
    wrong = quick_call("run", "tiny.yaml", "--workers", "0", "--smoke", "--check-claims", folder=tmp_path)

    assert right.returncode == 0, right.stderr
    assert wrong.returncode == 2
    assert "did you mean 'line'?" in wrong.stderr
    found = summary(tmp_path / "reports" / "tiny-smoke")["claims"]
    assert [one["verdict"] for one in found] == ["not judged"] * 3


def test_a_claim_whose_results_are_missing_has_none(finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.store, tmp_path / "store")
    study = read_text(with_claims(HOLDS, SURE, SURE.replace("line", "curve"), UNSURE), "tiny.yaml", Study)
    opened = OpenStudy(study, Store(tmp_path / "store"), tmp_path)
    gone = next(one.job for one in opened.jobs.questions if (one.analysis, one.subspace) == ("path", "line"))
    shutil.rmtree(opened.store.folder(gone))

    found = [one.outcome.value for one in judged(opened)]

    assert found == ["holds", "no result", "does not hold", "undecided"]


@pytest.fixture
def study(finished: Finished) -> OpenStudy:
    return open_study(finished.report)


def test_the_table_of_trainings_has_a_row_for_every_epoch_and_the_start(study: OpenStudy) -> None:
    table = study.table("training")

    assert tuple(table.columns) == COLUMNS_OF_TRAINING
    assert len(table) == (2 + 3 * 2) * 5
    assert list(table["epoch"].unique()) == [0, 1, 2, 3, 4]
    start = table["epoch"] == 0
    assert table.loc[start, ["train_loss", "penalty", "validation_accuracy"]].isna().all(axis=None)
    assert table.loc[~start, ["train_loss", "penalty", "validation_accuracy"]].notna().all(axis=None)
    assert (table.loc[table["is_best"]].groupby(["subspace", "seed"]).size() == 1).all()
    alone = table["subspace"] == NETWORK
    corners = ["corner_cosine", "corner_distance_weight_distance"]
    assert table.loc[alone, corners].isna().all(axis=None)
    assert table.loc[~alone, corners].notna().all(axis=None)


def test_the_best_epoch_of_a_training_has_its_lowest_validation_loss(study: OpenStudy) -> None:
    table = study.table("training")

    lowest = table.groupby(["subspace", "seed"])["validation_loss"].min()

    best = table[table["is_best"]].set_index(["subspace", "seed"])["validation_loss"]
    pd.testing.assert_series_equal(best.sort_index(), lowest.sort_index())


def test_the_corners_of_a_training_are_those_of_its_history(study: OpenStudy) -> None:
    table = study.table("training").query("subspace == 'triangle' and seed == 1")
    (history,) = (one.history for one in study.trainings() if (one.name, one.seed) == ("triangle", 1))

    assert list(table["corner_cosine"]) == [pytest.approx(sum(row) / 3) for row in history.corner_cosines]
    assert list(table["corner_distance_weight_distance"]) == [
        pytest.approx(sum(row) / 3) for row in history.corner_distances
    ]


def test_the_table_of_the_study_has_its_sizes(study: OpenStudy) -> None:
    (row,) = study.table("study").to_dict("records")

    assert tuple(row) == COLUMNS_OF_STUDY
    assert row == {
        "weights": 64 * 8 + 8 + 8 * 10 + 10,
        "train": 200,
        "validation": 100,
        "test": 90,
        "seeds": 2,
        "epochs": 4,
        "batch_size": 64,
        "loss_unit": "nats",
    }


def test_a_table_that_is_not_there_is_refused(study: OpenStudy) -> None:
    with pytest.raises(MissingResult, match="no analysis 'hessian'"):
        study.table("hessian")
