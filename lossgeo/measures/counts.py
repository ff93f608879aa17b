"""How many of P networks answer an example correctly, and what random subsets of them have in common."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float64


def right_counts(correct: Bool[np.ndarray, "P N"]) -> Float64[np.ndarray, " P+1"]:
    """The share of the examples that exactly n of the networks answer correctly, for n = 0 … P.

    >>> right_counts(np.array([[True, True, False, False], [True, False, False, False]])).tolist()
    [0.5, 0.25, 0.25]
    """
    shares: np.ndarray = np.bincount(correct.sum(0), minlength=len(correct) + 1) / correct.shape[1]
    return shares


def independent_counts(accuracies: Iterable[float]) -> Float64[np.ndarray, " P+1"]:
    """The distribution of `right_counts` for networks whose errors are independent: Poisson binomial.

    >>> independent_counts([0.5, 0.5]).tolist()
    [0.25, 0.5, 0.25]
    """
    shares = np.ones(1)
    for accuracy in accuracies:
        shares = np.convolve(shares, [1 - accuracy, accuracy])
    return shares


def all_right(counts: Float64[np.ndarray, " P+1"]) -> Float64[np.ndarray, " P"]:
    """The share of the examples that all of p networks answer correctly, the mean over every choice of p = 1 … P of P.

    An example that n networks answer correctly is in the intersection of C(n, p) of the C(P, p) choices, so the mean
    is Σₙ h(n) C(n, p) / C(P, p), a quotient that is the product of (n − r) / (P − r) over r < p. Of independent
    errors it is the elementary symmetric mean of the accuracies.

    >>> all_right(np.array([0.25, 0.5, 0.25])).tolist()
    [0.5, 0.25]
    """
    networks = len(counts) - 1
    n, r = np.arange(networks + 1)[:, None], np.arange(networks)
    shares: np.ndarray = counts @ (np.maximum(n - r, 0) / (networks - r)).cumprod(axis=1)
    return shares


def any_right(counts: Float64[np.ndarray, " P+1"]) -> Float64[np.ndarray, " P"]:
    """The share of the examples that any of p networks answers correctly, the mean over every choice of p = 1 … P of P.

    >>> any_right(np.array([0.25, 0.5, 0.25])).tolist()
    [0.5, 0.75]
    """
    return 1 - all_right(counts[::-1])
