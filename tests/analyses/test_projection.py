from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, started, toy_subject
from sklearn.decomposition import PCA

from lossgeo.analyses.base import Result, Subject
from lossgeo.analyses.projection import Projection, ProjectionRecord
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex
from lossgeo.figures.projection import percent
from lossgeo.landscape.fitted import Fitted

D = 40
CURVE = MlpCurve(hidden=(5, 6))


def subject_of(family: Family) -> Subject:
    return toy_subject(family, Analytic(D, lambda theta: theta.square().sum(1)))


def written_out(subject: Subject, t: torch.Tensor) -> np.ndarray:
    """The weight vectors θ(t) in float64."""
    features = subject.family.features(t, subject.fitted.own)
    return (features @ subject.fitted.basis.double()).numpy()


def test_the_explained_variances_are_those_of_the_sampled_weight_vectors() -> None:
    subject = subject_of(CURVE)

    found = Projection(samples=60).compute(subject)

    sample = written_out(subject, CURVE.sample(60, subject.stream("samples")))
    expected = PCA(svd_solver="full").fit(sample)
    np.testing.assert_allclose(found.explained, expected.explained_variance_ratio_[:7], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found.deviations[:3], expected.explained_variance_[:3] ** 0.5, rtol=1e-8)


def test_the_route_is_projected_onto_the_components_of_the_sample() -> None:
    subject = subject_of(CURVE)

    found = Projection(samples=60, points=21).compute(subject)

    expected = PCA(3, svd_solver="full").fit(written_out(subject, CURVE.sample(60, subject.stream("samples"))))
    route = expected.transform(written_out(subject, torch.linspace(0, 1, 21).double()[:, None]))
    signs = np.sign((route * found.route).sum(0))
    np.testing.assert_allclose(found.route, route * signs, rtol=1e-6, atol=1e-9)


def test_what_the_components_leave_out_is_the_distance_to_their_reconstruction() -> None:
    subject = subject_of(CURVE)

    found = Projection(samples=60, points=21).compute(subject)

    route = written_out(subject, torch.linspace(0, 1, 21).double()[:, None])
    sample = written_out(subject, CURVE.sample(60, subject.stream("samples")))
    for count in (1, 2):
        model = PCA(count, svd_solver="full").fit(sample)
        off = np.linalg.norm(route - model.inverse_transform(model.transform(route)), axis=1)
        assert found.route_off[count - 1] == pytest.approx(off.max(), rel=1e-6)


def test_the_route_begins_and_ends_at_the_corners() -> None:
    found = Projection(samples=60).compute(subject_of(CURVE))

    np.testing.assert_allclose(found.route[[0, -1]], found.corners)


@pytest.mark.parametrize(("family", "rank"), [(Simplex(), 1), (Simplex(vertices=3), 2), (Simplex(vertices=5), 4)])
def test_a_simplex_has_as_many_components_as_dimensions(family: Simplex, rank: int) -> None:
    found = Projection(samples=60).compute(subject_of(family))

    assert found.rank == rank
    assert not found.explained[rank:].any()
    assert found.explained.sum() == pytest.approx(1)
    assert not found.route[:, rank:].any()
    assert found.route_off[rank - 1 :].max() < 1e-9


def test_distances_of_a_triangle_are_those_of_its_vertices() -> None:
    family = Simplex(vertices=3)

    found = Projection(samples=60).compute(subject_of(family))

    vertices = started(family, D).basis.double()
    torch.testing.assert_close(torch.pdist(torch.from_numpy(found.corners)), torch.pdist(vertices))


def test_a_curve_that_stands_still_and_then_moves_straight_has_one_component() -> None:
    subject = subject_of(MlpCurve(hidden=(1,), activation="relu"))
    moving = replace(
        subject,
        fitted=Fitted(  # θ(t) = relu(t − ½) e₁: still, then straight
            torch.eye(2, D),
            {"weight0": torch.ones(1, 1), "bias0": torch.full((1,), -0.5)},
        ),
    )

    found = Projection(samples=200).compute(moving)

    assert found.rank == 1
    assert np.ptp(found.route[:, 0]) == pytest.approx(0.5)


def test_the_table_has_a_row_for_every_component() -> None:
    record = Projection(samples=60).compute(subject_of(Simplex(vertices=3)))

    table = record.table()

    assert [row["component"] for row in table] == [1, 2, 3]
    assert table[-1]["explained_variance_so_far"] == pytest.approx(1)
    assert table[0]["explained_variance"] > 0.3


def result(name: str, family: Family, explained: tuple[float, ...]) -> Result[ProjectionRecord]:
    none = np.zeros((1, 3))
    shares = np.array(explained)
    record = ProjectionRecord(shares, shares, shares, np.zeros(1), none, none, none)
    return Result(name, 0, 0, family, Projection(), record)


def test_the_headline_names_what_the_components_of_a_curve_explain() -> None:
    results = [result("curve", CURVE, (0.9, 0.0899, 0.01, 0.0001)), result("triangle", Simplex(vertices=3), (1, 1, 0))]

    headline = Projection.headline(results)

    assert headline is not None
    assert headline.sentence == (
        "The first three principal components explain 90.00 %, 8.99 % and 1.00 % of the variance of curve."
    )


def test_nothing_is_said_of_straight_lines() -> None:
    assert Projection.headline([result("line", Simplex(), (1.0, 0.0, 0.0))]) is None


@pytest.mark.parametrize(("share", "text"), [(0.99896, "99.9 %"), (6.9e-7, "< 0.001 %"), (0.0, "0 %"), (1.0, "100 %")])
def test_small_shares_are_not_written_in_powers(share: float, text: str) -> None:
    assert percent(share) == text
