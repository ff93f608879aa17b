"""Markdown set as HTML: formulas as MathML, headings counted for the contents, raw HTML shown as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from re import Match

from mistune import BlockParser, BlockState, HTMLRenderer, InlineParser, InlineState, Markdown
from mistune.plugins.table import table

from lossgeo.markdown import DISPLAY, INLINE
from lossgeo.report.mathematics import mathml
from lossgeo.report.text import escape, plain

DISPLAY_BLOCK = rf"^ {{0,3}}{DISPLAY}[ \t]*$"


@dataclass(frozen=True)
class Heading:
    """A heading of the page: `level` 2 for a section, 3 below it; `html` its words, unlinked; `anchor` its id."""

    level: int
    html: str
    anchor: str


class Typesetter:
    """Sets Markdown cells one after the other; remembers their headings, so that no two share an anchor.

    ``#`` is a section of the page and becomes ``<h2>``, for the page's own title is the only ``<h1>``.
    """

    def __init__(self) -> None:
        self._renderer = _Renderer()
        self._markdown = Markdown(self._renderer, BlockParser(), InlineParser(), plugins=[table, formulas])

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The headings of everything set so far, in order."""
        return tuple(self._renderer.headings)

    def html(self, markdown: str) -> str:
        """Return `markdown` as HTML; a picture becomes its description, because a page loads nothing."""
        return str(self._markdown(plain(markdown))).strip()


class _Renderer(HTMLRenderer):
    def __init__(self) -> None:
        super().__init__(escape=True)
        self.headings: list[Heading] = []

    def heading(self, text: str, level: int, **attributes: object) -> str:
        """Set a heading one level down, with an anchor derived from its words."""
        del attributes
        heading = Heading(min(level + 1, 6), re.sub(r"</?a\b[^>]*>", "", text), self._anchor(text))
        self.headings.append(heading)
        return f'<h{heading.level} id="{heading.anchor}">{text}</h{heading.level}>\n'

    def _anchor(self, text: str) -> str:
        words = re.findall(r"[a-z0-9]+", re.sub(r"<[^>]*>|&[^;]*;", "", text).lower())
        anchor = "-".join(words) or "section"
        taken = sum(1 for heading in self.headings if re.fullmatch(rf"{anchor}(--\d+)?", heading.anchor))
        return f"{anchor}--{taken + 1}" if taken else anchor

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Set the description of a picture in place of it."""
        del url, title
        return f"<em>{escape(text)}</em>"

    def table(self, text: str) -> str:
        """Set a table that scrolls by itself where the screen is narrow."""
        return f'<div class="scroll"><table>{text}</table></div>\n'

    def inline_math(self, text: str) -> str:
        """Set a formula within a line."""
        return mathml(text)

    def display_math(self, text: str) -> str:
        """Set a formula on its own line."""
        return f'<div class="formula">{mathml(text, display=True)}</div>\n'


def formulas(md: Markdown) -> None:
    """Teach a Markdown parser `$…$` within lines and `$$…$$` within and between them; code is left alone."""
    md.block.register("display_math", DISPLAY_BLOCK, _parse_block, before="list")
    md.inline.register("display_math", DISPLAY, _parse_display, before="link")
    md.inline.register("inline_math", INLINE, _parse_inline, before="link")


def _parse_block(block: BlockParser, match: Match[str], state: BlockState) -> int:
    del block
    state.append_token({"type": "display_math", "raw": match["display_tex"]})
    return match.end() + 1


def _parse_display(inline: InlineParser, match: Match[str], state: InlineState) -> int:
    del inline
    state.append_token({"type": "display_math", "raw": match["display_tex"]})
    return match.end()


def _parse_inline(inline: InlineParser, match: Match[str], state: InlineState) -> int:
    del inline
    state.append_token({"type": "inline_math", "raw": match["inline_tex"]})
    return match.end()
