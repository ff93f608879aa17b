"""Tables of a sweep: a study at each setting, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lossgeo.markdown import without_formulas
from lossgeo.measures.quantity import shown
from lossgeo.report.intervals import Column, intervals
from lossgeo.report.numbers import MISSING
from lossgeo.results import OpenStudy
from lossgeo.spec.sweep import Values, described, short_names, value_text
from lossgeo.statistics import POSITIVE, Interval
from lossgeo.swept import swept_fits, with_base

CORNERS: dict[str, Column] = {
    "cosine": ("cosine of corners", ".3f", (-1.0, 1.0)),
    "distance": ("distance of corners", ".3f", POSITIVE),
}

SweepNumbers = Mapping[tuple[str, str], tuple[Interval, str]]
"""Analysis and label → a headline number and its format."""


def fit_table(study: OpenStudy) -> pd.DataFrame:
    """A row for each setting and affected subspace: corners and validation, mean over seeds with its 95 % interval."""
    validation = shown(study.spec.resolved_problem.task, "accuracy", "loss")
    columns = CORNERS | {found.name: found.column(f"validation {found.label}") for found in validation}
    rows = [
        {
            **_cells(fit.setting, is_base=fit.is_base),
            "subspace": fit.training.name,
            **{key: getattr(fit, key) for key in columns},
        }
        for fit in swept_fits(study)
    ]
    names = [*short_names(study.spec.sweep).values(), "subspace"]
    return intervals(rows, dict(zip(names, names, strict=True)), columns)


def headline_table(study: OpenStudy) -> pd.DataFrame:
    """The headline numbers that differ between settings: a row for each number, a column for each setting."""
    columns = {_heading(values, is_base=setting is study): _numbers(setting) for values, setting in with_base(study)}
    known = dict.fromkeys(key for numbers in columns.values() for key in numbers)
    rows = [
        {
            "analysis": analysis,
            "number": label,
            **{heading: _text(numbers, (analysis, label)) for heading, numbers in columns.items()},
        }
        for analysis, label in known
        if len({numbers[analysis, label][0] for numbers in columns.values() if (analysis, label) in numbers}) > 1
    ]
    return pd.DataFrame(rows)


def _cells(values: Values, *, is_base: bool) -> dict[str, str]:
    mark = " (spec)" if is_base else ""
    return {name: without_formulas(value_text(values[path])) + mark for path, name in short_names(values).items()}


def _heading(values: Values, *, is_base: bool) -> str:
    return without_formulas(described(values)) + (" (spec)" if is_base else "")


def _numbers(study: OpenStudy) -> SweepNumbers:
    said = {analysis.called: analysis.headline(study.results(analysis.called)) for analysis in study.answered}
    return {
        (name, label): found
        for name, headline in said.items()
        if headline is not None
        for label, found in {**headline.numbers, **headline.more}.items()
    }


def _text(numbers: SweepNumbers, key: tuple[str, str]) -> str:
    if key not in numbers:
        return MISSING
    interval, spec = numbers[key]
    return interval.text(spec)
