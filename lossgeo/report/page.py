"""A run notebook set as one page: it opens offline, runs nothing and loads nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from lossgeo.report.block import OURS
from lossgeo.report.front_matter import Front
from lossgeo.report.guard import check
from lossgeo.report.mathematics import inline
from lossgeo.report.prose import Typesetter
from lossgeo.report.text import escape, plain

TEMPLATES = Path(__file__).parent
THEME = "theme"  # the folder beside this module with the page's template and style
CONTENTS_LEVELS = (2, 3)
SHOWN = ("image/png", "text/plain")  # what a cell may show beside our own blocks, the first that there is
HIDDEN = frozenset(("hide", "parameters", "injected-parameters"))  # tags of cells whose code is left out


def export(notebook: NotebookNode, front: Front) -> str:
    """Return the page of a run `notebook` under its `front`; equal notebooks give equal pages.

    Markdown is set with its formulas; code is folded, and left out where its cell is tagged ``hide``; of the outputs
    our own blocks are shown, else a PNG, else plain text.

    Raises:
        ReportError: a section brought something in that would run or be fetched.
    """
    typesetter = Typesetter()
    article = nbformat.from_dict(notebook)
    article.cells = [_set(cell, typesetter) for cell in article.cells if cell.cell_type != "raw"]
    article.metadata = NotebookNode(language_info={"name": "python", "pygments_lexer": "ipython3"})
    resources = {
        "front": front,
        "contents": [heading for heading in typesetter.headings if heading.level in CONTENTS_LEVELS],
        "style": (TEMPLATES / THEME / "page.css").read_text(encoding="utf-8"),
        "hidden": HIDDEN,
    }
    page, _ = _exporter().from_notebook_node(article, resources)
    check(page)
    return str(page)


def _exporter() -> HTMLExporter:
    exporter = HTMLExporter(
        template_name=THEME,
        template_file="page.html.j2",
        extra_template_basedirs=[str(TEMPLATES)],
    )
    for name, function in {"inline": inline, "text": escape}.items():
        exporter.register_filter(name, function)
    return exporter


def _set(cell: NotebookNode, typesetter: Typesetter) -> NotebookNode:
    """Return the cell with only what may be shown: Markdown as HTML, and one form of every output."""
    if cell.cell_type == "markdown":
        cell.source = typesetter.html(cell.source)
    else:
        cell.source = plain(cell.source)
        cell.outputs = [output for output in map(_shown, cell.outputs) if output is not None]
    cell.metadata = NotebookNode(tags=cell.metadata.get("tags", []))
    return cell


def _shown(output: NotebookNode) -> NotebookNode | None:
    if output.output_type in ("stream", "error"):
        return output
    is_ours = output.metadata.get("text/html") == OURS
    form = "text/html" if is_ours else next((form for form in SHOWN if form in output.data), None)
    if form is None:
        return None
    content: Any = output.data[form]
    output.data = NotebookNode({form: plain(content) if form == "text/plain" else content})
    output.metadata = NotebookNode()
    return output
