"""The quadratic: values, gradients, Hessians and descent against their closed forms."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from mathematics_toys import normal
from pydantic import ValidationError
from torch import Tensor

from lossgeo.families.point import Point
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.hessian import hessian
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.problems.quadratic import Quadratic
from lossgeo.training.loop import Start, train
from lossgeo.training.optimizer import Sgd
from lossgeo.training.options import Training
from lossgeo.training.record import TrainingRecord
from lossgeo.training.supervisor import Unwatched

ROTATED = Quadratic(dimension=12, spectrum=(8.0, 2.0, -0.5), rotation=3, floor=0.25)


def dense_hessian(problem: Quadratic) -> np.ndarray:
    """The Hessian at 0, product by product."""
    at = Points.of(torch.zeros(1, problem.dimension, dtype=torch.float64))
    product = hessian(problem.landscape(()), at)
    return torch.stack([product(row) for row in torch.eye(problem.dimension, dtype=torch.float64)]).numpy()


def trained(start: Tensor, options: Training) -> TrainingRecord:
    setting = ROTATED.setting(())
    return train(Point().objective, Start(Fitted(start)), setting, options, partial(stream, 0), Unwatched())


def test_along_axes_the_loss_is_half_the_weighted_sum_of_squares() -> None:
    problem = Quadratic(dimension=4, spectrum=(6.0, 2.0), floor=1.0)

    found = problem.landscape(()).evaluate(Points.of(torch.tensor([[1.0, 2.0, 5.0, -7.0], [0.0, 0.0, 3.0, 3.0]])))

    assert found.loss.tolist() == [1.0 + 3.0 + 4.0, 1.0]
    assert np.isnan(found.accuracy).all()


def test_the_hessian_has_the_chosen_spectrum_and_zeros_whatever_the_rotation() -> None:
    values = np.linalg.eigvalsh(dense_hessian(ROTATED))

    assert values == pytest.approx(sorted([8.0, 2.0, -0.5, *[0.0] * 9]), abs=1e-12)
    assert not np.allclose(dense_hessian(ROTATED), np.diag(np.diag(dense_hessian(ROTATED))))


def test_another_seed_rotates_otherwise_and_no_seed_does_not_rotate() -> None:
    other = ROTATED.model_copy(update={"rotation": 4})
    straight = ROTATED.model_copy(update={"rotation": None})

    assert not np.allclose(dense_hessian(ROTATED), dense_hessian(other))
    assert np.diag(dense_hessian(straight)).tolist() == [8.0, 2.0, -0.5, *[0.0] * 9]


def test_gradient_descent_multiplies_every_coordinate_by_one_minus_rate_times_eigenvalue() -> None:
    start, rate, steps = normal(1, 12), 0.05, 7
    options = Training(optimizer=Sgd(lr=rate, momentum=0.0), epochs=steps, batch_size=64)

    found = trained(start, options)

    there, here = (ROTATED.coordinates(torch.as_tensor(theta).double()) for theta in (found.last.basis, start))
    factors = torch.tensor([(1 - rate * value) ** steps for value in ROTATED.spectrum])
    torch.testing.assert_close(there, here * factors, rtol=1e-5, atol=1e-6)
    flat = (
        found.last.basis
        - start.numpy()
        - (there - here).numpy() @ np.linalg.pinv(ROTATED.coordinates(torch.eye(12, dtype=torch.float64)).numpy())
    )
    assert np.abs(flat).max() < 1e-5


def test_an_epoch_is_one_step_whatever_the_batch_size() -> None:
    options = Training(optimizer=Sgd(lr=0.05, momentum=0.0), epochs=3, batch_size=64)

    found = trained(normal(1, 12), options)

    assert len(found.history.train_loss) == 3
    assert found.history.train_loss[1:] == pytest.approx(found.history.validation_loss[:-1], rel=1e-5)
    assert np.isnan(found.history.validation_accuracy).all()


def test_initialisations_have_the_chosen_scale() -> None:
    drawn = Quadratic(dimension=20_000, scale=3.0).initialise(2, stream(0, "init"))

    assert drawn.shape == (2, 20_000)
    assert drawn.dtype == torch.float32
    assert drawn.std(1).tolist() == pytest.approx([3.0, 3.0], rel=0.03)


def test_a_spectrum_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValidationError, match="a spectrum of 3 for a dimension of 2; raise `dimension`"):
        Quadratic(dimension=2)


def test_points_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="this landscape has 12 weights, got points of 5"):
        ROTATED.landscape(()).evaluate(Points.of(torch.zeros(1, 5)))


def test_there_are_no_answers() -> None:
    with pytest.raises(ValueError, match="has no answers: ask for its loss instead"):
        ROTATED.landscape(()).correct(Points.of(torch.zeros(1, 12)))
