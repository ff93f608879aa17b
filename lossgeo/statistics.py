"""Intervals over seeds, and of a share of draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

CONFIDENCE = 0.95

SHARE = (0.0, 1.0)
POSITIVE = (0.0, inf)
"""Possible values of a quantity, where intervals are cut."""


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % confidence interval: over seeds, or of a share of draws.

    With a single seed there is no interval over seeds: `low` and `high` are None.
    """

    mean: float
    low: float | None
    high: float | None
    count: int

    def text(self, spec: str = ".3f") -> str:
        """The mean and interval as ``0.881 [0.878, 0.884]``; the mean alone if the interval vanishes in these digits.

        A single seed has no interval, and says so.

        >>> Interval(0.5, None, None, 1).text(), Interval(0.5, 0.4, 0.6, 3).text(".1f")
        ('0.500 (1 seed)', '0.5 [0.4, 0.6]')
        """
        mean = format(self.mean, spec)
        if self.low is None or self.high is None:
            return f"{mean} (1 seed)"
        low, high = format(self.low, spec), format(self.high, spec)
        return mean if low == mean == high else f"{mean} [{low}, {high}]"


def over_seeds(values: Iterable[float], within: tuple[float, float] = (-inf, inf)) -> Interval:
    """The mean of one value for each seed, with its 95 % confidence interval, cut at the possible values.

    Args:
        values: one a seed.
        within: the least and the largest value that the quantity can have, such as (0, 1) for a share.

    Raises:
        ValueError: if there are no values, or if one is not finite, which no mean may hide.

    >>> over_seeds([1.0, 2.0, 3.0]).text(".2f")
    '2.00 [-0.48, 4.48]'
    """
    observed = np.array(list(values), dtype=np.float64)
    if len(observed) == 0 or not np.isfinite(observed).all():
        raise ValueError(f"a mean over seeds needs finite values, got {observed.tolist()}")
    mean = float(observed.mean())
    if len(observed) == 1:
        return Interval(mean, None, None, 1)
    from scipy.special import stdtrit

    half = float(stdtrit(len(observed) - 1, (1 + CONFIDENCE) / 2) * observed.std(ddof=1) / sqrt(len(observed)))
    return Interval(mean, max(mean - half, within[0]), min(mean + half, within[1]), len(observed))


def wilson(successes: int, trials: int) -> Interval:
    """A share of independent draws with its 95 % score interval, which stays within [0, 1].

    Also where all draws agree it has a width: (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n) for a share p of n
    draws, with z ≈ 1.96 (Wilson 1927).

    Raises:
        ValueError: if there are no draws, or more successes than draws.

    >>> wilson(64, 64).text()
    '1.000 [0.943, 1.000]'
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"a share needs draws, and at most as many successes, got {successes} of {trials}")
    from scipy.special import ndtri

    z, share = float(ndtri((1 + CONFIDENCE) / 2)), successes / trials
    middle = share + z**2 / (2 * trials)
    half = z * sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z**2 / trials
    return Interval(share, max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0), trials)
