"""Tables of results over seeds: means with their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from lossgeo.report.numbers import MISSING
from lossgeo.statistics import over_seeds

Column = tuple[str, str, tuple[float, float]]
"""Heading, format, and the least and the largest possible value of a column."""


def intervals(rows: Iterable[Mapping[str, Any]], by: Mapping[str, str], columns: Mapping[str, Column]) -> pd.DataFrame:
    """A row for each group, with the mean over its rows and the 95 % interval (Student's t) of every column as text.

    A cell is empty where a row of the group has no value.

    Args:
        rows: one a seed; groups stand in the order of their first rows.
        by: what tells the groups apart → its heading.
        columns: what the mean is taken of → its column.

    >>> rows = [{"subspace": "line", "loss": 0.1}, {"subspace": "line", "loss": 0.3}]
    >>> intervals(rows, {"subspace": "of"}, {"loss": ("mean loss", ".2f", (0, 1))}).to_dict("records")
    [{'of': 'line', 'mean loss': '0.20 [0.00, 1.00]'}]
    """
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in by), []).append(row)
    return pd.DataFrame(
        [
            {
                **dict(zip(by.values(), group, strict=True)),
                **{column[0]: _text([row[key] for row in found], column) for key, column in columns.items()},
            }
            for group, found in groups.items()
        ]
    )


def _text(values: list[Any], column: Column) -> str:
    _, spec, within = column
    return MISSING if pd.isna(pd.Series(values)).any() else over_seeds(values, within).text(spec)
