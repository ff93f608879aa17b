from __future__ import annotations

import numpy as np
import pytest
import torch
from mathematics_toys import normal
from scipy.stats import kstest

from lossgeo.families.simplex import Simplex
from lossgeo.geometry.curvature import profile
from lossgeo.landscape.randomness import stream

VERTICES = pytest.mark.parametrize("vertices", [2, 3, 5])


def weights_of(simplex: Simplex, count: int) -> np.ndarray:
    """Barycentric weights of uniform draws."""
    found: np.ndarray = simplex.features(simplex.sample(count, stream(0, "draws")), {}).numpy()
    return found


@VERTICES
def test_uniform_draws_weigh_every_vertex_equally_on_average(vertices: int) -> None:
    found = weights_of(Simplex(vertices=vertices), 40_000)

    np.testing.assert_allclose(found.mean(0), np.full(vertices, 1 / vertices), atol=0.006)


@VERTICES
def test_uniform_draws_have_the_marginal_of_a_flat_dirichlet(vertices: int) -> None:
    found = weights_of(Simplex(vertices=vertices), 5_000)

    for weight in found.T:
        assert kstest(weight, "beta", args=(1, vertices - 1)).pvalue > 0.005


@VERTICES
def test_uniform_draws_are_convex_weights(vertices: int) -> None:
    found = weights_of(Simplex(vertices=vertices), 1_000)

    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-14)


@VERTICES
def test_the_corners_are_the_vertices(vertices: int) -> None:
    simplex, anchors = Simplex(vertices=vertices), normal(vertices, 7)
    fitted = simplex.initial(anchors, stream(0, "features"))

    assert torch.equal(simplex.subspace(fitted).at(simplex.corners).dense(), anchors)


def test_the_middle_of_a_line_is_the_mean_of_its_ends() -> None:
    ends = torch.tensor([[0.0, 0.0], [2.0, 4.0]])

    middle = Simplex(vertices=2).features(torch.tensor([[0.5]]), {}) @ ends

    assert middle.tolist() == [[1.0, 2.0]]


def test_the_initial_vertices_are_a_copy_of_the_anchors() -> None:
    anchors = normal(3, 7)

    basis = Simplex(vertices=3).initial(anchors, stream(0, "features")).basis

    assert torch.equal(basis, anchors)
    assert basis.data_ptr() != anchors.data_ptr()


def test_a_wrong_number_of_anchors_is_refused() -> None:
    with pytest.raises(ValueError, match="a simplex of 3 vertices needs as many anchors, got 2"):
        Simplex(vertices=3).initial(normal(2, 7), stream(0, "features"))


@VERTICES
def test_the_route_meets_its_corners_at_its_stops(vertices: int) -> None:
    simplex = Simplex(vertices=vertices)
    s = torch.tensor([place for place, _ in simplex.stops], dtype=torch.float64)

    expected = simplex.corners if vertices == 2 else torch.cat([simplex.corners, simplex.corners[:1]])
    torch.testing.assert_close(simplex.route(s), expected, rtol=0, atol=1e-15)


def test_the_stops_of_a_triangle_are_named_after_its_vertices() -> None:
    assert [name for _, name in Simplex(vertices=3).stops] == ["ω₁", "ω₂", "ω₃", "ω₁"]


def test_the_route_halfway_along_an_edge_is_between_two_vertices() -> None:
    middle = Simplex(vertices=3).route(torch.tensor([0.5], dtype=torch.float64))

    torch.testing.assert_close(middle, torch.tensor([[0.5, 0.5]], dtype=torch.float64))


@pytest.mark.parametrize("vertices", [3, 5])
def test_the_route_around_a_simplex_is_as_long_as_its_edges(vertices: int) -> None:
    simplex, anchors = Simplex(vertices=vertices), normal(vertices, 9)
    fitted = simplex.initial(anchors, stream(0, "features"))
    s = torch.linspace(0, 1, 11, dtype=torch.float64)

    found = profile(simplex.subspace(fitted).curve(simplex.route), s, simplex.kinks(fitted.own))

    edges = (anchors.double() - anchors.double().roll(-1, 0)).norm(dim=1)
    assert found.length == pytest.approx(float(edges.sum()), rel=1e-12)


def test_a_triangle_turns_by_two_pi_at_three_kinks() -> None:
    triangle = Simplex(vertices=3)
    fitted = triangle.initial(normal(3, 9), stream(0, "features"))
    s = torch.linspace(0, 1, 11, dtype=torch.float64)

    found = profile(triangle.subspace(fitted).curve(triangle.route), s, triangle.kinks(fitted.own))

    assert len(found.kinks) == 3
    assert found.total_turning == pytest.approx(2 * np.pi, rel=1e-10)


def test_a_line_has_no_kinks() -> None:
    assert len(Simplex(vertices=2).kinks({})) == 0


def test_every_pair_of_vertices_is_kept_apart_equally_often() -> None:
    triangle, generator = Simplex(vertices=3), stream(0, "position")

    pairs = [tuple(map(tuple, triangle.diverse_pair(generator).tolist())) for _ in range(3000)]

    counts = {pair: pairs.count(pair) for pair in set(pairs)}
    assert len(counts) == 6
    assert all(abs(count - 500) < 4 * np.sqrt(500) for count in counts.values())
