from __future__ import annotations

import pytest
import torch
from mathematics_toys import Analytic, toy_subject

from lossgeo.analyses.base import Subject
from lossgeo.analyses.chen_saidi_dimension import ChenSaidiDimension
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex, Vertices

WEIGHTS = 407_050


def orthogonal(family: Vertices) -> Subject:
    """A simplex with vertices of the published number of weights, of equal norm and at right angles."""
    subject = toy_subject(family, Analytic(WEIGHTS, lambda theta: theta.sum(1)))
    subject.fitted.basis.copy_(23 * torch.eye(family.vertices, WEIGHTS))
    return subject


def test_a_line_gives_the_published_row() -> None:
    found = ChenSaidiDimension().compute(orthogonal(Simplex()))

    assert [part.rank for part in found.ranks] == [1.0, 1.0, 1.0, 1.0]
    assert found.mle == pytest.approx(1.168, abs=0.0005)


def test_a_triangle_with_orthogonal_vertices_gives_the_published_row() -> None:
    found = ChenSaidiDimension(neighbours=(8,)).compute(orthogonal(Simplex(vertices=3)))

    assert found.ranks[0].rank == 1.8175
    assert found.mle == pytest.approx(1.845, abs=0.0005)


def test_the_control_of_a_triangle_is_the_published_row_whatever_was_trained() -> None:
    subject = orthogonal(Simplex(vertices=3))
    subject.fitted.basis[1].mul_(0.3)

    found = ChenSaidiDimension(neighbours=(8,)).compute(subject)

    assert (found.ranks[0].control_rank, round(found.control_mle, 3)) == (1.8175, 1.845)
    assert found.mle != pytest.approx(found.control_mle, abs=0.01)


def test_a_curve_is_seen_at_equally_spaced_points_of_its_parameter() -> None:
    bow = MlpCurve(hidden=(5, 6))
    subject = toy_subject(bow, Analytic(30, lambda theta: theta.sum(1)))

    found = ChenSaidiDimension().compute(subject)

    straight = ChenSaidiDimension().compute(toy_subject(Simplex(), Analytic(30, lambda theta: theta.sum(1))))
    assert (found.dimension, found.samples, found.weights) == (1, 200, 30)
    assert found.control_mle == pytest.approx(straight.mle, rel=1e-9)
    assert found.mle == pytest.approx(straight.mle, abs=0.05)


def test_the_table_has_the_control_beside_every_estimate() -> None:
    rows = ChenSaidiDimension(neighbours=(3, 8)).compute(orthogonal(Simplex())).table()

    assert [row["neighbours"] for row in rows] == [3, 8]
    assert {row["mle_neighbours"] for row in rows} == {20}
    assert all(row["tangent_rank"] == row["control_tangent_rank"] for row in rows)


def test_a_subspace_of_more_dimensions_is_refused() -> None:
    subject = toy_subject(Simplex(vertices=4), Analytic(30, lambda theta: theta.sum(1)))

    with pytest.raises(
        ValueError, match=r"published for curves and triangles, got a subspace of dimension 3; name oth"
    ):
        ChenSaidiDimension().compute(subject)


def test_more_neighbours_than_points_are_refused() -> None:
    with pytest.raises(ValueError, match=r"fewer neighbours than points \(at most 35 here\)"):
        ChenSaidiDimension(side=6, neighbours=(36,))


def test_an_odd_side_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 2"):
        ChenSaidiDimension(side=19)
