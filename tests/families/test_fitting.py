"""A subspace is trained by a gradient carried by hand through θ = Φ B; here against autograd from end to end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, normal, started, toy_examples, toy_setting, toy_weights
from torch import Tensor
from torch.nn.functional import cross_entropy

from lossgeo.architectures.mlp import Mlp
from lossgeo.families.base import TrainedFamily
from lossgeo.families.bezier import Bezier
from lossgeo.families.diverse import DiverseFamily
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.point import Point
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.training.loop import Start, train
from lossgeo.training.optimizer import Adam, Optimizer, Sgd
from lossgeo.training.options import Training
from lossgeo.training.record import TrainingRecord
from lossgeo.training.supervisor import Unwatched

STREAMS = partial(stream, 0)
NETWORK = Mlp(hidden=(6,), dropout=0.4)
LAYOUT = NETWORK.layout(INPUTS, CLASSES)
EXAMPLES = toy_examples()
FAMILIES = pytest.mark.parametrize(
    "family",
    [
        Simplex(vertices=2, diversity=0.7),
        Simplex(vertices=4, diversity=2.0),
        MlpCurve(hidden=(4, 5), activation="tanh", diversity=0.7),
        MlpCurve(hidden=(5,), activation="relu", diversity=0.0),
        Bezier(degree=3),
    ],
    ids=lambda family: f"{family.kind}-{family.rows}",
)


def begun(family: TrainedFamily) -> Fitted:
    """A family laid through initialisations of the network."""
    return family.initial(toy_weights(NETWORK, family.anchors), stream(0, "features"))


def fitted(family: TrainedFamily, options: Training) -> TrainingRecord:
    return train(family.objective, Start(begun(family)), toy_setting(NETWORK), options, STREAMS, Unwatched())


def by_autograd(
    family: TrainedFamily, optimizer: Callable[..., torch.optim.Optimizer], epochs: int, l2: float
) -> Fitted:
    """Chen and Saidi's algorithm written down plainly: t uniform, θ = Φ(t) B, loss + β cos² + ½ λ ‖θ‖², backward.

    Rows that are held are constants of it.
    """
    start = begun(family)
    rows = [row.clone().requires_grad_(i not in family.objective.held) for i, row in enumerate(start.basis)]
    own = {name: value.clone().requires_grad_() for name, value in start.own.items()}
    order, dropout, position = (STREAMS(name) for name in ("order", "dropout", "position"))
    steps = optimizer([*(row for row in rows if row.requires_grad), *own.values()])
    for _ in range(epochs):
        for index in torch.randperm(len(EXAMPLES), generator=order).split(16):
            inputs, targets = EXAMPLES.batch(index)
            basis = torch.stack(rows)
            theta = (family.features(family.sample(1, position).float(), own) @ basis)[0]
            penalty = l2 / 2 * theta @ theta
            if isinstance(family, DiverseFamily):
                first, second = family.features(family.diverse_pair(position).float(), own) @ basis
                penalty = penalty + family.diversity * (first @ second / (first.norm() * second.norm())) ** 2
            masks = NETWORK.masks(len(index), dropout)
            logits = NETWORK.forward(LAYOUT.split(theta), inputs, Mode(masks=masks))
            steps.zero_grad()
            (cross_entropy(logits, targets) + penalty).backward()
            steps.step()
    return Fitted(torch.stack(rows).detach(), {name: value.detach() for name, value in own.items()})


def parts(fitted: Fitted) -> dict[str, Tensor]:
    """The basis and the parameters of Φ by name."""
    return {"basis": fitted.basis, **fitted.own}


def assert_equal(found: Fitted, expected: Fitted, tolerance: float) -> None:
    assert found.own.keys() == expected.own.keys()
    for name, value in parts(found).items():
        torch.testing.assert_close(value, parts(expected)[name], rtol=tolerance, atol=tolerance, msg=f"{name} differs")


@FAMILIES
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_steps_of_descent_are_those_of_autograd_from_end_to_end(family: TrainedFamily, l2: float) -> None:
    options = Training(optimizer=Sgd(lr=0.1, momentum=0.9), epochs=2, batch_size=16, l2=l2)

    found = fitted(family, options).last.fitted

    assert_equal(found, by_autograd(family, partial(torch.optim.SGD, lr=0.1, momentum=0.9), 2, l2), 2e-5)


@FAMILIES
def test_steps_of_adam_are_those_of_autograd_from_end_to_end(family: TrainedFamily) -> None:
    options = Training(optimizer=Adam(lr=1e-3), epochs=1, batch_size=16)

    found = fitted(family, options).last.fitted

    assert_equal(found, by_autograd(family, partial(torch.optim.Adam, lr=1e-3), 1, 0.0), 2e-5)


@FAMILIES
def test_every_parameter_of_a_family_is_moved_by_its_training(family: TrainedFamily) -> None:
    found = parts(fitted(family, Training(optimizer=Sgd(lr=0.1), epochs=1, batch_size=16)).last.fitted)

    assert all(not torch.equal(found[name], value) for name, value in parts(begun(family)).items())


@FAMILIES
@pytest.mark.parametrize("optimizer", [Sgd(lr=0.05), Adam()])
def test_fitting_twice_gives_the_same_bits(family: TrainedFamily, optimizer: Optimizer) -> None:
    options = Training(optimizer=optimizer, epochs=1, batch_size=16)

    first, second = (parts(fitted(family, options).last.fitted) for _ in range(2))

    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_fitting_depends_on_the_stream_of_the_positions() -> None:
    options = Training(optimizer=Sgd(lr=0.05), epochs=1, batch_size=16)
    family = Simplex()

    def other(name: str) -> torch.Generator:
        return stream(1 if name == "position" else 0, name)

    moved = train(family.objective, Start(begun(family)), toy_setting(NETWORK), options, other, Unwatched()).last

    assert not np.array_equal(moved.basis, fitted(family, options).last.basis)


def test_a_step_draws_one_uniform_position_and_the_two_corners() -> None:
    curve = MlpCurve(hidden=(4,))
    own = started(curve).own

    places = curve.objective.draw(stream(0, "position"))

    t = torch.rand(1, 1, dtype=torch.float64, generator=stream(0, "position"))
    expected = curve.features(torch.cat([t, curve.corners]).float(), own)
    assert torch.equal(places.joined, torch.cat([t, curve.corners]))
    assert torch.equal(curve.objective.at(places, own, torch.float32).joined, expected)


def test_a_step_along_a_curve_between_networks_draws_one_uniform_position_and_nothing_else() -> None:
    objective = Bezier().objective

    places = objective.draw(stream(0, "position"))

    t = torch.rand(1, 1, dtype=torch.float64, generator=stream(0, "position"))
    assert torch.equal(places.joined, t)
    assert float(objective.penalty(torch.empty(0, 0, dtype=torch.float64))) == 0


@pytest.mark.parametrize("beta", [0.0, 1.0, 2.5])
def test_the_penalty_is_beta_times_the_squared_cosine(beta: float) -> None:
    others = torch.tensor([[2.0, 0.0], [-3.0, 4.0]]).double()  # a cosine of −0.6

    assert float(Simplex(diversity=beta).objective.penalty(others @ others.T)) == pytest.approx(0.36 * beta)


def test_the_penalty_is_zero_beside_a_zero_vector() -> None:
    others = torch.tensor([[0.0, 0.0], [-3.0, 4.0]]).double()

    assert float(Simplex().objective.penalty(others @ others.T)) == 0


def test_the_penalty_does_not_depend_on_the_scale_of_the_weights() -> None:
    others, objective = normal(2, 7).double(), Simplex().objective
    gram = others @ others.T

    torch.testing.assert_close(objective.penalty(1e4 * gram), objective.penalty(gram))


def test_the_recorded_penalty_is_that_of_the_ends_where_nothing_moves() -> None:
    curve = MlpCurve(hidden=(4,), diversity=3.0)

    found = fitted(curve, Training(optimizer=Sgd(lr=1e-30, momentum=0.0), epochs=1, batch_size=16)).history

    ends = curve.features(curve.corners, begun(curve).own) @ begun(curve).basis.double()
    cosine = np.dot(*ends.numpy()) / np.prod(np.linalg.norm(ends.numpy(), axis=1))
    assert found.penalty.tolist() == pytest.approx([3 * cosine**2], rel=1e-5)


def test_the_diversity_term_turns_the_ends_of_a_line_apart() -> None:
    line = Simplex(diversity=20.0)
    options = Training(optimizer=Sgd(lr=0.05), epochs=20, batch_size=40)
    start = Start(Fitted(normal(1, LAYOUT.dimension) + 0.5 * normal(2, LAYOUT.dimension, seed=1)))

    found = train(line.objective, start, toy_setting(NETWORK), options, STREAMS, Unwatched()).history

    assert found.penalty[-1] < 0.5 * found.penalty[0]


def test_validation_is_the_mean_over_five_points_along_the_route() -> None:
    line = Simplex()

    found = fitted(line, Training(optimizer=Sgd(lr=0.05), epochs=1, batch_size=16))

    landscape = NetworkLandscape(NETWORK, LAYOUT, toy_examples(24, seed=1))
    s = torch.linspace(0, 1, 5, dtype=torch.float64)
    expected = landscape.evaluate(line.subspace(found.last.fitted).at(s[:, None])).loss.mean()
    assert found.history.validation_loss[0] == pytest.approx(expected, rel=1e-6)


@FAMILIES
def test_the_corners_are_followed_from_the_start_through_every_epoch(family: TrainedFamily) -> None:
    found = fitted(family, Training(optimizer=Adam(lr=1e-2), epochs=2, batch_size=16))

    for row, at in ((0, begun(family)), (2, found.last.fitted)):
        corners = (family.features(family.corners.float(), at.own) @ at.basis).double()
        pairs = [(corners[i], corners[j]) for i in range(len(corners)) for j in range(i + 1, len(corners))]
        distances = [float((first - second).norm()) for first, second in pairs]
        cosines = [float(first @ second / (first.norm() * second.norm())) for first, second in pairs]
        np.testing.assert_allclose(found.history.corner_distances[row], distances, rtol=1e-5)
        np.testing.assert_allclose(found.history.corner_cosines[row], cosines, atol=1e-6)
    assert len(found.history.corner_gram) == 3


def test_a_network_on_its_own_has_one_corner_and_no_pair() -> None:
    start = toy_weights(NETWORK, 1)
    alone, setting = Point().objective, toy_setting(NETWORK)

    history = train(alone, Start(Fitted(start)), setting, Training(epochs=1), STREAMS, Unwatched()).history

    assert history.corner_gram.shape == (2, 1, 1)
    assert history.corner_gram[0, 0, 0] == pytest.approx(float(start.double().square().sum()))
    assert history.corner_distances.shape == history.corner_cosines.shape == (2, 0)
