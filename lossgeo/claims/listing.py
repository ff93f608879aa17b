"""Verdicts as people and programs read them: rows, sentences, a Markdown table."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lossgeo.claims.verdict import Outcome, Verdict
from lossgeo.lazy import pandas as pd
from lossgeo.markdown import literal
from lossgeo.spec.claim import STUDY, Claim, Scalar, Selection, Where

NONE = "–"
STATISTICS = {"mean": "mean", "min": "least", "max": "largest", "median": "median", "last": "last"}
COLUMNS = ("claim", "published", "ours", "verdict", "source")
OTHERS = {
    Outcome.FAILS: ("does not hold", "do not hold"),
    Outcome.UNDECIDED: ("is undecided", "are undecided"),
    Outcome.UNCHECKABLE: ("cannot be checked", "cannot be checked"),
    Outcome.MISSING: ("has no result", "have no result"),
    Outcome.UNJUDGED: ("is not judged", "are not judged"),
}
WRITTEN = ("claim", "source")
"""Columns whose text is taken from the spec."""
BARE_BAR = re.compile(r"(?<!\\)\|")
EXPLAINED = (Outcome.FAILS, Outcome.UNDECIDED, Outcome.UNCHECKABLE)


def rows(verdicts: Iterable[Verdict]) -> list[dict[str, str]]:
    """A row for each claim, for people: claim, published, ours, verdict, source."""
    return [
        dict(
            zip(
                COLUMNS,
                (
                    in_words(verdict.claim),
                    published(verdict.claim),
                    ours(verdict),
                    verdict.outcome.value,
                    verdict.claim.source,
                ),
                strict=True,
            )
        )
        for verdict in verdicts
    ]


def summaries(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """A mapping for each claim, for programs; `seeds`, `low` and `high` are null where there are none."""
    return [_summary(verdict) for verdict in verdicts]


def frame(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """The summaries as a tidy table, with filters and second operands as JSON."""
    flat = [{name: _cell(value) for name, value in summary.items()} for summary in summaries(verdicts)]
    return pd.DataFrame(flat)


def markdown(verdicts: Sequence[Verdict]) -> str:
    """The claims as a table of GitHub's Markdown, and below it the remarks as a list."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    lines += ["| " + " | ".join(_markdown_cell(*cell) for cell in row.items()) + " |" for row in rows(verdicts)]
    notes = [f"- {remark}" for remark in remarks(verdicts)]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def remarks(verdicts: Sequence[Verdict]) -> list[str]:
    """Remarks in Markdown: why claims fail, cannot be checked, or are not judged."""
    explained = [
        f"**{literal(in_words(verdict.claim).rstrip('.'))}**: {verdict.outcome.value}. {literal(why)}"
        for verdict in verdicts
        if verdict.outcome in EXPLAINED and (why := verdict.remark or verdict.claim.finding)
    ]
    reasons: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNJUDGED:
            reasons.setdefault(verdict.claim.unjudged, []).append(literal(in_words(verdict.claim).rstrip(".")))
    everywhere = len(reasons) == 1 and all(verdict.outcome is Outcome.UNJUDGED for verdict in verdicts)
    unjudged = [
        f"{'No claim is' if everywhere else 'Not'} judged: {literal(reason.rstrip('.'))}."
        + ("" if everywhere else f" ({'; '.join(claims)})")
        for reason, claims in reasons.items()
    ]
    return [*explained, *unjudged]


def answer(verdicts: Sequence[Verdict]) -> str | None:
    """One sentence: how many claims hold, and the outcome of the others; None if there are no claims.

    A claim that is not judged counts for neither.
    """
    if not verdicts:
        return None
    counts = Counter(verdict.outcome for verdict in verdicts)
    judged = len(verdicts) - counts[Outcome.UNJUDGED]
    others = [
        f"{counts[outcome]} {forms[counts[outcome] != 1]}" for outcome, forms in OTHERS.items() if counts[outcome]
    ]
    if not judged:
        reasons = {verdict.claim.unjudged for verdict in verdicts}
        why = f": {reasons.pop().rstrip('.')}" if len(reasons) == 1 else ""
        return f"{_counted(len(verdicts))} {'is' if len(verdicts) == 1 else 'are'} shown without a verdict{why}."
    first = f"{counts[Outcome.HOLDS]} of {_counted(judged)} {'holds' if judged == 1 else 'hold'}"
    return f"{'; '.join([first, ', '.join(others)]) if others else first}."


def told(verdict: Verdict) -> str:
    """One line for a terminal on a claim that does not hold or cannot be checked."""
    claim = verdict.claim
    said = f"claim {in_words(claim)!r}: {verdict.outcome.value}: "
    if verdict.ours is None:
        return f"{said}{verdict.remark}; correct it in the spec"
    return f"{said}ours is {ours(verdict)}, published {published(claim)} ({claim.source})"


def in_words(claim: Claim) -> str:
    """The text of a claim: its statement, or else the number that it is about.

    >>> in_words(Claim(table="path", where={"place": ("a", "b")}, column="error", published=0.1, source="an example"))
    'mean error of path where place is a or b'
    """
    if claim.statement:
        return claim.statement
    first = _number_in_words(claim)
    operand = claim.minus or claim.over
    if operand is None or claim.second is None:
        return first
    is_like_the_first = _source(claim) == _source(claim.second)
    second = f"that{_filter(operand.where)}" if is_like_the_first else _number_in_words(claim.second)
    return f"{first}, {'minus' if claim.minus is not None else 'over'} {second}"


def published(claim: Claim) -> str:
    """The published value with its tolerance, or the side of it that is claimed.

    >>> published(Claim(table="study", column="weights", published=407050, source="an example"))
    '407,050'
    """
    value = _plain(claim.published)
    if claim.comparison == "within":
        return f"{value} ± {_plain(claim.tolerance)}" if claim.tolerance else value
    return f"{'>' if claim.comparison == 'above' else '<'} {value}"


def ours(verdict: Verdict) -> str:
    """The study's own mean with its interval over seeds."""
    if verdict.ours is None:
        return NONE
    return verdict.ours.text(".5g") if verdict.is_seeded else _plain(verdict.ours.mean)


def _counted(number: int) -> str:
    return f"{number} claim" if number == 1 else f"{number} claims"


def _plain(value: float) -> str:
    return f"{int(value):,}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _number_in_words(selection: Selection) -> str:
    """The text of a number: its statistic and its rows."""
    if selection.table == STUDY:
        return f"{selection.column} of the study"
    return f"{STATISTICS[selection.statistic]} {selection.column} of {selection.table}{_filter(selection.where)}"


def _source(selection: Selection) -> tuple[str, str, str]:
    return selection.table, selection.column, selection.statistic


def _filter(where: Where) -> str:
    filters = [f"{column} is {_values(wanted)}" for column, wanted in where.items()]
    return f" where {' and '.join(filters)}" if filters else ""


def _values(wanted: Scalar | tuple[Scalar, ...]) -> str:
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    return " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values) or "any"


def _summary(verdict: Verdict) -> dict[str, Any]:
    claim, found = verdict.claim, verdict.ours
    return {
        "statement": in_words(claim),
        **_numbers(claim),
        "minus": _numbers(claim.second) if claim.second is not None and claim.minus is not None else None,
        "over": _numbers(claim.second) if claim.second is not None and claim.over is not None else None,
        "comparison": claim.comparison,
        "published": claim.published,
        "tolerance": claim.tolerance,
        "mean": None if found is None else found.mean,
        "low": None if found is None else found.low,
        "high": None if found is None else found.high,
        "seeds": found.count if found is not None and verdict.is_seeded else None,
        "verdict": verdict.outcome.value,
        "source": claim.source,
        "finding": claim.finding,
        "remark": verdict.remark or claim.unjudged,
    }


def _numbers(selection: Selection) -> dict[str, Any]:
    """The origin of a number, for programs: table, filter, column and statistic."""
    return {
        "table": selection.table,
        "where": _lists(selection.where),
        "column": selection.column,
        "statistic": selection.statistic,
    }


def _lists(where: Where) -> dict[str, Any]:
    return {column: list(wanted) if isinstance(wanted, tuple) else wanted for column, wanted in where.items()}


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value


def _markdown_cell(column: str, text: str) -> str:
    """The text of a Markdown table's cell, in which a bar is escaped even within a formula."""
    return BARE_BAR.sub(r"\|", literal(text)) if column in WRITTEN else text
