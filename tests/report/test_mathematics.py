from __future__ import annotations

import doctest
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_cells import attribute, one, soup_of

from lossgeo.report.guard import check
from lossgeo.report.mathematics import inline, mathml
from lossgeo.report.prose import Typesetter


def formulas(html: str) -> list[str]:
    return [math.text for math in soup_of(html).select("math")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"the angle $\theta$ and $\kappa L$", ["θ", "κL"]),
        ("$x$, $y$; ($z$)", ["x", "y", "z"]),
        (r"$a < b$ & $c$", ["a<b", "c"]),
        ("from $5 to $6", []),
        ("$5-$6", []),
        (r"\$x\$ is money", []),
        ("a $ b $ c", []),
        ("one $ only", []),
        ("`$x$` and ``$y$``", []),
        (r"$$\Phi B$$", ["ΦB"]),
    ],
)
def test_formulas_are_told_from_amounts_and_code(text: str, expected: list[str]) -> None:
    html = Typesetter().html(text)

    assert formulas(html) == expected


def test_dollars_that_open_no_formula_stay_in_the_text() -> None:
    text = r"from $5 to $6, \$7"

    assert inline(text) == "from $5 to $6, $7"
    assert soup_of(Typesetter().html(text)).text == "from $5 to $6, $7"


def test_a_formula_of_several_lines_stands_on_its_own() -> None:
    html = Typesetter().html("before\n$$\nx\n= 1\n$$\nafter")

    soup = soup_of(html)
    assert attribute(one(soup, "div.formula math"), "display") == "block"
    assert [paragraph.text for paragraph in soup.select("p")] == ["before", "after"]


def test_code_blocks_keep_their_dollars() -> None:
    html = Typesetter().html("```\ncost = $x$\n```\n\n    $y$")

    assert formulas(html) == []
    assert "$x$" in html
    assert "$y$" in html


@pytest.mark.parametrize("latex", [r"\frac{a}{", "a^b^c", r"\begin{matrix}a", "_"])
def test_a_formula_that_cannot_be_set_is_shown_as_it_was_written(latex: str) -> None:
    assert soup_of(mathml(latex)).text == latex


def test_links_and_styles_in_a_formula_are_dropped() -> None:
    html = mathml(r"\href{javascript:alert(1)}{x} \style{color:red}{y} \class{banner}{z}")

    assert not {"href", "style", "class"} & {name for tag in soup_of(html)(True) for name in tag.attrs}


@given(st.text(alphabet="\\{}^_&<>abcfrtextsqhi=0 '\"\n", max_size=40))
def test_any_formula_is_inert(latex: str) -> None:
    check(mathml(latex))


@pytest.mark.parametrize("name", ["text", "mathematics", "numbers"])
def test_the_examples_of_the_docstrings_hold(name: str) -> None:
    results = doctest.testmod(import_module(f"lossgeo.report.{name}"))

    assert results.attempted > 0
    assert results.failed == 0
