from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from math import prod

import numpy as np
import pytest

from lossgeo.measures.counts import all_right, any_right, independent_counts, right_counts


def table_of(networks: int, examples: int) -> np.ndarray:
    """Random answers of networks of different accuracies, on examples of different difficulty."""
    generator = np.random.default_rng(networks)
    ease = generator.random(examples) + np.linspace(-0.2, 0.3, networks)[:, None]
    return generator.random((networks, examples)) < ease


def over_all_subsets(correct: np.ndarray, together: Callable[[np.ndarray], np.ndarray]) -> list[float]:
    """The mean over every choice of p networks, for every p, one choice after the other."""
    return [
        float(np.mean([together(correct[list(chosen)]).mean() for chosen in combinations(range(len(correct)), p)]))
        for p in range(1, len(correct) + 1)
    ]


@pytest.mark.parametrize("networks", [2, 3, 7])
def test_what_all_of_p_networks_answer_is_the_mean_over_all_subsets(networks: int) -> None:
    correct = table_of(networks, examples=53)

    found = all_right(right_counts(correct))

    np.testing.assert_allclose(found, over_all_subsets(correct, lambda chosen: chosen.all(0)), atol=1e-14)


@pytest.mark.parametrize("networks", [2, 3, 7])
def test_what_any_of_p_networks_answers_is_the_mean_over_all_subsets(networks: int) -> None:
    correct = table_of(networks, examples=53)

    found = any_right(right_counts(correct))

    np.testing.assert_allclose(found, over_all_subsets(correct, lambda chosen: chosen.any(0)), atol=1e-14)


def test_independent_counts_are_those_of_every_outcome_by_its_probability() -> None:
    accuracies = [0.9, 0.25, 0.5, 0.7]
    expected = np.zeros(5)
    for outcome in product([True, False], repeat=4):
        expected[sum(outcome)] += prod(a if right else 1 - a for a, right in zip(accuracies, outcome, strict=True))

    np.testing.assert_allclose(independent_counts(accuracies), expected, atol=1e-15)


def test_independent_networks_all_answer_the_mean_over_subsets_of_the_product_of_their_accuracies() -> None:
    accuracies = [0.9, 0.25, 0.5, 0.7, 0.6]

    found = all_right(independent_counts(accuracies))

    expected = [np.mean([prod(chosen) for chosen in combinations(accuracies, p)]) for p in range(1, 6)]
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_three_hundred_networks_are_counted_without_a_loss_of_digits() -> None:
    found = all_right(independent_counts([0.9] * 300))

    np.testing.assert_allclose(found, 0.9 ** np.arange(1, 301), rtol=1e-10)
