from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from mathematics_toys import normal

from lossgeo.geometry.gram import embed, gram
from lossgeo.geometry.hull import Hull, barycentric
from lossgeo.landscape.randomness import stream


def far_corners() -> torch.Tensor:
    """Five corners about a hundredth apart, a thousand from zero."""
    return (1000 + 0.01 * normal(5, 30, dtype=torch.float64)).float()


def test_distances_and_nearest_corners_are_those_of_a_plain_loop() -> None:
    corners = far_corners()
    weights = barycentric(20, 5, 5, stream(0, "weights"))

    index, distance = Hull(corners).nearest(weights)

    exact = corners.double().numpy()
    for a, found, far in zip(weights.numpy(), index, distance, strict=True):
        point = sum(share * corner for share, corner in zip(a, exact, strict=True))
        every = [float(np.linalg.norm(point - corner)) for corner in exact]
        assert int(found) == int(np.argmin(every))
        assert float(far) == pytest.approx(min(every), rel=1e-6)


def test_the_distances_between_corners_are_in_the_order_of_pairs() -> None:
    corners = normal(4, 12)

    found = Hull(corners).between()

    expected = [float((a - b).norm()) for a, b in combinations(corners.double(), 2)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_of_corners_equally_near_the_first_is_taken() -> None:
    square = torch.tensor([[5.0, 5.0], [5.0, 5.0], [6.0, 5.0]])

    index, _ = Hull(square).nearest(torch.tensor([[0.0, 0.9, 0.1], [0.0, 0.0, 1.0]], dtype=torch.float64))

    assert index.tolist() == [0, 2]


def test_the_distance_to_a_point_outside_the_span_is_exact() -> None:
    corners, origin = far_corners(), 1000 * torch.ones(30)

    expected = np.linalg.norm(corners.double().numpy() - 1000, axis=1)
    np.testing.assert_allclose(Hull(corners).to(origin), expected, rtol=1e-12)


def test_an_origin_is_subtracted_before_inner_products_are_taken() -> None:
    vectors = far_corners()

    exact = vectors.double().numpy() - vectors[0].double().numpy()
    np.testing.assert_allclose(gram(vectors, vectors[0]), exact @ exact.T, rtol=1e-12, atol=1e-15)
    frame = embed(vectors, vectors[0]).numpy()
    np.testing.assert_allclose(frame @ frame.T, exact @ exact.T, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("face", [1, 2, 3, 6])
def test_a_point_mixes_as_many_corners_as_its_face_has(face: int) -> None:
    weights = barycentric(500, 6, face, stream(0, "weights"))

    assert ((weights > 0).sum(1) == face).all()
    assert (weights.sum(1) - 1).abs().max() < 1e-12


@pytest.mark.parametrize("face", [2, 3, 6])
def test_weights_have_the_moments_of_a_uniform_law_on_faces(face: int) -> None:
    weights = barycentric(20_000, 6, face, stream(0, "weights")).numpy()

    np.testing.assert_allclose(weights.mean(0), 1 / 6, atol=0.01)
    assert np.square(weights).sum(1).mean() == pytest.approx(2 / (face + 1), abs=0.01)


def test_all_edges_are_equally_likely() -> None:
    weights = barycentric(6000, 4, 2, stream(0, "weights")).numpy()

    edges, counts = np.unique(weights > 0, axis=0, return_counts=True)

    assert len(edges) == 6
    assert (np.abs(counts - 1000) < 5 * np.sqrt(1000)).all()


@pytest.mark.parametrize("face", [0, 4])
def test_a_face_that_the_hull_does_not_have_is_refused(face: int) -> None:
    with pytest.raises(ValueError, match=f"a hull of 3 corners has faces of 1 to 3 corners, asked for {face}"):
        barycentric(2, 3, face, stream(0, "weights"))
