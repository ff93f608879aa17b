"""Sections assembled into one notebook and run from its first cell to its last, or refused."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from lossgeo.report.aside import make_folder, write_aside
from lossgeo.report.completeness import incomplete, stop_of
from lossgeo.report.kernel import ReportKernel
from lossgeo.report.section import Section, hidden
from lossgeo.report.text import plain
from lossgeo.report.traces import without_traces

FINISHED = "notebook.ipynb"
PARTIAL = "notebook.partial.ipynb"
KERNEL = "python3"
QUIET = logging.NullHandler()  # papermill would print what the error that follows says better


def assemble(sections: Sequence[Section], setup: str) -> NotebookNode:
    """Join sections into one notebook: the parameter `run_dir`, the `setup` code, then the `sections`.

    A last cell, which shows nothing, is the proof that the kernel lived to the end.

    Raises:
        ReportError: a section cannot be read, or is not a percent script.
    """
    cells = [
        hidden("parameters", 'run_dir = "."', "lossgeo-parameters", "parameters"),
        hidden("setup", setup, "lossgeo-setup"),
        *(cell for section in sections for cell in section.cells()),
        hidden("end", "is_complete = True", "lossgeo-end"),
    ]
    kernelspec = {"name": KERNEL, "display_name": "Python 3", "language": "python"}
    notebook: NotebookNode = new_notebook(
        cells=cells, metadata={"kernelspec": kernelspec, "language_info": {"name": "python"}}
    )
    return notebook


def execute(notebook: NotebookNode, folder: Path, *, timeout_seconds: int = 600) -> NotebookNode:
    """Run a `notebook` of `assemble` in `folder` and write it there as ``notebook.ipynb``.

    Times, absolute paths and terminal codes are taken out, so that the same outputs give the same bytes.

    Args:
        notebook: The notebook; it is left as it is.
        folder: Working directory of the kernel, whose parameter `run_dir` is ``"."``.
        timeout_seconds: Limit of a single cell.

    Raises:
        IncompleteReport: a cell failed, ended the kernel or took too long; what there is of the notebook is kept as
            ``notebook.partial.ipynb``.
        ReportError: `folder` cannot be written.
    """
    make_folder(folder)
    running = _with_parameters(notebook)
    trouble = _run(running, folder, timeout_seconds)
    finished = without_traces(running, folder)
    stop = trouble if trouble is not None else stop_of(finished)
    (folder / PARTIAL).unlink(missing_ok=True)
    if stop is None:
        write_aside(folder / FINISHED, nbformat.writes(finished))
        return finished
    write_aside(folder / PARTIAL, nbformat.writes(finished))
    raise incomplete(finished, *stop, PARTIAL)


def _with_parameters(notebook: NotebookNode) -> NotebookNode:
    """Copy the notebook with papermill's cell of parameters; only ever `run_dir`, so nothing is turned into code."""
    from papermill.execute import prepare_notebook_metadata
    from papermill.parameterize import parameterize_notebook

    copy: NotebookNode = nbformat.from_dict({**notebook, "metadata": {**notebook.metadata, "papermill": {}}})
    copy = parameterize_notebook(copy, {"run_dir": "."}, kernel_name=KERNEL, language="python")
    for cell in copy.cells:
        if "injected-parameters" in cell.metadata.tags:
            cell.id = "injected-parameters"
            cell.metadata["lossgeo"] = {"section": "parameters"}
    prepare_notebook_metadata(copy, "", "")
    return copy


def _run(notebook: NotebookNode, folder: Path, timeout_seconds: int) -> tuple[int, str] | None:
    """Run the cells in place; return the cell at which the kernel itself failed, with the failure, or None."""
    from papermill.engines import papermill_engines

    logging.getLogger("papermill").addHandler(QUIET)
    try:
        papermill_engines.execute_notebook_with_engine(
            None,
            notebook,
            KERNEL,
            progress_bar=False,
            autosave_cell_every=0,
            execution_timeout=timeout_seconds,
            kernel_manager_class=ReportKernel,
            shutdown_kernel="immediate",
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(folder)}},
        )
    except TimeoutError:
        return _last_started(notebook), f"no end within its {timeout_seconds} seconds"
    except RuntimeError as error:  # nbclient's root for a kernel that died or never answered
        return _last_started(notebook), (plain(str(error)) or type(error).__name__).splitlines()[0]
    return None


def _last_started(notebook: NotebookNode) -> int:
    started = (cell.metadata["papermill"]["start_time"] is not None for cell in notebook.cells)
    return max((index for index, is_started in enumerate(started) if is_started), default=0)
