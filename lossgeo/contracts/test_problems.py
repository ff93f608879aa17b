"""The laws of problems."""

from __future__ import annotations

import torch

from lossgeo.contracts.chosen import of_every
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.problems.base import Problem


@of_every(Problem)
def test_the_landscape_of_a_problem_has_its_weights_and_examples(variant: type[Problem]) -> None:
    problem = variant.example().smoke()

    for split in problem.task.splits("train", "test"):
        landscape = problem.landscape((), split)
        assert landscape.dimension == problem.weight_count
        assert landscape.size == problem.size(split)


@of_every(Problem)
def test_initialisations_of_a_problem_are_finite_and_depend_on_their_stream_alone(variant: type[Problem]) -> None:
    problem = variant.example().smoke()

    first, again, other = (problem.initialise(2, stream(seed, "initialisation")) for seed in (0, 0, 1))

    assert first.shape == (2, problem.weight_count)
    assert bool(first.isfinite().all())
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@of_every(Problem)
def test_a_problem_evaluates_to_finite_losses_twice_the_same(variant: type[Problem]) -> None:
    problem = variant.example().smoke()
    points = Points.of(problem.initialise(3, stream(0, "initialisation")))
    (split, *_) = problem.task.splits("train")

    first, second = (problem.landscape((), split).evaluate(points).loss for _ in range(2))

    assert bool(torch.from_numpy(first).isfinite().all())
    assert (first == second).all()


@of_every(Problem)
def test_a_training_of_a_problem_descends_on_its_landscape(variant: type[Problem]) -> None:
    """The gradients are equal where a batch has all examples and nothing of a step is drawn."""
    problem = variant.example().smoke()
    setting, theta = problem.setting(()), problem.initialise(1, stream(0, "initialisation"))[0].requires_grad_()
    (split, *_) = problem.task.splits("train")
    generator = stream(0, "draws")

    batch = setting.draw(torch.arange(setting.size), generator, generator)
    (stepped,) = torch.autograd.grad(setting.measure(theta, batch).loss, theta)

    smooth = problem.landscape((), split).smooth_at(Points.of(theta.detach()[None]))
    (expected,) = torch.autograd.grad(smooth(theta, slice(0, problem.size(split))), theta)
    torch.testing.assert_close(stepped, expected, rtol=1e-4, atol=1e-6)
    assert bool(stepped.any())
