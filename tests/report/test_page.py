from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_output
from toy_cells import attribute, code, markdown, notebook_of, one, printed, shown, soup_of

from lossgeo.errors import ReportError
from lossgeo.report import display
from lossgeo.report.guard import check
from lossgeo.report.page import Front, export

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "' onmouseover='alert(1)",
    "[click](javascript:alert(1))",
    "![picture](https://example.org/x.png)",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</pre></details><iframe src=https://example.org>",
    "<svg onload=alert(1)>",
    "<base href=https://example.org>",
    "<style>@import url(https://example.org/x.css)</style>",
    "$<img src=x onerror=alert(1)>$",
    r"$\text{<script>alert(1)</script>}$",
    r"$\href{javascript:alert(1)}{x}$ $$\style{background:url(https://example.org)}{x}$$",
    "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
    "\u202etxt.exe",
)
ALIVE = "script, iframe, object, embed, base, form, link, svg, audio, video, img:not([src^='data:image/png;base64,'])"


def alive(soup: BeautifulSoup) -> list[Tag]:
    """Return what a browser would run or fetch."""
    handlers = [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    links = [
        tag for tag in soup.select("[href]") if not attribute(tag, "href").startswith(("#", "https://", "http://"))
    ]
    return [*soup.select(ALIVE), *handlers, *links]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_from_elsewhere_is_inert_wherever_it_stands(payload: str) -> None:
    pair = ((payload, payload),)
    front = Front(payload, payload, pair, (payload,), pair, payload, payload)
    blocks = (display.prose(payload), display.note(payload), display.listing(payload, payload))
    notebook = notebook_of(
        markdown(f"# {payload}\n\n{payload}\n\n```{payload}\n{payload}\n```"),
        code(payload, printed(payload), printed(payload, "stderr"), tags=("plain", payload.replace(" ", ""))),
        code("1", new_output("error", ename=payload, evalue=payload, traceback=[payload])),
        code("2", *(shown({kind: payload}) for kind in ("text/html", "text/markdown", "text/latex", "image/svg+xml"))),
        code(
            "3", shown({"application/javascript": payload, "text/plain": payload}, {"text/plain": {"width": payload}})
        ),
        code("4", *(shown(*block._repr_mimebundle_()) for block in blocks)),
    )
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"x": "</script>" + payload}}

    soup = soup_of(export(notebook, front))

    assert alive(soup) == []
    assert "\u202e" not in str(soup)
    assert "\x1b" not in str(soup)


def test_a_picture_that_is_not_a_png_is_refused() -> None:
    notebook = notebook_of(code("1", shown({"image/png": 'x" onerror="alert(1)'})))

    with pytest.raises(ReportError, match=r"got <img src=.*line \d+"):
        export(notebook, Front("Toy"))


def test_html_is_shown_only_where_it_was_made_here() -> None:
    foreign = shown({"text/html": "<b>foreign</b>", "text/plain": "plain form"})
    ours = shown(*display.note("**ours**")._repr_mimebundle_())

    soup = soup_of(export(notebook_of(code("1", foreign, ours)), Front("Toy")))

    assert one(soup, "pre.output").text == "plain form"
    assert one(soup, "aside.note strong").text == "ours"
    assert "foreign" not in soup.text


def test_the_page_allows_itself_nothing_from_outside() -> None:
    soup = soup_of(export(notebook_of(markdown("[paper](https://arxiv.org/abs/1802.10026)")), Front("Toy")))

    policy = attribute(one(soup, "meta[http-equiv=Content-Security-Policy]"), "content")
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "script-src" not in policy
    assert [link["href"] for link in soup.select("a[href^=http]")] == ["https://arxiv.org/abs/1802.10026"]


def test_the_contents_lead_to_every_heading() -> None:
    notebook = notebook_of(
        markdown("# Curvature $\\kappa$\n\n## In *numbers*"), markdown("## In numbers\n\n### Deeper")
    )

    soup = soup_of(export(notebook, Front("Toy")))

    links = [attribute(link, "href") for link in soup.select("nav.beside a")]
    assert links == ["#curvature", "#in-numbers", "#in-numbers--2"]
    assert [one(soup, link).name for link in links] == ["h2", "h3", "h3"]
    assert len(soup.select("nav.above details a")) == len(links)
    assert "Deeper" not in one(soup, "nav.beside").text


def test_code_is_folded_and_that_of_hidden_cells_is_absent() -> None:
    notebook = notebook_of(code("shown = 1"), code("absent = 1", printed("but its output stays"), tags=("hide",)))

    soup = soup_of(export(notebook, Front("Toy")))

    assert [one(fold, "pre").text.strip() for fold in soup.select("details.code")] == ["shown = 1"]
    assert not one(soup, "details.code").has_attr("open")
    assert "absent" not in soup.text
    assert one(soup, "pre.output").text.strip() == "but its output stays"


def test_the_front_shows_the_facts_the_answer_and_the_numbers() -> None:
    front = Front("T", "lead", (("Seeds", "0, 1"),), ("It bends.",), (("0.88", "accuracy"),), "Incomplete", "foot")

    soup = soup_of(export(notebook_of(), front))

    assert one(soup, "title").text == one(soup, "h1").text == "T"
    assert one(soup, ".facts dt").text + one(soup, ".facts dd").text == "Seeds0, 1"
    assert one(soup, ".answer p").text == "It bends."
    assert one(soup, ".numbers dd").text + one(soup, ".numbers dt").text == "0.88accuracy"
    assert one(soup, ".banner").text == "Incomplete"
    assert one(soup, "footer").text.strip() == "foot"


def test_a_page_without_options_has_no_empty_places() -> None:
    soup = soup_of(export(notebook_of(), Front("T")))

    assert soup.select(".banner, .facts, .answer, .numbers, .lead, nav, footer") == []


def test_exporting_leaves_the_notebook_as_it_was_and_gives_the_same_page_again() -> None:
    notebook = notebook_of(markdown("# One\n\n$x$"), code("1", printed("\x1b[31mred\x1b[0m")))

    first = export(notebook, Front("T"))

    assert export(notebook, Front("T")) == first
    assert notebook.cells[0].source == "# One\n\n$x$"


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("<p>fine</p>\n<script>x</script>", r"<script> \(line 2, column 1\)"),
        ("<p onclick='x'>", r"<p onclick=…>"),
        ("<a href='javascript:x'>", r"<a href='javascript:x'>"),
        ("<a href=' JaVaScript:x'>", r"<a href="),
        ("<a href='java&#115;cript:x'>", r"<a href='javascript:x'>"),
        ("<a href='figures/../x.html'>", r"<a href="),
        ("<a href='figures/a/x.html'>", r"<a href="),
        ("<a href='/figures/x.html'>", r"<a href="),
        ("<a href='figures/x.html#javascript:x'>", r"<a href="),
        ("<a href='figures/x.svg'>", r"<a href="),
        ("<a href='other.html'>", r"<a href="),
        ("<img src='figures/x.html'>", r"<img src="),
        ("<img src='https://example.org/x.png'>", r"<img src="),
        ("<img src='data:image/svg+xml;base64,AA'>", r"<img src="),
        ("<p style='background: url(x)'>", r"<p style="),
        ("<style>@import 'x'</style>", r"a style sheet that fetches"),
        ("<meta http-equiv=refresh content='0; url=x'>", r"<meta>"),
        ("<math><mrow href='javascript:x'></mrow></math>", r"<mrow href="),
        ("<iframe>", r"<iframe>"),
    ],
)
def test_the_guard_names_what_would_run_or_be_fetched(page: str, fault: str) -> None:
    with pytest.raises(ReportError, match=fault):
        check(page)


def test_the_guard_lets_an_interactive_figure_of_the_report_be_linked() -> None:
    check("<a href='figures/projection-curve-3d.html'>turn it</a>")


@given(st.text(alphabet="<>\"'&$\\`*_[]()#!/:= \nabonscript{}^|~-1", max_size=80))
def test_no_text_brings_the_guard_up(text: str) -> None:
    blocks = (display.prose(text), display.note(text), display.listing(text, text))

    check("".join(block.html for block in blocks))
