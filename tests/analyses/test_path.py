from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, started, toy_subject

from lossgeo.analyses.base import Result, Subject
from lossgeo.analyses.path import Path, PathRecord
from lossgeo.datasets.base import Split
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import Evaluation, Landscape
from lossgeo.landscape.weights import Points

D = 7
FACTORS: dict[Split, float] = {"train": 1.0, "validation": 2.0, "test": 3.0}


def split_landscape(split: Split) -> Landscape:
    """A loss of the squared norm, times a factor that tells the splits apart."""
    return Analytic(D, lambda theta: FACTORS[split] * theta.square().sum(1))


def subject_of(family: Family) -> Subject:
    return replace(toy_subject(family, split_landscape("train")), landscape=split_landscape)


def test_the_loss_along_a_line_is_that_of_the_points_between_its_ends() -> None:
    subject = subject_of(Simplex())

    found = Path(points=5).compute(subject)

    first, second = subject.fitted.basis.double()
    expected = [float(((1 - s) * first + s * second).square().sum()) for s in (0, 0.25, 0.5, 0.75, 1)]
    np.testing.assert_allclose(found.route["train"].loss, expected, rtol=1e-12)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_every_split_has_its_own_landscape(split: Split) -> None:
    found = Path(points=5).compute(subject_of(Simplex()))

    np.testing.assert_allclose(found.route[split].loss, FACTORS[split] * found.route["train"].loss, rtol=1e-12)
    np.testing.assert_allclose(found.network[split].loss, FACTORS[split] * found.network["train"].loss, rtol=1e-12)


def test_the_network_of_comparison_is_the_independent_one() -> None:
    subject = subject_of(Simplex())

    found = Path(points=5).compute(subject)

    assert found.network["train"].loss.tolist() == pytest.approx([float(subject.network.basis.double().square().sum())])


def test_the_inside_of_a_triangle_is_sampled_within_its_vertices() -> None:
    triangle = Simplex(vertices=3)
    subject = replace(
        subject_of(triangle),
        fitted=Fitted(5 * torch.eye(3)),
        independent=Points.of(torch.zeros(1, 3)),
        landscape=lambda _split: Analytic(3, lambda theta: theta.sum(1)),
    )

    found = Path(points=5, inside=9).compute(subject)

    np.testing.assert_allclose(found.inside["test"].loss, np.full(9, 5.0))  # convex weights add up to one


@pytest.mark.parametrize("family", [Simplex(), MlpCurve(hidden=(4,))])
def test_a_curve_has_no_inside(family: Family) -> None:
    assert len(Path(points=5, inside=9).compute(subject_of(family)).inside["train"].loss) == 0


def test_the_inside_does_not_change_with_the_points_along_the_route() -> None:
    few, many = (Path(points=n, inside=9).compute(subject_of(Simplex(vertices=3))) for n in (3, 30))

    np.testing.assert_allclose(few.inside["train"].loss, many.inside["train"].loss, rtol=1e-12)


def test_a_path_without_an_independent_network_is_otherwise_the_same() -> None:
    subject = subject_of(Simplex(vertices=3))

    beside, alone = (Path(points=5, inside=4).compute(one) for one in (subject, replace(subject, independent=None)))

    assert alone.network == {}
    assert alone.table() == [row for row in beside.table() if row["place"] != "network"]


def test_the_headline_without_independent_networks_is_of_the_subspaces_alone() -> None:
    analysis, alone = Path(points=5), replace(subject_of(Simplex()), independent=None)

    found = Path.headline([Result("line", 0, 0, Simplex(), analysis, analysis.compute(alone))])

    assert found.sentence.startswith("The validation loss is ")
    assert "(line) on average over the subspaces" in found.sentence
    assert not any("independent network" in label for label in (*found.numbers, *found.more))


def test_a_subject_without_an_independent_network_says_what_asks_for_one() -> None:
    subject = replace(subject_of(Simplex()), independent=None)

    with pytest.raises(
        ValueError, match="no independent network here; let `comparison` of the analysis say 'required'"
    ):
        _ = subject.network


def test_the_table_has_a_row_for_every_split_and_weight_vector() -> None:
    table = Path(points=5, inside=9).compute(subject_of(Simplex(vertices=3))).table()

    assert len(table) == 3 * (5 + 3 + 9 + 1)
    assert [row["s"] for row in table[:6]] == [0, 0.25, 0.5, 0.75, 1, None]


def evaluation(*accuracies: float) -> Evaluation:
    return Evaluation(1 - np.array(accuracies), np.array(accuracies))


def result(name: str, seed: int, accuracies: tuple[float, ...], alone: float) -> Result[PathRecord]:
    """A record with these validation accuracies, and others on the other splits."""
    record = PathRecord(
        s=np.linspace(0, 1, len(accuracies)),
        route={"train": evaluation(0.0), "validation": evaluation(*accuracies), "test": evaluation(0.0)},
        corners=dict.fromkeys(FACTORS, evaluation()),
        inside=dict.fromkeys(FACTORS, evaluation()),
        network={"train": evaluation(0.0), "validation": evaluation(alone), "test": evaluation(0.0)},
    )
    return Result(name, 0, seed, Simplex(), Path(), record)


def test_the_headline_counts_every_independent_network_once() -> None:
    results = [result(name, seed, (0.8, 0.9), alone) for name in "ab" for seed, alone in ((0, 0.7), (1, 0.9))]

    headline = Path.headline(results)

    interval, _ = headline.numbers["validation accuracy, independent network"]
    assert (interval.mean, interval.count) == pytest.approx((0.8, 2))


def test_the_headline_names_the_mean_and_the_least_accuracy_of_the_validation() -> None:
    results = [result("line", 0, (0.5, 0.9), 0.8), result("curve", 0, (0.75, 0.85), 0.8)]

    assert Path.headline(results).sentence == (
        "The validation loss of independent networks is 0.200, and 0.300 (line) and 0.200 (curve) on average over "
        "the subspaces; the accuracy is 0.800, and 0.700 and 0.800, at no evaluated point less than 0.500."
    )


def test_the_headline_averages_over_the_inside_of_a_simplex_and_not_its_edges() -> None:
    edges = result("triangle", 0, (0.5, 0.6), 0.8)
    filled = replace(edges, record=replace(edges.record, inside=dict.fromkeys(FACTORS, evaluation(0.9, 0.7))))

    interval, _ = Path.headline([filled]).numbers["mean validation accuracy, triangle"]

    assert interval.mean == pytest.approx(0.8)


def test_the_route_of_a_curve_ends_at_its_corners() -> None:
    curve = MlpCurve(hidden=(4,))
    subject = subject_of(curve)

    found = Path(points=3).compute(subject)

    corners = curve.features(curve.corners, subject.fitted.own) @ started(curve, D).basis.double()
    np.testing.assert_allclose(found.route["train"].loss[[0, -1]], corners.square().sum(1).numpy(), rtol=1e-6)
    np.testing.assert_allclose(found.corners["train"].loss, corners.square().sum(1).numpy(), rtol=1e-6)


def test_the_vertices_of_a_triangle_are_among_the_corners_whatever_the_points_of_the_route() -> None:
    triangle = Simplex(vertices=3)
    subject = subject_of(triangle)

    found = Path(points=4, inside=0).compute(subject).corners["test"].loss

    vertices = started(triangle, D).basis.double()
    np.testing.assert_allclose(found, FACTORS["test"] * vertices.square().sum(1).numpy(), rtol=1e-6)
