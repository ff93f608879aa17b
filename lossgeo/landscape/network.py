"""The landscape of a network on a set of examples."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int64

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.forward import NetworkFunction, RectifierNetwork
from lossgeo.landscape.landscape import Evaluation, Landscape, Progress, Smooth, silent
from lossgeo.landscape.normalization import Normalization
from lossgeo.landscape.numerics import hosted
from lossgeo.landscape.orders import Order, PointByPoint
from lossgeo.landscape.passes import fastest, passes
from lossgeo.landscape.rectifiers import Rectifiers, is_worth_fusing
from lossgeo.landscape.weights import Layout, Points
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


class NetworkLandscape(Landscape):
    """Mean loss of a network on fixed examples, and its accuracy where the task has one."""

    def __init__(
        self, network: NetworkFunction, layout: Layout, examples: Examples, normalization: Normalization | None = None
    ) -> None:
        self.network = network
        self.layout = layout
        self.examples = examples
        self.normalization = normalization or Normalization()

    @property
    def dimension(self) -> int:
        return self.layout.dimension

    @property
    def size(self) -> int:
        return len(self.examples)

    def first(self, count: int) -> NetworkLandscape:
        return NetworkLandscape(self.network, self.layout, self.examples.first(count), self.normalization)

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The loss and the accuracy at every point, evaluated in the fastest order.

        Raises:
            ValueError: if the points do not have `dimension` weights.
        """
        order = self._fastest(points)
        if is_worth_fusing(order, self.layout, self.examples, points):
            return self.evaluate_fused(points, progress)
        return self.evaluate_in(order, points, progress)

    def evaluate_fused(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The evaluation of a rectifier network in fused passes; where a logit is not finite, that of `evaluate_in`.

        Raises:
            TypeError: if it is another network.
        """
        if not isinstance(self.network, RectifierNetwork):
            raise TypeError(f"only rectifier networks have fused passes, got {type(self.network).__name__}")
        loss, correct = Rectifiers(self.network, self.layout).tally(self.examples, points, progress)
        found = means(loss, correct, self.size)
        odd = np.flatnonzero(~np.isfinite(found.loss))
        if len(odd):
            plain = self.evaluate_in(self._fastest(points), points.rows(torch.from_numpy(odd)))
            found.loss[odd], found.accuracy[odd] = plain.loss, plain.accuracy
        return found

    def evaluate_plainly(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The evaluation with one forward pass for each point, which defines what every other order must give."""
        return self.evaluate_in(PointByPoint(self.network, self.normalization), points, progress)

    def evaluate_in(self, order: Order, points: Points, progress: Progress = silent) -> Evaluation:
        """The evaluation in a given order; all orders give the same up to rounding."""
        tally, here = EvaluationTally(len(points), self.examples), points.to(self.examples.device)
        with torch.no_grad():
            for i, outputs, targets in passes(order, self.layout, self.examples, here, progress):
                tally.add(i, outputs, targets)
        return tally.mean(self.size)

    def correct(self, points: Points, progress: Progress = silent) -> Bool[np.ndarray, "n A"]:
        """Which answers are correct at every point: an answer for each example, or for each position.

        Raises:
            ValueError: if the task is a regression, or the points do not have `dimension` weights.
        """
        return self._of_examples(points, self.examples.task.correct, progress)

    def answers(self, points: Points, progress: Progress = silent) -> Int64[np.ndarray, "n A"]:
        """The class of the largest output at every point, for every example and each of its positions.

        Raises:
            ValueError: if the task is a regression, or the points do not have `dimension` weights.
        """
        task = self.examples.task
        return self._of_examples(points, lambda outputs, _targets: task.answers(outputs), progress)

    def _of_examples(self, points: Points, asked: Callable[[Tensor, Tensor], Tensor], progress: Progress) -> np.ndarray:
        """What is asked of the outputs and the targets of every batch, at every point."""
        found: list[list[Tensor]] = [[] for _ in range(len(points))]
        order, here = self._fastest(points), points.to(self.examples.device)
        with torch.no_grad():
            for start, outputs, targets in passes(order, self.layout, self.examples, here, progress):
                for i, own in enumerate(outputs, start):
                    found[i].append(asked(own, targets).flatten())
        return hosted(torch.stack([torch.cat(parts) for parts in found])).numpy()

    def smooth_at(self, point: Points) -> Smooth:
        """The mean loss over a part of the examples, with the BatchNorm statistics of `point`.

        Raises:
            ValueError: if there is more than one point.
        """
        if len(point) != 1:
            raise ValueError(f"a function near one point was asked for, got {len(point)} points")
        here = point.to(self.examples.device)
        mode = self.normalization.mode(self.network.forward, self.layout.split(here.dense()[0]), here, 0)

        def loss(theta: Tensor, part: slice) -> Tensor:
            inputs, targets = self.examples.batch(part)
            own = self.layout.split(theta.to(self.examples.device))
            outputs = self.network.forward(own, inputs.to(theta.dtype), mode)
            return self.examples.task.losses(outputs, targets).mean()

        return loss

    def _fastest(self, points: Points) -> Order:
        return fastest(self.network, self.layout, self.normalization, points)


class EvaluationTally:
    """Sums of losses (float64) and counts of correct answers (int64) at n points, where the examples are."""

    def __init__(self, n: int, examples: Examples) -> None:
        self.task = examples.task
        self.loss = torch.zeros(n, dtype=torch.float64, device=examples.device)
        self.correct = torch.zeros(n, dtype=torch.int64, device=examples.device)
        self.positions = 1

    def add(self, start: int, outputs: Float[Tensor, "m b ..."], targets: Tensor) -> None:
        """Count a batch of examples for m points in a row, the first of which is `start`."""
        m, b = outputs.shape[:2]
        rows, answers = slice(start, start + m), outputs.flatten(0, 1)
        questions = targets.expand(m, *targets.shape).flatten(0, 1)
        self.loss[rows] += self.task.losses(answers, questions).view(m, b).sum(1, dtype=torch.float64)
        if self.task.has_accuracy:
            self.correct[rows] += self.task.correct(answers, questions).view(m, -1).sum(1)
            self.positions = prod(targets.shape[1:])

    def mean(self, count: int) -> Evaluation:
        """The means over `count` examples."""
        correct = hosted(self.correct).numpy() if self.task.has_accuracy else None
        return means(hosted(self.loss).numpy(), correct, count, self.positions)


def means(loss: np.ndarray, correct: np.ndarray | None, count: int, positions: int = 1) -> Evaluation:
    """Sums as means over `count` examples; where the loss is not finite no answer counts as correct.

    Args:
        loss: sums, `[n]`.
        correct: numbers of correct answers, `[n]`; None where answers are neither right nor wrong.
        count: of the examples.
        positions: answers of an example.
    """
    shares = np.full(len(loss), np.nan) if correct is None else correct / (count * positions)
    return Evaluation(loss=loss / count, accuracy=np.where(np.isfinite(loss), shares, np.nan))
