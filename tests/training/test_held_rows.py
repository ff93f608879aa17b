"""Rows of the basis that are no parameters: nothing of a training touches them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from mathematics_toys import normal, toy_setting, toy_weights
from torch import Tensor

from lossgeo.architectures.mlp import Mlp
from lossgeo.families.bezier import Bezier
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.training.loop import Start, TrainingRun
from lossgeo.training.moving import Moving
from lossgeo.training.optimizer import Adam, AdamW, Optimizer, Sgd
from lossgeo.training.options import Training
from lossgeo.training.supervisor import Unwatched

NETWORK = Mlp(hidden=(6,))
CURVE = Bezier(degree=3)
ENDS, BETWEEN = [0, 3], [1, 2]
OPTIMIZERS = pytest.mark.parametrize(
    "optimizer", [AdamW(lr=0.05, weight_decay=5.0), Adam(lr=0.05), Sgd(lr=0.1)], ids=lambda optimizer: optimizer.kind
)


def anchors() -> Tensor:
    return toy_weights(NETWORK, 2)


def trained(optimizer: Optimizer) -> TrainingRun:
    """A curve between two networks after its training, with a large penalty on the weights."""
    options = Training(optimizer=optimizer, epochs=2, batch_size=8, l2=0.5)
    start = Start(CURVE.initial(anchors(), stream(0, "features")))
    course = TrainingRun(CURVE.objective, start, toy_setting(NETWORK), options, partial(stream, 0))
    for _ in course.run(Unwatched()):
        pass
    return course


@OPTIMIZERS
def test_held_rows_are_the_anchors_to_the_bit_after_a_training(optimizer: Optimizer) -> None:
    course = trained(optimizer)

    for learned in (course.trained().last, course.trained().best):
        assert learned.basis[ENDS].tobytes() == anchors().numpy().tobytes()
    assert torch.equal(course.moving.fitted.basis[ENDS], anchors())


@OPTIMIZERS
def test_every_number_of_the_rows_between_is_moved(optimizer: Optimizer) -> None:
    start = CURVE.initial(anchors(), stream(0, "features")).basis.numpy()

    assert (trained(optimizer).trained().last.basis[BETWEEN] != start[BETWEEN]).all()


@OPTIMIZERS
def test_an_optimizer_sees_the_rows_between_alone(optimizer: Optimizer) -> None:
    course = trained(optimizer)

    moments = [value for kept in course.descent.moments.values() for value in kept.values() if value.dim()]
    assert moments
    assert {tuple(moment.shape) for moment in moments} == {(2, anchors().shape[1])}


def test_the_ends_weigh_on_the_loss_though_they_do_not_move() -> None:
    moving = Moving(Fitted(normal(4, 7)), ENDS)
    coefficients = normal(5, 4, seed=1)

    arranged = moving.arranged(coefficients)
    torch.testing.assert_close(arranged @ moving.rearranged.detach(), coefficients @ normal(4, 7))
    torch.testing.assert_close(arranged[:, : len(moving.rows)], coefficients[:, BETWEEN])


def test_a_copy_of_what_moves_does_not_move_with_it() -> None:
    start = Fitted(normal(4, 7))
    moving = Moving(start, ENDS)

    learned = moving.learned(torch.empty(0))
    with torch.no_grad():
        moving.rows.add_(1)

    assert learned.basis.tobytes() == start.basis.numpy().tobytes()
    np.testing.assert_array_equal(moving.fitted.basis[BETWEEN], start.basis[BETWEEN] + 1)


def test_held_rows_keep_their_batchnorm_statistics_and_the_others_have_those_of_the_training() -> None:
    statistics, running = normal(4, 5, seed=1), normal(5, seed=2)
    moving = Moving(Fitted(normal(4, 7), statistics=statistics), ENDS)

    learned = moving.learned(running)

    expected = torch.stack([statistics[0], running, running, statistics[3]])
    assert learned.statistics.tobytes() == expected.numpy().tobytes()
    assert torch.equal(moving.running(learned), running)
    assert torch.equal(statistics, normal(4, 5, seed=1))


def test_without_held_rows_all_points_have_the_statistics_of_the_training() -> None:
    running = normal(5, seed=2)
    moving = Moving(Fitted(normal(4, 7), statistics=normal(1, 5, seed=1)))

    learned = moving.learned(running)

    assert learned.statistics.tobytes() == running.numpy().tobytes()
    assert learned.statistics.shape == (1, 5)
    assert torch.equal(moving.running(learned), running)
