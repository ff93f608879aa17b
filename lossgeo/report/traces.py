"""Outputs without traces of this machine and moment, so that equal runs give equal notebooks."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lossgeo.report.text import plain

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # of an object in memory
CELL_FILE = re.compile(r"[^\s'\"(]*ipykernel_\d+/\d+\.py")  # the kernel's name for a cell, with its process number


def without_traces(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Return a copy without the runner's times, terminal codes, addresses in memory and folders of this machine.

    The `folder` of the run becomes ``.``, the home folder ``~``, and those of Python and of lossgeo ``…``.
    """
    installed = {str(place): "…" for place in (Path(__file__).parents[2], Path(sys.prefix))}
    places = {str(folder.resolve()): ".", **installed, str(Path.home()): "~"}
    copy: NotebookNode = nbformat.from_dict(notebook)
    copy.metadata.pop("papermill", None)
    for cell in copy.cells:
        cell.metadata.pop("papermill", None)
        for output in cell.get("outputs", ()):
            _clear(output, places)
    return copy


def _clear(output: NotebookNode, places: Mapping[str, str]) -> None:
    if output.output_type == "stream":
        output.text = _neutral(output.text, places)
    elif output.output_type == "error":
        output.traceback = [_neutral(line, places) for line in output.traceback]
        output.evalue = _neutral(output.evalue, places)
    elif "text/plain" in output.data:
        output.data["text/plain"] = _neutral(output.data["text/plain"], places)


def _neutral(text: str, places: Mapping[str, str]) -> str:
    text = CELL_FILE.sub("cell", ADDRESS.sub("", plain(text)))
    for place, name in places.items():
        if place != "/":
            text = re.sub(rf"(?<![\w.-]){re.escape(place)}(?![\w.-])", name, text)
    return text
