from __future__ import annotations

from math import dist, log

import numpy as np
import pytest
from mathematics_toys import frame, normal
from scipy.linalg import orth

from lossgeo.geometry.published_dimension import (
    bow_tie_grid,
    line_grid,
    published_mle,
    singular_value_tolerance,
    uncentred_rank,
)

PUBLISHED_WEIGHTS = 407_050
K = (3, 5, 8, 13)


def barycentric(t: np.ndarray) -> np.ndarray:
    """The grid on the simplex of the unit vectors."""
    return np.concatenate([1 - t.sum(1, keepdims=True), t], axis=1)


LINE = barycentric(line_grid(200))
TRIANGLE = barycentric(bow_tie_grid(20))


def nearest(points: np.ndarray, i: int, k: int) -> list[int]:
    """By a plain loop, ties by place."""
    others = [j for j in range(len(points)) if j != i]
    return sorted(others, key=lambda j: (round(dist(points[i], points[j]), 9), j))[:k]


def test_the_likelihood_of_a_grid_on_a_segment_is_the_published_one() -> None:
    assert published_mle(LINE) == pytest.approx(1.168, abs=0.0005)


def test_the_likelihood_of_a_bow_tie_is_the_published_one() -> None:
    assert published_mle(TRIANGLE) == pytest.approx(1.845, abs=0.0005)


@pytest.mark.parametrize("k", K)
def test_the_rank_of_a_line_of_the_published_size_is_one_for_every_k(k: int) -> None:
    assert uncentred_rank(LINE, k, singular_value_tolerance(PUBLISHED_WEIGHTS, k)) == 1


def test_the_rank_of_a_bow_tie_of_the_published_size_is_the_published_one() -> None:
    assert uncentred_rank(TRIANGLE, 8, singular_value_tolerance(PUBLISHED_WEIGHTS, 8)) == 1.8175


@pytest.mark.parametrize(("k", "rank"), [(3, 1.30), (5, 1.53), (13, 2.08)])
def test_the_rank_of_a_bow_tie_depends_on_k(k: int, rank: float) -> None:
    assert uncentred_rank(TRIANGLE, k, singular_value_tolerance(PUBLISHED_WEIGHTS, k)) == pytest.approx(rank, abs=0.006)


@pytest.mark.parametrize("points", [LINE, TRIANGLE], ids=["line", "triangle"])
def test_the_likelihood_is_that_of_a_plain_loop(points: np.ndarray) -> None:
    inverse = []
    for i in range(len(points)):
        distances = sorted(dist(points[i], points[j]) for j in range(len(points)) if j != i)[:20]
        inverse.append(sum(log(distances[-1] / one) for one in distances) / 19)

    assert published_mle(points) == pytest.approx(len(inverse) / sum(inverse), rel=1e-12)


@pytest.mark.parametrize("points", [LINE, TRIANGLE], ids=["line", "triangle"])
@pytest.mark.parametrize("k", K)
def test_the_rank_is_that_of_orth_over_explicit_weight_vectors(points: np.ndarray, k: int) -> None:
    tolerance = singular_value_tolerance(PUBLISHED_WEIGHTS, k)
    weights = points @ frame(points.shape[1], 300).numpy()

    ranks = [orth(weights[nearest(points, i, k)].T, rcond=tolerance).shape[1] for i in range(len(points))]

    assert uncentred_rank(points, k, tolerance) == sum(ranks) / len(ranks)


@pytest.mark.parametrize("i", [0, 57, 199, 210, 399])
def test_a_tolerance_is_that_of_orth_with_float32_vectors_of_the_published_length(i: int) -> None:
    vertices = np.zeros((3, PUBLISHED_WEIGHTS), dtype=np.float32)
    third = PUBLISHED_WEIGHTS // 3
    for row in range(3):
        vertices[row, row * third : (row + 1) * third] = 0.1
    near = nearest(TRIANGLE, i, 8)

    literal = orth((TRIANGLE[near].astype(np.float32) @ vertices).T).shape[1]

    singular = np.linalg.svd(TRIANGLE[near], compute_uv=False)
    assert literal == (singular > singular_value_tolerance(PUBLISHED_WEIGHTS, 8) * singular[0]).sum()


def test_the_published_tolerance_is_about_a_twentieth() -> None:
    assert singular_value_tolerance(PUBLISHED_WEIGHTS, 13) == pytest.approx(0.0485, abs=5e-5)


def test_a_network_of_few_weights_has_no_tolerance_that_would_hide_a_direction() -> None:
    assert uncentred_rank(LINE, 5, singular_value_tolerance(600, 5)) == 2


def test_the_rank_depends_on_where_the_origin_is() -> None:
    through_the_origin = LINE @ np.array([[-1.0, 2.0], [1.0, -2.0]])

    assert uncentred_rank(through_the_origin, 5, singular_value_tolerance(600, 5)) == 1


def test_independent_draws_on_a_segment_have_the_dimension_that_a_grid_lacks() -> None:
    draws = normal(2000, 1, seed=4).sigmoid().double().numpy()

    assert published_mle(np.concatenate([draws, -draws], axis=1)) == pytest.approx(1, abs=0.03)


def test_half_of_a_bow_tie_lies_outside_the_triangle() -> None:
    outside = (TRIANGLE < -1e-12).any(axis=1).mean()

    assert outside == pytest.approx(0.475)


def test_the_grids_are_those_of_the_published_loops() -> None:
    loops = [(t, s) for t in np.linspace(0, 1, 6) for s in np.linspace(t, 1 - t, 6)]

    np.testing.assert_allclose(bow_tie_grid(6), loops, atol=1e-15)


def test_more_neighbours_than_points_are_refused() -> None:
    with pytest.raises(ValueError, match=r"5 neighbours need at least 6 points, got 5; lower `neighbours`"):
        uncentred_rank(LINE[:5], 5, 0.1)
