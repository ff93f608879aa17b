"""Cells of toy notebooks, for the report knows nothing of studies; and a strict way to look into a page."""

from __future__ import annotations

from collections.abc import Mapping

from bs4 import BeautifulSoup, Tag
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output


def notebook_of(*cells: NotebookNode) -> NotebookNode:
    """Return a run notebook of `cells`, each of its own section."""
    for index, cell in enumerate(cells):
        cell.id = f"toy-{index}"
        cell.metadata["lossgeo"] = {"section": "toy"}
    notebook: NotebookNode = new_notebook(cells=list(cells), metadata={"language_info": {"name": "python"}})
    return notebook


def markdown(source: str) -> NotebookNode:
    cell: NotebookNode = new_markdown_cell(source)
    return cell


def code(source: str, *outputs: NotebookNode, tags: tuple[str, ...] = ()) -> NotebookNode:
    cell: NotebookNode = new_code_cell(source, outputs=list(outputs), execution_count=1, metadata={"tags": list(tags)})
    return cell


def shown(data: Mapping[str, str], metadata: Mapping[str, object] | None = None) -> NotebookNode:
    output: NotebookNode = new_output("display_data", data=data, metadata=metadata or {})
    return output


def printed(text: str, name: str = "stdout") -> NotebookNode:
    output: NotebookNode = new_output("stream", text=text, name=name)
    return output


def soup_of(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "html.parser")


def one(page: Tag, selector: str) -> Tag:
    """Return the one element of `page` that `selector` selects."""
    (element,) = page.select(selector)
    return element


def attribute(element: Tag, name: str) -> str:
    value = element[name]
    assert isinstance(value, str)
    return value
