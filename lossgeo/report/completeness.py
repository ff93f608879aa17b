"""Whether a notebook ran to its end, judged by its cells alone."""

from __future__ import annotations

from nbformat import NotebookNode

from lossgeo.errors import ReportError
from lossgeo.report.text import plain


class IncompleteReport(ReportError):
    """A notebook that stopped early; `notebook` has the cells that ran and `banner` explains it in a line."""

    def __init__(self, message: str, notebook: NotebookNode, banner: str) -> None:
        super().__init__(message)
        self.notebook = notebook
        self.banner = banner


def stop_of(notebook: NotebookNode) -> tuple[int, str] | None:
    """Return the index of the first code cell that did not run to its end, and why; None if all did.

    A status that the runner wrote is no proof: after a dead kernel it calls the cells that never ran completed.
    """
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        error = error_of(cell)
        if error is not None:
            return index, error
        if _never_ran(cell):
            return index, "the kernel ended before this cell"
    return None


def _never_ran(cell: NotebookNode) -> bool:
    return cell.execution_count is None and bool(cell.source.strip())  # an empty cell is never run


def error_of(cell: NotebookNode) -> str | None:
    """Return the error that a code cell ended in, as ``Name: text``; None if it ended well."""
    for output in cell.outputs:
        if output.output_type == "error":
            return plain(f"{output.ename}: {output.evalue}")
    return None


def incomplete(notebook: NotebookNode, index: int, cause: str, kept_in: str) -> IncompleteReport:
    """Return the error of a notebook that stopped at the cell `index` because of `cause`."""
    cell = notebook.cells[index]
    section = str(cell.metadata["lossgeo"]["section"])
    place = 1 + sum(earlier.metadata["lossgeo"]["section"] == section for earlier in notebook.cells[:index])
    first_line = next((line for line in cell.source.splitlines() if line.strip()), "")
    return IncompleteReport(
        f"report section {section!r}, cell {place} ({first_line[:60]!r}): expected it to run to its end, got {cause}; "
        f"mend the section and render the report again (what there is of the notebook: {kept_in})",
        notebook,
        f"Incomplete: stopped at cell {index + 1} of {len(notebook.cells)}, in section “{section}”. {cause}",
    )
