from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, normal

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.lenet5 import LeNet5
from lossgeo.architectures.mlp import Mlp
from lossgeo.architectures.resnet20 import ResNet20
from lossgeo.architectures.siren import Siren
from lossgeo.landscape import passes as module
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.mode import EVALUATION
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.normalization import Normalization
from lossgeo.landscape.orders import POINTS_AT_ONCE, CombinedFirstLayer, Order, PointByPoint, SideBySide
from lossgeo.landscape.passes import EXAMPLES_AT_ONCE, fastest
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import REGRESSION
from lossgeo.landscape.weights import Points

PICTURES = (2, 16, 16)
NETWORKS = pytest.mark.parametrize(
    "network", [Mlp(hidden=(8,)), Mlp(hidden=(8, 5), activation="tanh"), LeNet5()], ids=["relu", "tanh", "lenet5"]
)
ORDERS = pytest.mark.parametrize(
    "order",
    [
        lambda surface: PointByPoint(surface.network, surface.normalization),
        lambda surface: SideBySide(surface.network),
        lambda surface: CombinedFirstLayer(surface.network, surface.layout),
    ],
    ids=["plainly", "side by side", "combined"],
)
FLOAT32 = 4e-6
"""What summing the first layer in another order may change of a loss in float32, relatively or in nats."""

Choice = Callable[[NetworkLandscape], Order]


def landscape_of(network: Architecture, count: int = 2 * EXAMPLES_AT_ONCE + 7) -> NetworkLandscape:
    inputs = torch.randint(0, 256, (count, *PICTURES), generator=stream(0, "inputs"), dtype=torch.uint8)
    targets = torch.randint(0, CLASSES, (count,), generator=stream(0, "targets"))
    normalization = Normalization(network.statistics(PICTURES), policy="batch")
    return NetworkLandscape(network, network.layout(PICTURES, CLASSES), Examples(inputs, targets), normalization)


def points_of(surface: NetworkLandscape, n: int, vectors: int) -> Points:
    """Combinations of initialisations, with coefficients of order one."""
    assert isinstance(surface.network, Architecture)
    generator = stream(0, "weights")
    basis = [surface.network.initialise(surface.layout, generator) for _ in range(vectors)]
    return Points(normal(n, vectors, dtype=torch.float64), torch.stack(basis))


def one_by_one(surface: NetworkLandscape, points: Points) -> tuple[list[float], list[float]]:
    """Loss and accuracy from one pass over all examples at every point, in float64."""
    inputs, targets = surface.examples.batch(slice(None))
    losses, accuracies = [], []
    for theta in points.double().dense():
        mode = surface.normalization.mode(surface.network.forward, surface.layout.split(theta), points, 0)
        outputs = surface.network.forward(surface.layout.split(theta), inputs.double(), mode)
        losses.append(float(torch.nn.functional.cross_entropy(outputs, targets)))
        accuracies.append(float((outputs.argmax(1) == targets).double().mean()))
    return losses, accuracies


@NETWORKS
@ORDERS
@pytest.mark.parametrize("n", [1, POINTS_AT_ONCE + 3])
def test_in_every_order_losses_are_those_of_all_examples_at_once(order: Choice, network: Architecture, n: int) -> None:
    surface = landscape_of(network)
    points = points_of(surface, n, 3)

    found = surface.evaluate_in(order(surface), points)

    np.testing.assert_allclose(found.loss, one_by_one(surface, points)[0], rtol=FLOAT32, atol=FLOAT32)


@NETWORKS
@ORDERS
def test_in_every_order_accuracies_are_those_of_all_examples_at_once(order: Choice, network: Architecture) -> None:
    surface = landscape_of(network)
    points = points_of(surface, POINTS_AT_ONCE + 3, 3)

    found = surface.evaluate_in(order(surface), points)

    at_most_one_tie = 1 / surface.size
    assert np.abs(found.accuracy - one_by_one(surface, points)[1]).max() <= at_most_one_tie


@NETWORKS
@ORDERS
def test_in_float64_the_orders_differ_by_its_rounding_only(order: Choice, network: Architecture) -> None:
    surface = landscape_of(network)
    points = points_of(surface, POINTS_AT_ONCE + 3, 3).double()

    found, plain = surface.evaluate_in(order(surface), points), surface.evaluate_plainly(points)

    np.testing.assert_allclose(found.loss, plain.loss, rtol=1e-13)


@ORDERS
def test_points_that_are_written_out_group_by_group_have_the_same_losses(
    order: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface = landscape_of(LeNet5())
    points = points_of(surface, POINTS_AT_ONCE + 3, 3)
    at_once = surface.evaluate_in(order(surface), points)

    monkeypatch.setattr(module, "WEIGHTS_AT_ONCE", 4 * surface.dimension)
    in_groups = surface.evaluate_in(order(surface), points)

    np.testing.assert_allclose(in_groups.loss, at_once.loss, rtol=FLOAT32)


@ORDERS
def test_no_more_weights_are_written_out_than_may_be(order: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    surface = landscape_of(LeNet5())
    points, chosen = points_of(surface, 11, 3), order(surface)
    monkeypatch.setattr(module, "WEIGHTS_AT_ONCE", 4 * surface.dimension)

    groups = [group for _, group in module.groups(chosen.needs, surface.layout, points)]

    assert max(sum(value.numel() for value in group.weights.values()) for group in groups) <= 4 * surface.dimension
    assert sum(len(group.points) for group in groups) == 11


@ORDERS
def test_evaluating_twice_gives_the_same_bits(order: Choice) -> None:
    surface = landscape_of(LeNet5())
    points = points_of(surface, 9, 3)

    first, second = (surface.evaluate_in(order(surface), points) for _ in range(2))

    assert first.loss.tobytes() == second.loss.tobytes()


@pytest.mark.parametrize(("n", "vectors"), [(3, 3), (40, 2)])
def test_correct_answers_are_those_that_accuracies_count(n: int, vectors: int) -> None:
    surface = landscape_of(Mlp(hidden=(8,)))
    points = points_of(surface, n, vectors)

    answers = surface.correct(points)

    assert answers.shape == (n, surface.size)
    np.testing.assert_allclose(answers.mean(1), surface.evaluate(points).accuracy, rtol=1e-12)


def test_correct_answers_stand_in_the_order_of_the_examples() -> None:
    surface = landscape_of(Mlp(hidden=(8,)))
    points = points_of(surface, POINTS_AT_ONCE + 3, 3)
    inputs, targets = surface.examples.batch(slice(None))

    answers = surface.correct(points)

    for theta, found in zip(points.dense(), answers, strict=True):
        outputs = surface.network.forward(surface.layout.split(theta), inputs, EVALUATION)
        assert int((found != (outputs.argmax(1) == targets).numpy()).sum()) <= 1  # a tie that rounding decides


@pytest.mark.parametrize(
    ("network", "n", "vectors", "expected"),
    [
        (Mlp(hidden=(4,)), 500, 3, CombinedFirstLayer),
        (Mlp(hidden=(4,)), 6, 3, SideBySide),
        (Mlp(hidden=(4,)), 500, 500, SideBySide),
        (LeNet5(), 500, 3, CombinedFirstLayer),
        (LeNet5(), 500, 40, SideBySide),
        (Siren(hidden=(4,)), 500, 3, PointByPoint),
        (ResNet20(width=2), 500, 3, PointByPoint),
    ],
    ids=["plane", "few points", "as many vectors", "plane of pictures", "hull of pictures", "siren", "batchnorm"],
)
def test_the_first_layer_is_shared_in_the_way_that_is_less_work(
    network: Architecture, n: int, vectors: int, expected: type[Order]
) -> None:
    surface = landscape_of(network)
    points = Points(torch.zeros(n, vectors, dtype=torch.float64), torch.zeros(vectors, surface.dimension))

    chosen = fastest(surface.network, surface.layout, surface.normalization, points)

    assert type(chosen) is expected


def test_progress_ascends_and_ends_at_one(monkeypatch: pytest.MonkeyPatch) -> None:
    surface = landscape_of(Mlp(hidden=(4,)))
    shares: list[float] = []
    monkeypatch.setattr(module, "WEIGHTS_AT_ONCE", 4 * surface.dimension)

    surface.evaluate(points_of(surface, 5, 5), lambda share, _text: shares.append(share))

    assert shares == sorted(shares)
    assert len(shares) == 6  # two groups of points, three batches each
    assert shares[-1] == 1.0


@pytest.mark.parametrize("n", [1, POINTS_AT_ONCE + 3])
def test_losses_of_a_regression_are_squared_errors(n: int) -> None:
    network = Siren(hidden=(6, 5), first_omega=1.0, hidden_omega=1.0)
    inputs, targets = normal(EXAMPLES_AT_ONCE + 5, 1), normal(EXAMPLES_AT_ONCE + 5, 2, seed=1)
    surface = NetworkLandscape(network, network.layout((1,), 2), Examples(inputs, targets, task=REGRESSION))
    points = points_of(surface, n, 3)

    found = surface.evaluate(points)

    errors = [
        surface.network.forward(surface.layout.split(theta), inputs, EVALUATION) - targets for theta in points.dense()
    ]
    np.testing.assert_allclose(found.loss, [float(error.square().mean()) for error in errors], rtol=1e-5)
    assert np.isnan(found.accuracy).all()
