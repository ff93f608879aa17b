"""Text of a spec is shown as it was written wherever it stands: nothing in it is Markdown or HTML."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import mistune
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st
from quick_call import quick_call
from tiny_study import SPEC, Finished, write_bare_templates, write_spec
from toy_cells import code, notebook_of, one, shown, soup_of

from lossgeo import claims
from lossgeo.claims.verdict import Outcome, Verdict
from lossgeo.markdown import literal, without_formulas
from lossgeo.report import display
from lossgeo.report.block import Block
from lossgeo.report.guard import check
from lossgeo.report.mathematics import inline
from lossgeo.report.page import Front, export
from lossgeo.report.prose import Typesetter
from lossgeo.report.section import Section
from lossgeo.report.sweep import _cells
from lossgeo.shipped import TEMPLATES
from lossgeo.spec.claim import Claim

PAYLOADS = (
    "w[i](t)",
    "![x](y.png)",
    "[x][y] and [x]: y",
    "*a* **b** _c_ __d__ ~~e~~ ***",
    "split_epoch and a*b*c",
    "`code` and ``more``",
    "<script>alert(1)</script> <b>bold</b> <!-- gone -->",
    "<https://example.org> &lt; &amp; &#42; & ;",
    "# a heading #",
    "- a list",
    "+ a list",
    "1. a list",
    "1) a list",
    "> a quotation",
    "===",
    "---",
    "* * *",
    "| a | b |",
    "|---|",
    "```python",
    r"\* \[ \\ \n ends in \ ".strip(),
    "ends in *",
    "ends in `",
    "(in brackets)",
    "from $5 to $6 and $ x$",
    "two\n\nparagraphs\n# and\n- more",
)


def claim(**options: str) -> Claim:
    """A claim whose texts are those given."""
    usual = {"table": "study", "column": "weights", "published": 1.0, "source": "a book", "statement": "It is so"}
    return Claim.model_validate({**usual, **options})


def remarked(verdict: Verdict) -> Tag:
    (remark,) = claims.remarks([verdict])
    return soup_of(display.prose(remark).html)


def paged(front: Front, *blocks: Block) -> BeautifulSoup:
    outputs = [shown(*block._repr_mimebundle_()) for block in blocks]
    return soup_of(export(notebook_of(code("1", *outputs)), front))


def section_title(text: str, folder: Path) -> Tag:
    template = folder / "toy.py"
    template.write_text("# %% [markdown]\n# # A heading\n")
    (cell,) = Section(template, title=text).cells()
    return one(soup_of(Typesetter().html(cell.source)), "h2")


def claims_file(text: str) -> Tag:
    """The statement in the table of ``claims.md``, read with GitHub's extensions."""
    table = claims.markdown([Verdict(claim(statement=text, source=text), Outcome.HOLDS)])
    soup = soup_of(str(mistune.create_markdown(plugins=["table", "strikethrough"])(table)))
    first, *_, last = soup.select("tbody td")
    assert first.text == last.text
    return first


def statement(text: str) -> Tag:
    return one(remarked(Verdict(claim(statement=text), Outcome.UNDECIDED, remark="why")), "strong")


def finding(text: str) -> Tag:
    paragraph = one(remarked(Verdict(claim(finding=text), Outcome.FAILS)), "p")
    one(paragraph, "strong").extract()
    paragraph.contents[0].replace_with(str(paragraph.contents[0]).removeprefix(": does not hold. "))
    return paragraph


def unjudged(text: str) -> Tag:
    paragraph = one(remarked(Verdict(claim(unjudged=text), Outcome.UNJUDGED)), "p")
    paragraph.contents[0].replace_with(str(paragraph.contents[0]).removeprefix("No claim is judged: "))
    paragraph.contents[-1].replace_with(str(paragraph.contents[-1])[:-1])
    return paragraph


def cell(text: str) -> Tag:
    return one(soup_of(display.table(pd.DataFrame({"x": [text]})).html), "td")


PLACES: dict[str, Callable[[str, Path], Tag]] = {
    "title of the study": lambda text, _: one(paged(Front(text)), "h1"),
    "title of the window": lambda text, _: one(paged(Front(text)), "title"),
    "description": lambda text, _: one(paged(Front("T", lead=text)), "p.lead"),
    "answer": lambda text, _: one(paged(Front("T", answer=(text,))), ".answer p"),
    "banner": lambda text, _: one(paged(Front("T", banner=text)), ".banner"),
    "title of an analysis": section_title,
    "bold line": lambda text, _: one(soup_of(display.prose(f"**{literal(text)}**").html), "p > strong"),
    "whole paragraph": lambda text, _: one(soup_of(display.note(literal(text)).html), "aside > p"),
    "statement": lambda text, _: statement(text),
    "finding": lambda text, _: finding(text),
    "reason not to judge": lambda text, _: unjudged(text),
    "file of claims": lambda text, _: claims_file(text),
    "cell of a table": lambda text, _: cell(text),
    "heading of a table": lambda text, _: one(soup_of(display.table(pd.DataFrame({text: [1]})).html), "th"),
    "caption": lambda text, _: one(soup_of(display.table(pd.DataFrame({"x": [1]}), text).html), "figcaption"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_is_shown_as_it_was_written(payload: str, place: str, tmp_path: Path) -> None:
    shown_at = PLACES[place](payload, tmp_path)

    assert " ".join(shown_at.text.split()) == " ".join(payload.split())
    assert shown_at.find() is None


def test_a_command_with_dollar_signs_is_shown_as_it_is_typed() -> None:
    command = r"To resume: lossgeo run x.yaml --set 'title=$D$ \$'"

    assert one(paged(Front("T", banner=command)), ".banner").text == command


@pytest.mark.parametrize(
    "text", [r"a_1 $a_1 * b_2$ *", r"$[a](b)$ [a](b)", r"\$5, $\theta$ and `$x$`", "$$a_b$$ _c_", r"$x`y$ `", r"\\$x$"]
)
def test_formulas_are_those_of_other_plain_text(text: str) -> None:
    expected, found = soup_of(inline(text)), soup_of(Typesetter().html(literal(text)))

    assert [str(formula) for formula in found.select("math")] == [str(formula) for formula in expected.select("math")]
    assert "".join(found.text.split()) == "".join(expected.text.split())


@pytest.mark.parametrize("text", ["$x$.wav", r"\$x$", "$$x$$", "$5"])
def test_every_dollar_sign_of_a_value_is_shown(text: str) -> None:
    values = _cells({"dataset.source": text}, is_base=True)

    assert cell(without_formulas(text)).text == text
    assert cell(values["source"]).text == f"{text} (spec)"


@given(st.text(alphabet="<>\"'&$\\`*_[]()#!/:= \nabx{}^|~-+1.", max_size=40))
def test_any_text_is_the_same_by_way_of_markdown(text: str) -> None:
    html = Typesetter().html(f"# {literal(text)}")

    check(html)
    assert "".join(soup_of(html).text.split()) == "".join(soup_of(inline(text)).text.split())


def test_a_report_is_made_of_texts_that_look_like_markdown(finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.folder, tmp_path, dirs_exist_ok=True)
    write_bare_templates(tmp_path)
    (tmp_path / TEMPLATES / "claims.py").unlink()
    says = "The weight w[i](t) of *one* <i>path</i>"
    spec = re.sub(r"title: .*", f'title: "{says}"', SPEC).replace("kind: plane,", f'kind: plane, title: "{says}",')
    wrong = f'{{table: study, column: weights, published: 1, source: a book, statement: "{says}", finding: "{says}"}}'
    write_spec(tmp_path, f"{spec}claims:\n  - {wrong}\n")

    done = quick_call("report", "tiny.yaml", folder=tmp_path)

    page = soup_of((tmp_path / "reports" / "tiny" / "index.html").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stderr
    assert one(page, "title").text == one(page, "h1").text == says
    assert says in [heading.text for heading in page.select("h2")]
    assert page.select("td")[0].text == one(page, ".prose p strong").text == says
    assert one(page, ".prose p:has(strong)").text == f"{says}: does not hold. {says}"
