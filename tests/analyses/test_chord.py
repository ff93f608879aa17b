from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, toy_examples, toy_subject
from scipy.stats import ttest_rel

from lossgeo.analyses.base import Result, Subject
from lossgeo.analyses.chord import Chord, ChordRecord
from lossgeo.architectures.mlp import Mlp
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.landscape import Evaluation
from lossgeo.landscape.network import NetworkLandscape

D = 11
CURVE = MlpCurve(hidden=(4, 5))


def subject_of(family: Family) -> Subject:
    return toy_subject(family, Analytic(D, lambda theta: theta.pow(2).sum(1) + theta.sin().sum(1)))


@pytest.mark.parametrize("vertices", [2, 3, 4])
def test_a_simplex_is_its_own_chord_to_the_bit(vertices: int) -> None:
    found = Chord(samples=9).compute(subject_of(Simplex(vertices=vertices)))

    assert np.array_equal(found.subspace.loss, found.chord.loss)
    assert found.is_straight


def test_a_curve_whose_features_are_linear_is_its_own_chord() -> None:
    subject = subject_of(MlpCurve(hidden=(2,), activation="relu"))
    straight = {"weight0": torch.tensor([[1.0], [-2.0]]), "bias0": torch.tensor([0.5, 3.0])}  # never below zero

    found = Chord(samples=9).compute(replace(subject, fitted=replace(subject.fitted, own=straight)))

    np.testing.assert_allclose(found.chord.loss, found.subspace.loss, rtol=1e-13)
    assert found.distance.max() < 1e-13


def test_both_points_of_a_curve_are_those_of_a_plain_loop() -> None:
    subject = subject_of(CURVE)

    found = Chord(samples=9).compute(subject)

    def weights(t: float) -> np.ndarray:
        hidden = np.array([t])
        for i in (0, 1):
            weight, bias = (subject.fitted.own[f"{part}{i}"].double().numpy() for part in ("weight", "bias"))
            hidden = np.tanh(weight @ hidden + bias)
        theta: np.ndarray = np.append(hidden, 1.0) @ subject.fitted.basis.double().numpy()
        return theta

    for i, (t,) in enumerate(found.t):
        bent, straight = weights(t), (1 - t) * weights(0.0) + t * weights(1.0)
        assert found.subspace.loss[i] == pytest.approx(np.sum(bent**2 + np.sin(bent)))
        assert found.chord.loss[i] == pytest.approx(np.sum(straight**2 + np.sin(straight)))
        assert found.distance[i] == pytest.approx(np.linalg.norm(bent - straight))


def test_the_chord_of_a_network_is_evaluated_as_its_weights_written_out() -> None:
    network = Mlp(hidden=(6,), dropout=0.0)
    examples = toy_examples(50)
    landscape = NetworkLandscape(network, network.layout((1, 3, 3), 4), examples)
    subject = toy_subject(CURVE, landscape)

    found = Chord(samples=9).compute(subject)

    ends = subject.subspace.at(CURVE.corners).dense()
    t = torch.from_numpy(found.t).float()
    layout = network.layout((1, 3, 3), 4)
    for i, theta in enumerate((1 - t) * ends[0] + t * ends[1]):
        weights = layout.split(theta)
        (first, first_bias), (second, second_bias) = _layers(weights)
        inputs, classes = examples.batch(slice(None))
        logits = (inputs.flatten(1) @ first.T + first_bias).relu() @ second.T + second_bias
        expected = torch.nn.functional.cross_entropy(logits, classes)
        assert found.chord.loss[i] == pytest.approx(float(expected), rel=1e-4)


def _layers(weights: dict[str, torch.Tensor]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    matrices = [value for value in weights.values() if value.ndim == 2]
    biases = [value for value in weights.values() if value.ndim == 1]
    return list(zip(matrices, biases, strict=True))


def test_the_corners_are_the_ends_of_the_curve() -> None:
    subject = subject_of(CURVE)

    found = Chord(samples=9).compute(subject)

    ends = CURVE.features(CURVE.corners, subject.fitted.own) @ subject.fitted.basis.double()
    np.testing.assert_allclose(found.corners.loss, (ends.pow(2) + ends.sin()).sum(1), rtol=1e-12)


def test_the_positions_are_draws_from_the_whole_domain() -> None:
    t = Chord(samples=400).compute(subject_of(CURVE)).t

    assert t.min() < 0.02
    assert t.max() > 0.98
    assert abs(t.mean() - 0.5) < 0.05


@pytest.mark.parametrize("quantity", ["loss", "accuracy"])
def test_the_interval_is_that_of_a_paired_t_test(quantity: str) -> None:
    found = Chord(samples=30).compute(subject_of(CURVE))

    paired = found.paired(quantity)  # type: ignore[arg-type]

    expected = ttest_rel(getattr(found.subspace, quantity), getattr(found.chord, quantity)).confidence_interval(0.95)
    assert (paired.low, paired.high) == pytest.approx((expected.low, expected.high))
    assert paired.mean == pytest.approx((expected.low + expected.high) / 2)


def test_the_table_holds_both_and_subspace_minus_chord() -> None:
    found = Chord(samples=9).compute(subject_of(CURVE))

    table = found.table()

    assert len(table) == 9
    assert all(row["loss_difference"] == row["loss_subspace"] - row["loss_chord"] for row in table)
    assert all(row["accuracy_difference"] == row["accuracy_subspace"] - row["accuracy_chord"] for row in table)


def test_every_coordinate_of_a_triangle_has_its_column() -> None:
    found = Chord(samples=9).compute(subject_of(Simplex(vertices=3)))

    assert [(row["t1"], row["t2"]) for row in found.table()] == [tuple(t) for t in found.t]


def result(name: str, family: Family, seed: int, accuracies: tuple[float, float], apart: float) -> Result[ChordRecord]:
    """A record with these accuracies on the subspace and on the chord, at both of two positions."""
    bent, straight = (Evaluation(1 - np.full(2, value), np.full(2, value)) for value in accuracies)
    record = ChordRecord("test", np.zeros((2, 1)), bent, straight, bent, np.full(2, apart))
    return Result(name, 0, seed, family, Chord(), record)


def test_the_headline_compares_a_curve_with_its_chord_over_seeds() -> None:
    results = [result("curve", CURVE, seed, (0.90 + step, 0.89), 1.0) for seed, step in enumerate((0.0, 0.002))]

    headline = Chord.headline([*results, result("line", Simplex(), 0, (0.5, 0.5), 0.0)])

    assert headline is not None
    assert headline.sentence == (
        "On curve, networks reach a test accuracy of 0.9010, on the chord between its ends 0.8900: a difference of "
        "+1.10 [-0.17, +2.37] percentage points."
    )
    assert not any("line" in label for label in {**headline.numbers, **headline.more})


def test_nothing_is_said_of_subspaces_that_are_their_chords() -> None:
    assert Chord.headline([result("line", Simplex(), 0, (0.5, 0.5), 0.0)]) is None


def test_a_seed_whose_curve_came_out_straight_counts_among_the_seeds_of_its_curve() -> None:
    results = [result("curve", CURVE, seed, (0.9, 0.9), apart) for seed, apart in enumerate((1.0, 0.0))]

    headline = Chord.headline(results)

    assert headline is not None
    assert all(interval.count == 2 for interval, _ in headline.numbers.values())
