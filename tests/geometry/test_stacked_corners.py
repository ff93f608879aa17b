from __future__ import annotations

import numpy as np
import pytest
import torch
from mathematics_toys import frame, normal

from lossgeo.geometry.singular_values import effective_rank, random_walks, singular_values
from lossgeo.landscape.randomness import stream

LENGTHS = torch.tensor([1.0, 2.0, 3.0, 5.0], dtype=torch.float64)


def test_orthogonal_rows_have_their_lengths_for_singular_values() -> None:
    rows = torch.tensor([2.0, 7.0, 0.5])[:, None] * frame(3, 50)

    np.testing.assert_allclose(singular_values(rows), [7, 2, 0.5], rtol=1e-12)


def test_a_regular_simplex_less_its_mean_has_equal_values_and_a_zero() -> None:
    corners = 3 * frame(5, 40) + 100

    found = singular_values(corners, corners.mean(0))

    np.testing.assert_allclose(found[:4], 3, rtol=1e-9)
    assert found[4] < 1e-5


def test_singular_values_are_those_of_a_decomposition_of_the_whole_matrix() -> None:
    vectors = normal(6, 30)

    expected = np.linalg.svd(vectors.double().numpy(), compute_uv=False)
    np.testing.assert_allclose(singular_values(vectors), expected, rtol=1e-10)


def test_the_effective_rank_counts_equal_values() -> None:
    assert effective_rank(np.full(7, 1e-200)) == pytest.approx(7)
    assert effective_rank(np.array([2.0, 0, 0])) == pytest.approx(1)
    np.testing.assert_allclose(effective_rank(np.array([[2.0, 1.0], [3.0, 3.0]])), [25 / 17, 2])


@pytest.mark.parametrize("dimension", [3, 5, 6, 1000])
def test_walks_come_as_far_as_they_should(dimension: int) -> None:
    ends = random_walks(LENGTHS, dimension, stream(0, "walks"))

    torch.testing.assert_close(ends.norm(dim=1), LENGTHS)
    assert ends.shape[1] <= dimension


def walked(dimension: int, draws: int) -> np.ndarray:
    generator = stream(0, "walks")
    return np.stack([random_walks(LENGTHS, dimension, generator).numpy() for _ in range(draws)])


def plain(dimension: int, draws: int) -> np.ndarray:
    """Normal vectors of all their coordinates, set to their lengths."""
    drawn = normal(draws, 4, dimension, dtype=torch.float64).numpy()
    found: np.ndarray = LENGTHS.numpy()[:, None] * drawn / np.linalg.norm(drawn, axis=2, keepdims=True)
    return found


@pytest.mark.parametrize("dimension", [4, 6, 9, 200])
def test_few_coordinates_have_the_singular_values_of_walks_in_all_of_them(dimension: int) -> None:
    few, all_of_them = (np.linalg.svd(drawn(dimension, 4000), compute_uv=False) for drawn in (walked, plain))

    error = np.sqrt((few.var(0) + all_of_them.var(0)) / 4000)
    assert (np.abs(few.mean(0) - all_of_them.mean(0)) < 4.5 * error).all()
    np.testing.assert_allclose(few.std(0), all_of_them.std(0), rtol=0.08)


@pytest.mark.parametrize("dimension", [4, 6, 50])
def test_inner_products_and_the_fixed_axis_have_the_moments_of_uniform_directions(dimension: int) -> None:
    units = walked(dimension, 8_000) / LENGTHS.numpy()[:, None]

    gram = units @ units.transpose(0, 2, 1)
    for i, j in zip(*np.triu_indices(4, 1), strict=True):
        assert gram[:, i, j].mean() == pytest.approx(0, abs=0.02)
        assert np.square(gram[:, i, j]).mean() == pytest.approx(1 / dimension, rel=0.05)
    np.testing.assert_allclose(np.square(units[:, :, 0]).mean(0), 1 / dimension, rtol=0.05)
