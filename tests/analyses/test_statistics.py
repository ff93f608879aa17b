from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp

from lossgeo.analyses.base import Result, by_subspace
from lossgeo.analyses.path import Path
from lossgeo.families.simplex import Simplex
from lossgeo.statistics import over_seeds, wilson


@pytest.mark.parametrize("values", [[1.0, 2.0], [0.88, 0.881, 0.879], [5.0, -3.0, 2.0, 8.0, 0.0]])
def test_the_interval_over_seeds_is_that_of_a_t_test(values: list[float]) -> None:
    found = over_seeds(values)

    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.mean, found.low, found.high) == pytest.approx((np.mean(values), expected.low, expected.high))


def test_an_interval_is_cut_at_what_the_quantity_can_be() -> None:
    found = over_seeds([0.9, 1.0], within=(0.0, 1.0))

    assert found.high == 1.0


def test_a_single_seed_has_no_interval() -> None:
    found = over_seeds([0.5])

    assert (found.mean, found.low, found.high, found.count) == (0.5, None, None, 1)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [1.0, float("inf")]])
def test_no_mean_hides_a_value_that_is_not_finite(values: list[float]) -> None:
    with pytest.raises(ValueError, match="a mean over seeds needs finite values, got"):
        over_seeds(values)


def test_results_are_grouped_in_the_order_of_the_spec() -> None:
    results = [Result(name, 0, seed, Simplex(), Path(), seed) for name in ("line", "arc") for seed in (1, 0)]

    grouped = by_subspace(results)

    assert list(grouped) == ["line", "arc"]
    assert [found.seed for found in grouped["arc"]] == [1, 0]


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (0, 64), (64, 64), (3, 10), (31, 64)])
def test_the_interval_of_a_share_is_that_of_wilson(successes: int, trials: int) -> None:
    found = wilson(successes, trials)

    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert (found.mean, found.count) == (successes / trials, trials)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (2, 1), (-1, 3)])
def test_a_share_of_no_draws_is_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match=f"a share needs draws, and at most as many successes, got {successes} of"):
        wilson(successes, trials)
