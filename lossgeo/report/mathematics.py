"""Mathematics between dollar signs, as MathML: browsers set it without a script."""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert_to_element

from lossgeo.markdown import FORMULA
from lossgeo.report.text import escape, plain

ALIVE = ("href", "style", "class")  # what \href, \style and \class would put into the page


def mathml(latex: str, *, display: bool = False) -> str:
    r"""Return the formula `latex` (without its dollar signs) as a ``<math>`` element, by `display` on its own line.

    What cannot be converted is shown as it was written, because a report is worth more than its worst formula.

    >>> mathml(r"\theta")
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mi>θ</mi></mrow></math>'
    """
    return _mathml(plain(latex).strip(), display)


def inline(text: str) -> str:
    r"""Return a line of plain `text` as HTML: everything escaped, the formulas between dollar signs set as MathML.

    >>> inline(r"loss < \$5")
    'loss &lt; $5'
    """
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    end = 0
    for match in FORMULA.finditer(text):
        yield _prose(text[end : match.start()])
        yield mathml(match["display_tex"] or match["inline_tex"], display=match["display_tex"] is not None)
        end = match.end()
    yield _prose(text[end:])


def _prose(text: str) -> str:
    return escape(text.replace(r"\$", "$"))


@lru_cache(maxsize=4096)
def _mathml(latex: str, display: bool) -> str:  # noqa: FBT001 - positional for the cache
    try:
        element = convert_to_element(latex, display="block" if display else "inline")
    except Exception:  # noqa: BLE001 - the library's errors have no root of their own, and malformed TeX raises others
        return f"<code>{escape(latex)}</code>"
    _settle(element)
    return ET.tostring(element, encoding="unicode")


def _settle(element: ET.Element) -> None:
    """Turn the character references that the library leaves in texts into characters, and drop live attributes."""
    for node in element.iter():
        node.text = html.unescape(node.text) if node.text is not None else None
        for name in ALIVE:
            node.attrib.pop(name, None)
