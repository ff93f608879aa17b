"""A section of a report: a template, and the analysis whose results it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lossgeo.errors import ReportError
from lossgeo.markdown import literal

if TYPE_CHECKING:
    from nbformat import NotebookNode

HEADING = re.compile(r"\A# [^\n]*")


@dataclass(frozen=True)
class Section:
    """A template to be run, in which the variable `name` is the name of its analysis.

    Args:
        template: a percent script, whose first cell is Markdown with a heading.
        name: of the analysis; None for a part that is of none.
        title: plain text instead of the template's heading.
        is_repeated: an earlier section of the same template has explained what is shown, so the first cell is only
            the heading here.
    """

    template: Path
    name: str | None = None
    title: str | None = None
    is_repeated: bool = False

    @property
    def label(self) -> str:
        """The name of the section in messages and in the ids of its cells."""
        return self.name or self.template.stem

    def source(self) -> str:
        """The text of the template.

        Raises:
            ReportError: it cannot be read.
        """
        try:
            return self.template.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error

    def cells(self) -> Iterator[NotebookNode]:
        """The cells, named after the section and their place, so that the same section gives the same bytes.

        Raises:
            ReportError: the template cannot be read, or is not a percent script.
        """
        import jupytext

        try:
            script = jupytext.reads(self.source(), fmt="py:percent")
        except (ValueError, SyntaxError) as error:
            raise self._unreadable(error) from error
        if self.name is not None:
            yield hidden("setup", f"name = {self.name!r}", f"{self._id}-name")
        for index, cell in enumerate(script.cells):
            cell.id = f"{self._id}-{index}"
            cell.metadata["tags"] = list(cell.metadata.get("tags", ()))
            if index == 0 and cell.cell_type == "markdown":
                cell.source = self._headed(cell.source)
            cell.metadata["lossgeo"] = {"section": self.label}
            yield cell

    @property
    def _id(self) -> str:
        return re.sub(r"[^A-Za-z0-9_-]", "-", self.label)[:48]

    def _headed(self, source: str) -> str:
        heading = HEADING.match(source)
        if heading is None:
            return source
        own = f"# {literal(self.title)}" if self.title else heading.group()
        rest = f"\n\nRead as above: “{heading.group()[2:]}”." if self.is_repeated else source[heading.end() :]
        return own + rest

    def _unreadable(self, error: Exception) -> ReportError:
        return ReportError(f"{self.template}: expected a jupytext percent script, got {error}; mend or remove it")


def hidden(section: str, source: str, cell_id: str, tag: str = "hide") -> NotebookNode:
    """A cell of code that the page leaves out, counted to `section` in messages."""
    from nbformat.v4 import new_code_cell

    metadata = {"tags": [tag], "lossgeo": {"section": section}}
    cell: NotebookNode = new_code_cell(source, id=cell_id, metadata=metadata)
    return cell
