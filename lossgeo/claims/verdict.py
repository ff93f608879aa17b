"""Verdicts on claims."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lossgeo.spec.claim import Claim
from lossgeo.statistics import Interval

ROUNDING = 1e-12
"""Relative rounding: a difference that exceeds the tolerance by no more is within it."""


class Outcome(StrEnum):
    """The verdict in words, as a report prints it."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNDECIDED = "undecided"
    UNJUDGED = "not judged"
    UNCHECKABLE = "cannot be checked"
    MISSING = "no result"


@dataclass(frozen=True)
class Verdict:
    """A claim and its outcome.

    Args:
        claim: as the spec has it.
        outcome: what came out.
        ours: the study's own number, its mean and interval over seeds; None if there is none.
        is_seeded: whether it was found seed by seed, so that its spread over seeds means something.
        remark: why there is no number, and what to do.
    """

    claim: Claim
    outcome: Outcome
    ours: Interval | None = None
    is_seeded: bool = True
    remark: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether the claim does not hold or cannot be checked."""
        return self.outcome in (Outcome.FAILS, Outcome.UNCHECKABLE)


def outcome_of(claim: Claim, ours: Interval) -> Outcome:
    """The outcome of comparing the study's number with the published one.

    Within the tolerance it is the mean that counts; above and below, the whole interval over seeds has to be on that
    side of the border, and an interval with the border in it decides nothing. A single seed counts as its mean.

    >>> claim = Claim(table="path", column="error", published=1.0, comparison="above", source="an example")
    >>> outcome_of(claim, Interval(1.2, 0.9, 1.5, 3)).value, outcome_of(claim, Interval(1.2, None, None, 1)).value
    ('undecided', 'holds')
    """
    if claim.unjudged:
        return Outcome.UNJUDGED
    if claim.comparison == "within":
        slack = ROUNDING * max(abs(ours.mean), abs(claim.published))
        is_within = abs(ours.mean - claim.published) <= claim.tolerance + slack
        return Outcome.HOLDS if is_within else Outcome.FAILS
    sign = 1 if claim.comparison == "above" else -1
    ends = [sign * (end - claim.published) for end in _ends(ours)]
    if min(ends) > 0:
        return Outcome.HOLDS
    return Outcome.UNDECIDED if max(ends) > 0 else Outcome.FAILS


def _ends(ours: Interval) -> tuple[float, float]:
    return (ours.mean if ours.low is None else ours.low, ours.mean if ours.high is None else ours.high)
