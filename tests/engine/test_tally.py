from __future__ import annotations

import pytest
from engine_toys import Toy

from lossgeo.engine.plan import Plan
from lossgeo.engine.tally import Tally

DEAR, CHEAP, AFTER = Toy("dear", weight=6.0), Toy("cheap", weight=2.0), Toy("after", weight=2.0)


class Clock:
    """Tells the time it is set to."""

    now = 0.0

    def __call__(self) -> float:
        """Tell it."""
        return self.now


def test_the_share_counts_costs_and_fractions() -> None:
    tally = Tally(Plan((DEAR, CHEAP, AFTER), ()))

    tally.start(DEAR)
    tally.progress(DEAR, 0.5)
    assert tally.share == pytest.approx(0.3)

    tally.finish(DEAR)
    assert (tally.ended, tally.total) == (1, 3)
    assert tally.share == pytest.approx(0.6)


def test_the_time_left_is_in_proportion_to_the_cost_left() -> None:
    clock = Clock()
    tally = Tally(Plan((DEAR, CHEAP, AFTER), ()), clock)

    tally.start(DEAR)
    clock.now = 30.0
    tally.finish(DEAR)

    assert tally.seconds_left == pytest.approx(20.0)


def test_the_time_left_is_not_known_at_first() -> None:
    clock = Clock()
    tally = Tally(Plan((DEAR,), ()), clock)

    tally.start(DEAR)
    clock.now = 10.0
    assert tally.seconds_left is None

    tally.progress(DEAR, 0.5)
    clock.now = 1.0
    assert tally.seconds_left is None


def test_a_job_is_timed_from_start_to_end() -> None:
    clock = Clock()
    tally = Tally(Plan((DEAR,), ()), clock)
    clock.now = 2.0
    tally.start(DEAR)
    clock.now = 5.0

    assert tally.finish(DEAR) == 3.0


def test_what_will_not_start_is_no_longer_waited_for() -> None:
    tally = Tally(Plan((DEAR, CHEAP, AFTER), ()))

    tally.start(CHEAP)
    tally.fail(CHEAP, [AFTER])
    tally.start(DEAR)
    tally.finish(DEAR)

    assert (tally.ended, tally.share) == (3, 1.0)
