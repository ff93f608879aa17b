from __future__ import annotations

import numpy as np
import pytest
from mathematics_toys import frame, pairwise_distances

from lossgeo.geometry.dimension import Neighbours, inverse_local_dimensions, maximum_likelihood, tangent_rank

BODIES = pytest.mark.parametrize("dimension", [1, 2, 3], ids=["segment", "square", "cube"])


def uniform(dimension: int, count: int = 1500, *, offset: float = 0.0) -> np.ndarray:
    """Uniform points of the unit cube, laid isometrically into ten dimensions."""
    points: np.ndarray = np.random.default_rng(0).random((count, dimension)) @ frame(dimension, 10).numpy() + offset
    return points


def local_estimates(points: np.ndarray, k: int) -> list[float]:
    """Levina and Bickel's 1 / m̂ₖ(x) as it is printed, from all distances, point by point."""
    found = []
    for row in pairwise_distances(points):
        nearest = np.sort(row)[1 : k + 1]
        found.append(sum(np.log(nearest[k - 1] / nearest[j]) for j in range(k - 1)) / (k - 1))
    return found


@BODIES
def test_maximum_likelihood_finds_the_dimension_of_a_uniform_body(dimension: int) -> None:
    found = maximum_likelihood(inverse_local_dimensions(Neighbours.among(uniform(dimension), 10), 10))

    # The faces of the body take neighbours away, which lowers the estimate by a few per cent a dimension.
    assert found == pytest.approx(dimension, rel=0.03 * dimension)


@BODIES
def test_the_tangent_rank_of_a_uniform_body_is_its_dimension(dimension: int) -> None:
    points = uniform(dimension)

    assert tangent_rank(Neighbours.among(points, 20), 20, 0.9).rank == pytest.approx(dimension, abs=0.1)


def test_the_tangent_rank_of_a_square_far_from_the_origin_does_not_count_the_way_to_it() -> None:
    near, far = (tangent_rank(Neighbours.among(uniform(2, offset=x), 20), 20) for x in (0.0, 1000.0))

    assert far.rank == pytest.approx(near.rank)


def test_the_tangent_spectrum_of_a_segment_has_one_entry_of_all_the_variance() -> None:
    spectrum = tangent_rank(Neighbours.among(uniform(1), 10), 10).spectrum

    np.testing.assert_allclose(spectrum, [1, *np.zeros(9)], atol=1e-12)


def test_noise_below_the_threshold_does_not_raise_the_tangent_rank() -> None:
    noise = np.random.default_rng(1).normal(size=(1500, 10)) * 1e-5

    assert tangent_rank(Neighbours.among(uniform(1) + noise, 20), 20).rank == 1


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95, 0.999])
def test_the_tangent_rank_is_the_least_number_of_components_that_explain_the_threshold(threshold: float) -> None:
    points = uniform(3, count=60) * np.array([3.0, 1, 1, 1, 1, 1, 1, 1, 1, 1])

    found = tangent_rank(Neighbours.among(points, 6), 6, threshold).rank

    assert found == pytest.approx(np.mean([printed_rank(points, i, 6, threshold) for i in range(60)]))


def printed_rank(points: np.ndarray, i: int, k: int, threshold: float) -> int:
    """The rank at one point, by the eigenvalues of the scatter matrix of its neighbours about it."""
    nearest = np.argsort(np.linalg.norm(points - points[i], axis=1))[1 : k + 1]
    offsets = points[nearest] - points[i]
    eigenvalues = np.linalg.eigvalsh(offsets.T @ offsets)[::-1]
    return next(m for m in range(1, k + 1) if eigenvalues[:m].sum() >= threshold * eigenvalues.sum())


def test_local_estimates_are_those_of_the_printed_formula() -> None:
    points = uniform(2, count=60)

    found = inverse_local_dimensions(Neighbours.among(points, 12), 7)

    np.testing.assert_allclose(found, local_estimates(points, 7), rtol=1e-10)


def test_the_neighbours_are_those_of_a_search_through_all_distances() -> None:
    points = uniform(3, count=60)

    found = Neighbours.among(points, 5)

    np.testing.assert_array_equal(found.indices, np.argsort(pairwise_distances(points), axis=1)[:, 1:6])


def poisson(dimension: int, k: int) -> Neighbours:
    """Distances of a Poisson process without edges: Tⱼᵐ are the arrival times of a process of rate one."""
    arrivals = np.random.default_rng(0).exponential(size=(100_000, k)).cumsum(axis=1)
    nowhere = np.zeros((len(arrivals), k))
    return Neighbours(nowhere, arrivals ** (1 / dimension), nowhere)


@pytest.mark.parametrize("k", [5, 10, 20])
def test_averaging_the_inverses_is_unbiased_on_a_poisson_process(k: int) -> None:
    found = maximum_likelihood(inverse_local_dimensions(poisson(3, k), k))

    assert found == pytest.approx(3, rel=0.01)


@pytest.mark.parametrize("k", [5, 10, 20])
def test_averaging_the_estimates_themselves_is_too_large_by_the_factor_that_mackay_and_ghahramani_give(k: int) -> None:
    arithmetic = (1 / inverse_local_dimensions(poisson(3, k), k)).mean()

    assert arithmetic == pytest.approx(3 * (k - 1) / (k - 2), rel=0.01)


def test_points_that_coincide_with_others_are_left_out_of_the_estimate() -> None:
    points = uniform(2, count=200)
    doubled = np.concatenate([points, points[:30]])

    found = inverse_local_dimensions(Neighbours.among(doubled, 10), 10)

    assert len(found) == 200 - 30
    assert np.isfinite(found).all()


def test_a_cloud_with_duplicates_has_about_the_dimension_of_the_cloud_without() -> None:
    points = uniform(2)
    doubled = np.concatenate([points, points[:100]])

    found = maximum_likelihood(inverse_local_dimensions(Neighbours.among(doubled, 10), 10))

    assert found == pytest.approx(2, rel=0.06)


def test_a_cloud_with_duplicates_has_the_tangent_rank_of_the_cloud_without() -> None:
    points = uniform(1)
    doubled = np.concatenate([points, points[:100]])

    assert tangent_rank(Neighbours.among(doubled, 10), 10).rank == 1


def test_points_that_all_coincide_have_no_dimension() -> None:
    neighbours = Neighbours.among(np.ones((30, 4)), 5)

    with pytest.raises(ValueError, match="the points coincide, and have no dimension"):
        maximum_likelihood(inverse_local_dimensions(neighbours, 5))


def test_more_neighbours_than_other_points_are_refused() -> None:
    with pytest.raises(ValueError, match="10 neighbours need at least 11 points, got 10; raise `samples` or lower"):
        Neighbours.among(uniform(2, count=10), 10)


def test_points_that_coincide_with_all_their_neighbours_do_not_change_the_rank() -> None:
    line = np.linspace(0, 1, 40)[:, None] * np.array([[3.0, 4.0]])
    heap = np.full((8, 2), 50.0)

    rank = tangent_rank(Neighbours.among(np.concatenate([line, heap]), 5), 5)

    assert rank.rank == 1


def test_the_rank_of_one_point_repeated_is_refused() -> None:
    with pytest.raises(ValueError, match="the points have no tangents"):
        tangent_rank(Neighbours.among(np.ones((10, 3)), 4), 4)
