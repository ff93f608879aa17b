"""A study of a formula: from YAML to claims and page, without data, splits and accuracy; what needs them is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from quick_call import quick_call
from tiny_study import summary

from lossgeo.documents.loader import read_text
from lossgeo.errors import SpecError
from lossgeo.results import open_study
from lossgeo.shipped import SPECS, shipped
from lossgeo.spec.study import Study

HEAD = "title: t\nproblem: {kind: quadratic}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped study, run by the command line in one process, with the analyses that the shipped one leaves out."""
    place = tmp_path_factory.mktemp("quadratic")
    text = (shipped(SPECS) / "quadratic.yaml").read_text(encoding="utf-8")
    further = "  - {kind: hessian_ends}\n" + "".join(
        f"  - {{kind: {kind}, of: [triangle]}}\n" for kind in ("barrier", "convex_hull", "perturbation", "chord")
    )
    (place / "quadratic.yaml").write_text(text.replace("  - {kind: hessian_ends}\n", further), encoding="utf-8")
    run = quick_call("run", "quadratic.yaml", "--workers", "0", folder=place)
    assert run.returncode == 0, run.stderr
    return place / "reports" / "quadratic"


def test_every_answer_is_that_of_the_closed_form(folder: Path) -> None:
    claims = summary(folder)["claims"]

    assert len(claims) == 9
    assert {claim["verdict"] for claim in claims} == {"holds"}, [
        (claim["statement"], claim["mean"]) for claim in claims if claim["verdict"] != "holds"
    ]


def test_tables_have_no_splits_and_no_accuracies(folder: Path) -> None:
    study = open_study(folder)

    tables = {name: study.table(name) for name in ["training", "study", *(one.called for one in study.answered)]}

    for name, table in tables.items():
        words = {word for column in table for word in str(column).split("_")}
        assert not words & {"split", "accuracy", "error", "test", "batch", "unit"}, name
        assert isinstance(table, pd.DataFrame)
        assert len(table) > 0


def test_the_page_speaks_of_no_examples(folder: Path) -> None:
    page = BeautifulSoup((folder / "index.html").read_text(encoding="utf-8"), "html.parser")

    facts = page.find("dl").get_text(" ")  # type: ignore[union-attr]
    headings = {cell.get_text() for cell in page.find_all("th")}
    captions = " ".join(found.get_text(" ") for found in page.find_all(["figcaption", "caption"]))

    assert "quadratic, 100 weights" in facts
    assert not [heading for heading in headings if "accuracy" in heading or "split" in heading or "test" in heading]
    assert " examples" not in captions
    assert "()" not in captions


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("agreement", "none of its answers is right or wrong"),
        ("update_convexity", "its loss is a mean over no examples"),
    ],
)
def test_what_needs_answers_or_examples_is_refused_by_name(kind: str, reason: str) -> None:
    text = f"{HEAD}subspaces: {{line: {{kind: simplex}}}}\nanalyses: [{{kind: {kind}}}]\n"

    with pytest.raises(SpecError, match=rf"analyses\.0\.kind: got '{kind}'; expected .*problem 'quadratic': {reason}"):
        read_text(text, "spec.yaml", Study)


@pytest.mark.parametrize("part", ["dataset: {kind: digits}", "architecture: {kind: mlp}"])
def test_a_formula_beside_a_network_or_data_is_refused(part: str) -> None:
    with pytest.raises(SpecError, match=rf"3:\d+: {part.split(':', maxsplit=1)[0]}: .*no such key beside `problem`"):
        read_text(f"{HEAD}{part}\n", "spec.yaml", Study)


@pytest.mark.parametrize("part", ["dataset", "architecture"])
def test_no_data_and_no_network_are_refused_where_there_is_no_formula(part: str) -> None:
    with pytest.raises(SpecError, match=rf"2:\d+: {part}: got nothing; expected a kind of {part}"):
        read_text(f"title: t\n{part}: null\n", "spec.yaml", Study)
