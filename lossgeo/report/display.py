r"""Functions that show figures, tables, notes and listings in a section of a report.

A block is the last expression of a cell, or is handed to `show` within a loop::

    figure(fig, "curvature-curve", r"Curvature $\kappa$ along the curve.", folder)
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from lossgeo.report.aside import write_aside
from lossgeo.report.block import Block
from lossgeo.report.mathematics import inline
from lossgeo.report.prose import Typesetter
from lossgeo.report.standalone import standalone
from lossgeo.report.table import table_html
from lossgeo.report.text import escape

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from matplotlib.figure import Figure

FigureWidth = Literal["text", "wide"]

DPI = 150
PIXELS_PER_INCH = 100  # of the page, so that 10 pt in a figure look like 14 px in the text
FIGURE_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,190}[a-z0-9_-])?")  # holds those of an analysis and a subspace


def show(*blocks: Block) -> None:
    """Show `blocks` now, from within a loop or a function."""
    from IPython.display import display

    display(*blocks)  # type: ignore[no-untyped-call]


def figure(fig: Figure, name: str, caption: str, folder: Path, *, layout: FigureWidth = "text") -> Block:
    """Save `fig` as ``figures/<name>.png`` under `folder` and return it with its `caption`; the figure is closed.

    An inch is 100 px of the page: 6.9 inches fill the text column, 9.6 inches a ``"wide"`` figure, which reaches
    into the margin. The caption of a text figure stands beside it where the screen allows, else below.

    Args:
        fig: The figure; what it shows outside its canvas (a legend) is kept, blank borders are cut.
        name: Lower-case letters, digits, dots, hyphens and underscores.
        caption: Plain text with formulas between dollar signs; it says what to see.
        folder: The folder of the run.
        layout: How wide the page may set it.

    Raises:
        ValueError: `name` is not a file name of that form.
        ReportError: the file cannot be written.
    """
    from matplotlib import pyplot as plt

    _check_name(name)
    picture = _png(fig)
    plt.close(fig)
    write_aside(Path(folder) / "figures" / f"{name}.png", picture)
    width, height = (round(int.from_bytes(picture[i : i + 4], "big") * PIXELS_PER_INCH / DPI) for i in (16, 20))
    source = base64.b64encode(picture).decode("ascii")
    image = f'<img alt="{escape(caption)}" width="{width}" height="{height}" src="data:image/png;base64,{source}">'
    html = f'<figure class="picture {layout}"><div class="scroll">{image}</div>{_caption(caption)}</figure>'
    return Block(html, f"figures/{name}.png: {caption}")


def interactive(fig: go.Figure, name: str, caption: str, folder: Path) -> Block:
    """Save `fig` as ``figures/<name>.html`` under `folder`, a page of its own, and return a link to it.

    The report's page runs nothing; that file does, offline and with nothing fetched.

    Args:
        fig: A plotly figure.
        name: As of `figure`.
        caption: Plain text with formulas between dollar signs; it stands beside the link and below the figure.
        folder: The folder of the run.

    Raises:
        ValueError: `name` is not a file name of that form.
        ReportError: the file cannot be written.
    """
    _check_name(name)
    place = f"figures/{name}.html"
    write_aside(Path(folder) / place, standalone(fig, name, caption))
    html = f'<aside class="note"><p><a href="{place}">Interactive figure</a>: {inline(caption)}</p></aside>'
    return Block(html, f"{place}: {caption}")


def table(frame: pd.DataFrame, caption: str = "", formats: Mapping[str, str] | None = None) -> Block:
    """Return `frame` (without its index) as a table under its `caption`; see `table_html` for `formats`."""
    body = f'<div class="scroll">{table_html(frame, formats or {})}</div>'
    text = f"{caption}\n\n{frame.to_string(index=False)}".strip()
    return Block(f'<figure class="table">{_caption(caption)}{body}</figure>', text)


def prose(markdown: str) -> Block:
    """Return `markdown` made while the section runs (a sentence with its numbers), set like the cells around it."""
    return Block(f'<div class="prose">{Typesetter().html(markdown)}</div>', markdown)


def note(markdown: str) -> Block:
    """Return `markdown` as a remark apart from the text: a caveat, a missing result, the name of a method."""
    return Block(f'<aside class="note">{Typesetter().html(markdown)}</aside>', markdown)


def listing(text: str, title: str, *, folded: bool = True) -> Block:
    """Return `text` letter by letter under a `title` (a spec, a provenance record), folded away by default."""
    state = "" if folded else " open"
    summary = f"<summary>{inline(title)}</summary>"
    return Block(f'<details class="listing"{state}>{summary}<pre>{escape(text)}</pre></details>', text)


def _check_name(name: str) -> None:
    if FIGURE_NAME.fullmatch(name) is None:
        raise ValueError(f"figure: expected a name of a-z, 0-9, '.', '_' and '-' (at most 192), got {name!r}")


def _caption(caption: str) -> str:
    return f"<figcaption>{inline(caption)}</figcaption>" if caption else ""


def _png(fig: Figure) -> bytes:
    """Return the picture as bytes that depend on what is drawn only: no date, no version of a program."""
    buffer = BytesIO()
    fig.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight", pad_inches=0.04, metadata={"Software": None})
    return buffer.getvalue()
