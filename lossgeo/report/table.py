"""Tables of results: numbers as a typesetter would write them, one under the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Integral, Real

import pandas as pd

from lossgeo.report.mathematics import inline
from lossgeo.report.numbers import DEFAULT_FORMAT, MISSING, number
from lossgeo.report.text import escape

GROUPED_FROM = 10_000  # 5151 points, but 407,050 parameters
NUMBER_LIKE = re.compile(r"[+\-−<>≈~±]?\s*\d.*|[\[(]\s*[\-−]?\d.*|–|")


def table_html(frame: pd.DataFrame, formats: Mapping[str, str]) -> str:
    """Return `frame` as a ``<table>`` without its index; columns of numbers are aligned to the right.

    Args:
        frame: One row per observation; texts and column names may hold formulas between dollar signs.
        formats: Format spec by column, as in ``format(value, spec)``; floats default to four significant digits.

    Raises:
        ValueError: `formats` names a column that the frame does not have.
    """
    unknown = sorted(set(formats) - set(frame.columns))
    if unknown:
        raise ValueError(f"table: no columns {unknown}; the frame has {list(frame.columns)}")
    columns = [_column(frame[name], formats.get(str(name))) for name in frame.columns]
    classes = [' class="number"' if all(map(_reads_as_number, cells)) else "" for cells in columns]
    head = "".join(f"<th{kind}>{inline(str(name))}</th>" for name, kind in zip(frame.columns, classes, strict=True))
    rows = "".join(_row(cells, classes) for cells in zip(*columns, strict=True))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(cells: tuple[str, ...], classes: list[str]) -> str:
    return "<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(cells, classes, strict=True)) + "</tr>"


def _column(values: pd.Series, spec: str | None) -> list[str]:
    return [_cell(value, spec) for value in values.tolist()]


def _cell(value: object, spec: str | None) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Integral) and spec is None:
        return f"{int(value):{',' if abs(int(value)) >= GROUPED_FROM else ''}}".replace("-", "−")
    if isinstance(value, Real):
        return escape(number(value, spec or DEFAULT_FORMAT))
    return inline(str(value))


def _reads_as_number(cell: str) -> bool:
    return NUMBER_LIKE.fullmatch(cell) is not None
