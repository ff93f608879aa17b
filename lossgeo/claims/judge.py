"""The claims of a study, judged by its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from math import isfinite

from lossgeo.claims.listing import told
from lossgeo.claims.numbers import NumberlessError, Numbers, UncheckableError, UndefinedError, combined, numbers_of
from lossgeo.claims.verdict import Outcome, Verdict, outcome_of
from lossgeo.errors import ClaimError
from lossgeo.lazy import pandas as pd
from lossgeo.results import OpenStudy
from lossgeo.spec.claim import STUDY, TRAINING, Claim, Selection
from lossgeo.statistics import Interval, over_seeds


def judged(study: OpenStudy) -> tuple[Verdict, ...]:
    """The verdicts on all claims of a study, in the order of its spec."""
    table_of = cache(study.table)
    return tuple(
        Verdict(claim, Outcome.MISSING) if _is_missing(claim, study, table_of) else verdict_on(claim, table_of)
        for claim in study.spec.claims
    )


def check(study: OpenStudy) -> None:
    """Raise an error for claims of a complete study that do not hold or cannot be checked; undecided claims pass.

    Raises:
        ClaimError: naming each of them, with ours and the published value.
    """
    trouble = [verdict for verdict in judged(study) if verdict.is_trouble]
    if trouble:
        raise ClaimError("\n".join(told(verdict) for verdict in trouble))


def verdict_on(claim: Claim, table_of: Callable[[str], pd.DataFrame]) -> Verdict:
    """The verdict on a claim whose results are all there.

    Args:
        claim: from a spec.
        table_of: gives the tidy table of a name.
    """
    try:
        numbers = _ours(claim, table_of)
    except UncheckableError as error:
        return Verdict(claim, _without_numbers(claim, error), remark=str(error))
    is_seeded = None not in numbers
    ours = over_seeds(numbers.values()) if is_seeded else Interval(numbers[None], None, None, 1)
    return Verdict(claim, outcome_of(claim, ours), ours, is_seeded)


def _without_numbers(claim: Claim, error: UncheckableError) -> Outcome:
    if isinstance(error, NumberlessError) and claim.unjudged:
        return Outcome.UNJUDGED
    return Outcome.UNDECIDED if isinstance(error, UndefinedError) else Outcome.UNCHECKABLE


def _ours(claim: Claim, table_of: Callable[[str], pd.DataFrame]) -> Numbers:
    numbers = numbers_of(claim, table_of(claim.table))
    if claim.second is not None:
        second = numbers_of(claim.second, table_of(claim.second.table))
        numbers = combined(numbers, second, is_ratio=claim.over is not None)
    if not all(map(isfinite, numbers.values())):
        raise NumberlessError(f"{claim.table}: {claim.column} is not finite, got {list(numbers.values())}")
    return numbers


def _is_missing(claim: Claim, study: OpenStudy, table_of: Callable[[str], pd.DataFrame]) -> bool:
    """Whether any result that a claim needs is missing; no claim is judged on some of its seeds only."""
    asked = (claim,) if claim.second is None else (claim, claim.second)
    return any(
        any(_is_wanted(selection, name, seed) for name, seed in _gaps(selection.table, study))
        or table_of(selection.table).empty
        for selection in asked
    )


def _gaps(table: str, study: OpenStudy) -> Iterator[tuple[str | None, int | None]]:
    """Subspace and seed of the results that a table lacks."""
    jobs, missing = study.jobs, set(study.missing)
    if table == TRAINING:
        yield from ((called.name, called.seed) for called in jobs.named_trainings if called.job in missing)
    elif table != STUDY:
        yield from (
            (asked.subspace, asked.seed) for asked in jobs.questions if asked.analysis == table and asked.job in missing
        )


def _is_wanted(selection: Selection, subspace: str | None, seed: int | None) -> bool:
    own = {} if subspace is None else {"subspace": subspace}  # a result of several subspaces is of none of them
    for column, value in {**own, "seed": seed}.items():
        wanted = selection.where.get(column, ())
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        if values and value not in values:
            return False
    return True
