"""Numbers of claims: from a table to one number for each seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from lossgeo.documents.faults import describe
from lossgeo.documents.suggestions import quoted_nearest
from lossgeo.lazy import pandas as pd
from lossgeo.spec.claim import Scalar, Selection

SEED = "seed"
MOST_LISTED = 12
ROUNDING = 1e-9
"""Relative difference of equal numbers: a spec says 0.3 where a grid has 0.30000000000000004."""

Numbers = Mapping[int | None, float]
"""Seed → its number; a table without seeds, or rows on all of them together, have one number, of None."""


class UncheckableError(Exception):
    """A claim asks for rows, columns or values that its table does not have; the text names what there is."""


class NumberlessError(UncheckableError):
    """A claim's rows are there, but they give no finite number."""


class UndefinedError(NumberlessError):
    """A claim's quantity is undefined in the whole study."""


def numbers_of(selection: Selection, table: pd.DataFrame) -> Numbers:
    """One number for each seed that has rows with a value.

    Raises:
        UncheckableError: the table has no such column or rows, or no number in them.
        UndefinedError: the column is empty in all rows of the table, such as the accuracy of a regression.
    """
    found = filtered(selection, table)
    _require_column(selection, selection.column, table)
    values = found[selection.column].dropna()
    if table[selection.column].isna().all():
        raise UndefinedError(
            f"{selection.table}: {selection.column} has no value in any row of this study, as a regression has no "
            f"accuracy; nothing speaks for or against the claim"
        )
    if len(values) == 0:
        raise UncheckableError(f"{selection.table}: {selection.column} has no value in the rows that `where` leaves")
    try:
        values = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        some = _listed(values.unique().tolist())
        raise UncheckableError(
            f"{selection.table}: {selection.column} has no numbers but {some}; it can be filtered by, not compared"
        ) from error
    if SEED not in table.columns:
        return {None: _reduced(values, selection.statistic)}
    seeds = found.loc[values.index, SEED]
    if seeds.isna().all():  # rows on all seeds together
        return {None: _reduced(values, selection.statistic)}
    return {int(seed): _reduced(group, selection.statistic) for seed, group in values.groupby(seeds, sort=True)}


def filtered(selection: Selection, table: pd.DataFrame) -> pd.DataFrame:
    """The rows with the wanted value in every column of the filter.

    Raises:
        UncheckableError: a column is not there, or one of the values is in no row that the columns before it leave.
    """
    found = table
    for column, wanted in selection.where.items():
        _require_column(selection, column, table)
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        matches = [_matching(found[column], value) for value in values]
        for value, match in zip(values, matches, strict=True):
            if not match.any():
                raise UncheckableError(_absent(selection, column, value, found))
        if matches:
            found = found[np.any(matches, axis=0)]
    return found


def combined(first: Numbers, second: Numbers, *, is_ratio: bool) -> Numbers:
    """The difference, or the ratio, of two numbers seed by seed; what has no seeds is the same for all.

    Raises:
        UncheckableError: no seed has both.
        NumberlessError: a divisor is zero.
    """
    if None in first and None not in second:
        first = dict.fromkeys(second, first[None])
    if None in second and None not in first:
        second = dict.fromkeys(first, second[None])
    shared = [seed for seed in first if seed in second]
    if not shared:
        raise UncheckableError(
            f"no seed has both numbers: the first has {_listed(first)}, the second {_listed(second)}"
        )
    if not is_ratio:
        return {seed: first[seed] - second[seed] for seed in shared}
    if any(second[seed] == 0 for seed in shared):
        raise NumberlessError("what divides is zero")
    return {seed: first[seed] / second[seed] for seed in shared}


def _reduced(values: pd.Series, statistic: str) -> float:
    return float(values.iloc[-1] if statistic == "last" else values.agg(statistic))


def _require_column(selection: Selection, column: str, table: pd.DataFrame) -> None:
    if column not in table.columns:
        near = quoted_nearest(column, map(str, table.columns))
        raise UncheckableError(
            f"{selection.table} has no column {column!r}{_hint(near)}; it has {', '.join(map(str, table.columns))}"
        )


def _matching(values: pd.Series, wanted: Scalar) -> np.ndarray:
    """The rows in which a column has a value; numbers match up to rounding, truth values match truth values only."""
    if isinstance(wanted, str | bool) or not pd.api.types.is_numeric_dtype(values.dtype):
        is_kind = values.map(lambda value: isinstance(value, bool | np.bool_) == isinstance(wanted, bool))
        return ((values == wanted) & is_kind).to_numpy(dtype=bool)
    if pd.api.types.is_bool_dtype(values.dtype):
        return np.zeros(len(values), dtype=bool)
    is_close: np.ndarray = np.isclose(values.to_numpy(dtype=np.float64), float(wanted), rtol=ROUNDING, atol=0)
    return is_close


def _absent(selection: Selection, column: str, value: Scalar, left: pd.DataFrame) -> str:
    """The message that no row has a value, with the most similar value and those that occur."""
    before = list(selection.where)[: list(selection.where).index(column)]
    rows = f" among the rows of {', '.join(f'the wanted {name}' for name in before)}" if before else ""
    there = left[column].dropna().unique().tolist()
    near = quoted_nearest(value, (one for one in there if isinstance(one, str)))
    return f"{selection.table}: {column} is never {describe(value)}{rows}{_hint(near)}; it is {_listed(there)}"


def _hint(near: str | None) -> str:
    return "" if near is None else f" (did you mean {near}?)"


def _listed(values: Iterable[object]) -> str:
    several = list(values)
    shown = ", ".join(describe(value) for value in several[:MOST_LISTED])
    return shown + (f" and {len(several) - MOST_LISTED} more" if len(several) > MOST_LISTED else "")
