"""The one training loop: of a network, and of any subspace of its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from lossgeo.errors import Diverged
from lossgeo.landscape.landscape import Landscape, Progress
from lossgeo.landscape.network import Examples, Network
from lossgeo.landscape.optimizer import AdamW, Optimizer, Schedule, learning_rate_factor
from lossgeo.landscape.weights import Layout, Parameters, Points
from lossgeo.variant import Model

STEPS_BETWEEN_REPORTS = 25


class Training(Model):
    """How weights are trained."""

    optimizer: Optimizer = Field(default=AdamW(), description="adamw, adam or sgd, with its options")
    schedule: Schedule = Field(default="constant", description="of the learning rate, over all steps")
    batch_size: int = Field(
        default=128, ge=1, description="examples a step; the last step of an epoch takes what is left"
    )
    epochs: int = Field(default=10, ge=1, description="passes through the training examples")
    l2: float = Field(
        default=0.0, ge=0, description="λ of the penalty ½ λ ‖θ‖² on the weights that the loss is taken at"
    )
    early_stopping: int | None = Field(
        default=None, ge=1, description="stop after so many epochs without a lower validation loss"
    )
    select: Literal["last", "best"] = Field(
        default="last", description="weights that analyses use: of the last epoch, or of the lowest validation loss"
    )

    def smoke(self) -> Training:
        """Two short epochs."""
        return self.model_copy(update={"epochs": min(self.epochs, 2)})


@runtime_checkable
class Trainable(Protocol):
    """What is trained: parameters that put weights at θ = Φ B, with B the parameter `basis` `[K D]`."""

    def features(self, parameters: Parameters, generator: Generator) -> Float[Tensor, "m K"]:
        """Φ for the weight vectors of a step: first the one that the loss is taken at, then those that are penalised.

        Differentiable in the parameters other than `basis`.
        """
        ...

    def penalty(self, others: Float[Tensor, "r D"]) -> Float[Tensor, ""]:
        """What is added to the mean loss of the batch, from the weight vectors after the first."""
        ...

    def monitored(self, parameters: Parameters) -> Points:
        """The fixed points whose mean validation loss is followed."""
        ...


class Single:
    """A network on its own: `basis` holds its one weight vector, and Φ = 1."""

    def features(self, parameters: Parameters, generator: Generator) -> Float[Tensor, "m K"]:  # noqa: ARG002
        """One."""
        return parameters["basis"].new_ones(1, 1)

    def penalty(self, others: Float[Tensor, "r D"]) -> Float[Tensor, ""]:
        """None."""
        return others.new_zeros(())

    def monitored(self, parameters: Parameters) -> Points:
        """The weights."""
        return Points.of(parameters["basis"].detach())


@dataclass(frozen=True)
class Setting:
    """Where a training takes place."""

    network: Network
    layout: Layout
    examples: Examples
    validation: Landscape


@dataclass(frozen=True)
class History:
    """A row per epoch: means over the steps of it (with dropout), and the validation after it (without).

    Losses are means over examples in nats; accuracies are shares. Validation is the mean over the monitored points.
    """

    train_loss: np.ndarray
    train_accuracy: np.ndarray
    penalty: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    best_epoch: int


@dataclass(frozen=True)
class Trained:
    """Parameters after the last epoch and after the epoch of the lowest validation loss, and how they came about."""

    last: dict[str, Tensor]
    best: dict[str, Tensor]
    history: History


@dataclass
class Epoch:
    """Sums over the steps of an epoch."""

    loss: float = 0.0
    correct: int = 0
    penalty: float = 0.0
    count: int = 0

    def means(self) -> tuple[float, float, float]:
        """Mean loss, accuracy and mean penalty over the examples seen."""
        return self.loss / self.count, self.correct / self.count, self.penalty / self.count


def train(
    trainable: Trainable,
    parameters: Mapping[str, Tensor],
    setting: Setting,
    options: Training,
    streams: Callable[[str], Generator],
    progress: Progress,
) -> Trained:
    """Minimise the mean loss plus the trainable's penalty plus ½ λ ‖θ‖².

    Args:
        trainable: says where the parameters put the weights.
        parameters: where to start, `basis` among them; they are copied.
        setting: the network, its training examples and its validation landscape.
        options: how to train.
        streams: gives the generators of `"order"`, `"dropout"` and `"position"` (of the draws in the subspace).
        progress: is told the share done, the epoch and the running loss.

    Raises:
        Diverged: if a loss is not finite; names the epoch and the step.
    """
    moving = {name: value.detach().clone().requires_grad_() for name, value in parameters.items()}
    step = _Step(trainable, moving, setting, options, streams)
    rows: list[tuple[float, ...]] = []
    best, best_epoch, lowest = _copy(moving), 0, float("inf")
    for epoch in range(options.epochs):
        sums = step.epoch(epoch, progress)
        validation = setting.validation.evaluate(trainable.monitored(moving))
        loss, accuracy = float(validation.loss.mean()), float(validation.accuracy.mean())
        rows.append((*sums.means(), loss, accuracy))
        if loss < lowest:
            best, best_epoch, lowest = _copy(moving), epoch, loss
        if options.early_stopping is not None and epoch - best_epoch >= options.early_stopping:
            break
    train_loss, train_accuracy, penalty, validation_loss, validation_accuracy = np.array(rows, dtype=np.float64).T
    history = History(train_loss, train_accuracy, penalty, validation_loss, validation_accuracy, best_epoch)
    return Trained(last=_copy(moving), best=best, history=history)


class _Step:
    """The state of a training that changes at every step."""

    def __init__(
        self,
        trainable: Trainable,
        parameters: dict[str, Tensor],
        setting: Setting,
        options: Training,
        streams: Callable[[str], Generator],
    ) -> None:
        self.trainable = trainable
        self.parameters = parameters
        self.setting = setting
        self.options = options
        self.order, self.dropout, self.position = (streams(name) for name in ("order", "dropout", "position"))
        self.optimizer = options.optimizer.over(parameters.values())
        self.slope = torch.empty_like(parameters["basis"])
        self.steps_per_epoch = ceil(len(setting.examples) / options.batch_size)

    def epoch(self, epoch: int, progress: Progress) -> Epoch:
        """One pass through the examples in a new random order."""
        sums = Epoch()
        order = torch.randperm(len(self.setting.examples), generator=self.order)
        steps = self.options.epochs * self.steps_per_epoch
        for i, index in enumerate(torch.split(order, self.options.batch_size)):
            step = epoch * self.steps_per_epoch + i
            factor = learning_rate_factor(self.options.schedule, step, steps)
            for group in self.optimizer.param_groups:
                group["lr"] = self.options.optimizer.lr * factor
            self._take(index, sums)
            if not isfinite(sums.loss + sums.penalty):
                raise Diverged(
                    f"epoch {epoch + 1}, step {i + 1}: the loss is no longer finite; "
                    f"lower `training.optimizer.lr` (now {self.options.optimizer.lr:g})"
                )
            if i % STEPS_BETWEEN_REPORTS == 0:
                progress(step / steps, f"epoch {epoch + 1}/{self.options.epochs} · loss {sums.means()[0]:.3f}")
        return sums

    def _take(self, index: Tensor, sums: Epoch) -> None:
        inputs, targets = self.setting.examples.batch(index)
        features = self.trainable.features(self.parameters, self.position)
        weights = (features.detach() @ self.parameters["basis"].detach()).requires_grad_()
        theta, others = weights[0], weights[1:]
        penalty = self.trainable.penalty(others)
        if self.options.l2 > 0:
            penalty = penalty + self.options.l2 / 2 * theta.square().sum()
        logits = self.setting.network.forward(self.setting.layout.split(theta), inputs, self.dropout)
        loss = cross_entropy(logits, targets)
        (loss + penalty).backward()
        self._descend(features, weights.grad)
        sums.count += len(index)
        sums.loss += loss.item() * len(index)
        sums.penalty += penalty.item() * len(index)
        sums.correct += int((logits.argmax(1) == targets).sum())

    def _descend(self, features: Tensor, gradient: Tensor | None) -> None:
        """Carry ∂/∂θ through θ = Φ B by hand: ∂/∂B = Φᵀ ∂/∂θ is written into one buffer for the whole training.

        Autograd would allocate K · D numbers at every step, and most of the time of a neural curve would go into that.
        """
        if gradient is None:
            raise RuntimeError("the loss does not depend on the weights")
        basis = self.parameters["basis"]
        self.optimizer.zero_grad(set_to_none=True)
        if features.requires_grad:
            features.backward(gradient @ basis.detach().T)
        basis.grad = torch.mm(features.detach().T, gradient, out=self.slope)
        self.optimizer.step()


def _copy(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in parameters.items()}
