from __future__ import annotations

import numpy as np
import pytest
import torch
from mathematics_toys import normal, pairwise_distances

from lossgeo.geometry.gram import COLUMNS_AT_ONCE, embed, gram


def angles(points: np.ndarray) -> np.ndarray:
    """The angles at the first point between all others, as cosines."""
    offsets = points[1:].astype(np.float64) - points[0].astype(np.float64)
    units = offsets / np.linalg.norm(offsets, axis=1, keepdims=True)
    cosines: np.ndarray = units @ units.T
    return cosines


def test_inner_products_over_several_blocks_are_those_of_float64() -> None:
    vectors = normal(3, 2 * COLUMNS_AT_ONCE + 5)

    exact = vectors.double().numpy()
    np.testing.assert_allclose(gram(vectors).numpy(), exact @ exact.T, rtol=1e-13, atol=1e-9)


def test_coordinates_have_the_gram_matrix_of_the_vectors() -> None:
    vectors = normal(6, 40)

    coordinates = embed(vectors)

    torch.testing.assert_close(coordinates @ coordinates.T, gram(vectors), rtol=1e-12, atol=1e-12)


def test_combinations_of_coordinates_have_the_distances_of_the_combinations_of_the_vectors() -> None:
    vectors, features = normal(6, 40), normal(9, 6, seed=1, dtype=torch.float64)

    small = pairwise_distances((features @ embed(vectors)).numpy())

    large = pairwise_distances((features @ vectors.double()).numpy())
    np.testing.assert_allclose(small, large, rtol=1e-12, atol=1e-12)


def test_combinations_of_coordinates_have_the_angles_of_the_combinations_of_the_vectors() -> None:
    vectors, features = normal(6, 40), normal(9, 6, seed=1, dtype=torch.float64)

    small, large = (angles((features @ part).numpy()) for part in (embed(vectors), vectors.double()))

    np.testing.assert_allclose(small, large, atol=1e-12)


def test_principal_components_of_combinations_are_those_of_the_vectors() -> None:
    vectors, features = normal(6, 40), normal(30, 6, seed=1, dtype=torch.float64)

    small, large = (features @ part for part in (embed(vectors), vectors.double()))

    spectra = [np.linalg.svd((x - x.mean(0)).numpy(), compute_uv=False)[:6] for x in (small, large)]
    np.testing.assert_allclose(spectra[0], spectra[1], rtol=1e-11)


def test_vectors_nearer_than_a_hundred_thousandth_of_their_norm_keep_five_digits_of_their_distance() -> None:
    far = normal(1, 1000) * 100
    vectors = torch.cat([far, far + 1e-3 * normal(1, 1000, seed=1)])

    found = pairwise_distances(embed(vectors).numpy())[0, 1]

    assert found == pytest.approx(pairwise_distances(vectors.numpy())[0, 1], rel=1e-5)


def test_dependent_vectors_add_no_direction() -> None:
    vectors = normal(3, 40, dtype=torch.float64)

    found = embed(torch.cat([vectors, vectors.sum(0, keepdim=True), 2 * vectors[:1]]))

    assert found.shape == (5, 3)


def test_the_same_vectors_have_the_same_coordinates_to_the_bit() -> None:
    assert torch.equal(embed(normal(5, 30)), embed(normal(5, 30)))


def test_the_sign_of_every_axis_is_fixed_by_its_largest_entry() -> None:
    coordinates = embed(normal(5, 30))

    largest = coordinates.gather(0, coordinates.abs().argmax(0)[None])
    assert bool((largest > 0).all())


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_vectors_that_are_not_finite_have_no_coordinates(value: float) -> None:
    with pytest.raises(ValueError, match="vectors must be finite to have a geometry"):
        embed(torch.tensor([[1.0, value], [0.0, 1.0]]))
