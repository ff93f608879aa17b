"""Examples with many positions: the loss of an example is the mean over them, and each has an answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from mathematics_toys import normal
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import CLASSIFICATION, REGRESSION, Task
from lossgeo.landscape.weights import Layout, Points
from lossgeo.training.setting import NetworkSetting

EXAMPLES, POSITIONS, FEATURES, OUTPUTS = 70, 5, 3, 4
LAYOUT = Layout((("weight", (OUTPUTS, FEATURES)),))


class Everywhere:
    """One linear layer at every position of a sequence."""

    def forward(self, parameters: Mapping[str, Tensor], inputs: Tensor, mode: Mode) -> Tensor:
        """The outputs, `[b p c]`."""
        del mode
        return inputs @ parameters["weight"].T

    def masks(self, count: int, generator: Generator) -> dict[str, Tensor]:
        """Nothing is dropped."""
        del count, generator
        return {}


def sequences(task: Task) -> Examples:
    inputs = normal(EXAMPLES, POSITIONS, FEATURES)
    if task is REGRESSION:
        return Examples(inputs, normal(EXAMPLES, POSITIONS, OUTPUTS, seed=1), task=task)
    targets = torch.randint(0, OUTPUTS, (EXAMPLES, POSITIONS), generator=stream(0, "targets"))
    return Examples(inputs, targets, task=task)


def outputs(theta: Tensor, examples: Examples) -> Tensor:
    return examples.inputs @ theta.view(OUTPUTS, FEATURES).T


@pytest.mark.parametrize("task", [CLASSIFICATION, REGRESSION], ids=["classification", "regression"])
def test_the_loss_is_the_mean_over_examples_and_positions(task: Task) -> None:
    examples, points = sequences(task), normal(3, LAYOUT.dimension, seed=2)

    found = NetworkLandscape(Everywhere(), LAYOUT, examples).evaluate(Points.of(points))

    for theta, loss in zip(points, found.loss, strict=True):
        there = outputs(theta, examples)
        expected = (
            (there - examples.targets).square().mean()
            if task is REGRESSION
            else cross_entropy(there.permute(0, 2, 1), examples.targets)
        )
        assert loss == pytest.approx(expected.item(), rel=1e-5)


def test_every_position_has_an_answer_and_counts_for_the_accuracy() -> None:
    examples, theta = sequences(CLASSIFICATION), normal(2, LAYOUT.dimension, seed=2)
    landscape = NetworkLandscape(Everywhere(), LAYOUT, examples)

    answers, found = landscape.correct(Points.of(theta)), landscape.evaluate(Points.of(theta))

    expected = np.stack([(outputs(row, examples).argmax(2) == examples.targets).flatten().numpy() for row in theta])
    assert answers.shape == (2, EXAMPLES * POSITIONS)
    assert (answers == expected).all()
    assert found.accuracy == pytest.approx(expected.mean(1))
    assert 0 < found.accuracy[0] < 1


def test_a_step_takes_the_mean_over_positions_too() -> None:
    examples, theta = sequences(CLASSIFICATION), normal(1, LAYOUT.dimension, seed=2)[0]
    landscape = NetworkLandscape(Everywhere(), LAYOUT, examples)
    setting = NetworkSetting(Everywhere(), LAYOUT, examples, landscape)

    found = setting.measure(theta, setting.draw(torch.arange(EXAMPLES), stream(0, "a"), stream(0, "d")))

    assert found.loss.item() == pytest.approx(landscape.evaluate(Points.of(theta[None])).loss[0], rel=1e-6)
    assert found.correct == landscape.correct(Points.of(theta[None])).sum()
