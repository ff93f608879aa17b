from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, Analytic, normal, toy_examples, toy_subject, toy_weights
from torch import Tensor

from lossgeo.analyses.base import Result, Subject
from lossgeo.analyses.hessian_ends import HessianEnds
from lossgeo.architectures.mlp import Mlp
from lossgeo.families.simplex import Simplex
from lossgeo.families.trajectory import Trajectory
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.weights import Points
from lossgeo.measures.hessian_record import HessianRecord

D = 30
NETWORK = Mlp(hidden=(2,))
LINE = Trajectory(epochs=(0, 1, 4))


def measured(
    formula: Callable[[Tensor], Tensor], dimension: int = D, analysis: HessianEnds | None = None
) -> HessianRecord:
    asked = analysis or HessianEnds(precision="float64", tolerance=1e-9)
    return asked.compute(toy_subject(LINE, Analytic(dimension, formula)))


def quadratic(spectrum: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda theta: (theta.square() @ spectrum.to(theta)) / 2


def network_subject() -> Subject:
    landscape = NetworkLandscape(NETWORK, NETWORK.layout(INPUTS, CLASSES), toy_examples(60))
    subject = toy_subject(LINE, landscape)
    return replace(subject, fitted=Fitted(2 * toy_weights(NETWORK, 3)))


@pytest.mark.parametrize(
    ("low", "high"), [(-0.001, 5.0), (-4.0, 0.5), (0.25, 2.0)], ids=["small negative", "large negative", "convex"]
)
def test_the_ends_of_a_quadratic_are_those_that_it_was_given(low: float, high: float) -> None:
    spectrum = torch.linspace(0.3, 0.4, D, dtype=torch.float64)
    spectrum[3], spectrum[8] = low, high

    found = measured(quadratic(spectrum))

    np.testing.assert_allclose(found.smallest, [low] * 3, rtol=1e-9)
    np.testing.assert_allclose(found.largest, [high] * 3, rtol=1e-9)
    np.testing.assert_allclose(found.ratio, [low / high] * 3, rtol=1e-8)
    assert found.is_negative.tolist() == [low < 0] * 3


def test_the_ends_differ_from_corner_to_corner_as_the_curvature_does() -> None:
    found = measured(lambda theta: theta.pow(3).sum(1) / 6)  # its Hessian is the diagonal of θ

    corners = toy_subject(LINE, Analytic(D, torch.sum)).corners.dense().double()
    np.testing.assert_allclose(found.smallest, corners.amin(1), rtol=1e-9)
    np.testing.assert_allclose(found.largest, corners.amax(1), rtol=1e-9)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_ends_of_a_network_are_those_of_its_dense_hessian(precision: str) -> None:
    subject = network_subject()

    found = HessianEnds.model_validate({"precision": precision, "examples": 50}).compute(subject)

    landscape = subject.landscape("train").first(50)
    for i, theta in enumerate(subject.corners.double().dense()):
        smooth = landscape.smooth_at(Points.of(theta[None]))
        dense = torch.autograd.functional.hessian(lambda at, smooth=smooth: smooth(at, slice(0, 50)), theta)
        values = np.linalg.eigvalsh(dense.numpy())
        assert found.smallest[i] == pytest.approx(values[0], rel=1e-3)
        assert found.largest[i] == pytest.approx(values[-1], rel=1e-4)
        assert values[0] < -1e-4
    assert found.is_negative.all()
    assert found.relative_residual.max() < 2e-3
    assert found.examples == 50


def test_a_flat_landscape_has_no_ratio_and_nothing_negative() -> None:
    found = measured(lambda theta: theta.sum(1))

    assert found.smallest.tolist() == found.largest.tolist() == [0, 0, 0]
    assert np.isnan(found.ratio).all()
    assert not found.is_negative.any()
    assert HessianEnds.headline([Result("way", 0, 0, LINE, HessianEnds(), found)]) is None


def test_a_negative_value_within_rounding_is_not_called_negative() -> None:
    record = measured(quadratic(torch.ones(D)))
    almost = replace(record, rounding=1e-5, smallest=np.array([-1e-6, -1e-4, 0.5]), largest=np.array([1.0, 1.0, 1.0]))

    assert almost.is_negative.tolist() == [False, True, False]


def test_there_is_no_ratio_to_a_largest_eigenvalue_that_is_not_positive() -> None:
    found = measured(quadratic(torch.linspace(-2, -1, D)))

    assert np.isnan(found.ratio).all()
    assert found.is_negative.all()


def test_a_loss_that_is_not_finite_leaves_its_corner_unknown_and_no_other() -> None:
    first = toy_subject(LINE, Analytic(D, torch.sum)).corners.dense()[0].double()

    def broken(theta: Tensor) -> Tensor:
        infinite = torch.where((theta - first).abs().sum(1) < 1e-6, torch.inf, 1.0)
        return infinite * theta.square().sum(1)

    found = measured(broken)

    assert np.isnan(found.smallest).tolist() == np.isnan(found.ratio).tolist() == [True, False, False]
    assert not found.is_negative[0]


def test_another_corner_changes_none_before_it() -> None:
    subject = network_subject()
    fewer = replace(subject, family=Trajectory(epochs=(0, 1)), fitted=Fitted(subject.fitted.basis[:2]))

    few, many = HessianEnds(steps=5).compute(fewer), HessianEnds(steps=5).compute(subject)

    np.testing.assert_array_equal(few.smallest, many.smallest[:2])


def test_steps_that_do_not_suffice_are_told_by_the_residuals() -> None:
    found = measured(quadratic(torch.linspace(-1, 1, D)), analysis=HessianEnds(precision="float64", steps=4))

    assert found.steps.tolist() == [4, 4, 4]
    assert found.relative_residual.min() > 0.01


def test_the_table_has_the_epoch_of_a_checkpoint_and_none_for_other_corners() -> None:
    formula = quadratic(torch.linspace(-1, 1, D))
    other = HessianEnds(precision="float64").compute(toy_subject(Simplex(), Analytic(D, formula)))

    assert [row["epoch"] for row in measured(formula).table()] == [0, 1, 4]
    assert [row["corner"] for row in other.table()] == [1, 2]
    assert "epoch" not in other.table()[0]


def test_the_headline_has_the_range_of_the_ratio_and_where_it_is_negative() -> None:
    record = measured(quadratic(torch.ones(D)))
    ratios = ((-0.5, -0.25, 0.125), (-0.5, -0.25, -0.125))
    results = [
        Result("way", 0, seed, LINE, HessianEnds(), replace(record, smallest=np.array(ratio), largest=np.ones(3)))
        for seed, ratio in enumerate(ratios)
    ]

    found = HessianEnds.headline(results)

    assert found is not None
    assert found.sentence == "λ_min/λ_max of the Hessian is between -0.5 and 0.12 (way), negative at 5 of 6 points."
    assert found.numbers["median λ_min/λ_max, way"][0].mean == -0.25


def test_branches_of_several_split_epochs_are_told_together() -> None:
    record = measured(quadratic(torch.linspace(-1, 1, D)))
    results = [Result(f"hull_{k}", k, 0, LINE, HessianEnds(), record, group="hull") for k in (0, 1)]

    found = HessianEnds.headline(results)

    assert found is not None
    assert "(hull), negative at 6 of 6 points" in found.sentence
    assert found.numbers["median λ_min/λ_max, hull"][0].count == 1  # seed, not subspace


def test_kept_statistics_do_not_stand_in_the_way() -> None:
    subject = toy_subject(LINE, Analytic(D, quadratic(torch.linspace(-1, 1, D))))
    with_statistics = replace(subject, fitted=replace(subject.fitted, statistics=normal(3, 4)))

    found = HessianEnds(precision="float64").compute(with_statistics)

    np.testing.assert_allclose(found.smallest, -1, rtol=1e-3)
