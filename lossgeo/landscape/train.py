"""The one training loop: of a network, and of any subspace of its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, inf, isfinite, nan

import numpy as np
import torch
from torch import Generator, Tensor

from lossgeo.errors import Diverged
from lossgeo.landscape.landscape import Progress
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.normalization import Running
from lossgeo.landscape.optimizer import learning_rate_factor
from lossgeo.landscape.training import History, Setting, Supervisor, Trainable, Trained, Training

STEPS_BETWEEN_REPORTS = 25

STREAMS = ("order", "dropout", "augmentation", "position")
"""What a training draws: the order of the examples, dropped units, augmentations, and places in the subspace."""

STATISTICS = "statistics"
"""The name of the BatchNorm statistics among the parameters of a training."""


def train(
    trainable: Trainable,
    start: Mapping[str, Tensor] | TrainingState,
    setting: Setting,
    options: Training,
    streams: Callable[[str], Generator],
    supervisor: Supervisor,
) -> Trained:
    """Minimise the mean loss plus the trainable's penalty plus ½ λ ‖θ‖².

    A state that the supervisor has kept is taken up: the result has the same bits as that of an undisturbed training.

    Args:
        trainable: says where the parameters put the weights.
        start: parameters to start from, `basis` among them; or the state of another training to branch off from, of
            which the weights and the optimizer's moments are taken over, but no streams. They are copied.
        setting: the network, its training examples and its validation landscape.
        options: how to train.
        streams: gives the generators of `STREAMS`.
        supervisor: is told the share done, the epoch and the running loss, and may keep the state after each epoch.

    Raises:
        Diverged: if a loss of the training or the validation is not finite; names the epoch and the step.
    """
    parameters = start.trained if isinstance(start, TrainingState) else start
    course = Course(trainable, parameters, setting, options, streams)
    kept = supervisor.kept(TrainingState)
    if kept is not None:
        course.restore(kept)
    elif isinstance(start, TrainingState):
        course.branch_off(start)
    while not course.is_over:
        course.epoch(supervisor.progress)
        supervisor.keep(course.state, TrainingState)
    return course.trained()


@dataclass(frozen=True)
class TrainingState:
    """All that decides how a training goes on after an epoch.

    Args:
        rows: of the history, a row an epoch, `[epochs 5]`, in the order of `History`.
        grams: of the corners, at the start and after each epoch, `[epochs + 1, m m]`.
        parameters, best: by name, now and after the best epoch.
        best_epoch: of the lowest validation loss.
        optimizer: tensors of its state by "<parameter's place>.<name>".
        streams: states of the generators by name.
    """

    rows: np.ndarray
    grams: np.ndarray
    parameters: Mapping[str, np.ndarray]
    best: Mapping[str, np.ndarray]
    best_epoch: int
    optimizer: Mapping[str, np.ndarray]
    streams: Mapping[str, np.ndarray]

    @property
    def weights(self) -> dict[str, Tensor]:
        """The parameters now, with the statistics of BatchNorm layers."""
        return {name: torch.tensor(value) for name, value in self.parameters.items()}

    @property
    def trained(self) -> dict[str, Tensor]:
        """The parameters that the optimizer moves."""
        return {name: value for name, value in self.weights.items() if name != STATISTICS}

    @property
    def moments(self) -> dict[int, dict[str, Tensor]]:
        """The optimizer's state by the place of the parameter and the name of the tensor."""
        moments: dict[int, dict[str, Tensor]] = {}
        for key, moment in self.optimizer.items():
            place, _, name = key.partition(".")
            moments.setdefault(int(place), {})[name] = torch.tensor(moment)
        return moments

    @property
    def history(self) -> History:
        """The epochs so far."""
        train_loss, train_accuracy, penalty, validation_loss, validation_accuracy = self.rows.reshape(-1, 5).T.copy()
        return History(
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            penalty=penalty,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            best_epoch=self.best_epoch,
            corner_gram=self.grams,
        )


@dataclass
class Epoch:
    """Sums over the steps of an epoch."""

    loss: float = 0.0
    correct: float = 0
    penalty: float = 0.0
    count: int = 0

    def means(self) -> tuple[float, float, float]:
        """Mean loss, accuracy and mean penalty over the examples seen."""
        return self.loss / self.count, self.correct / self.count, self.penalty / self.count


class Course:
    """A training under way: what changes from step to step."""

    def __init__(
        self,
        trainable: Trainable,
        parameters: Mapping[str, Tensor],
        setting: Setting,
        options: Training,
        streams: Callable[[str], Generator],
    ) -> None:
        self.trainable, self.setting, self.options = trainable, setting, options
        self.parameters = {name: value.detach().clone().requires_grad_() for name, value in parameters.items()}
        self.optimizer = options.optimizer.over(self.parameters.values())
        self.streams = {name: streams(name) for name in STREAMS}
        self.running = Running(setting.statistics)
        self.slope = torch.empty_like(self.parameters["basis"])
        self.rows: list[tuple[float, ...]] = []
        self.grams = [self._corner_gram()]
        self.best, self.best_epoch = self._snapshot(), 0

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or so many have passed without a lower validation loss."""
        patience, done = self.options.early_stopping, len(self.rows)
        is_stuck = patience is not None and done > 0 and done - 1 - self.best_epoch >= patience
        return done >= self.options.epochs or is_stuck

    def epoch(self, progress: Progress) -> None:
        """One pass through the examples in a new random order, and the validation after it."""
        sums = self._pass(progress)
        validation = self.setting.validation.evaluate(self.trainable.monitored(self.parameters))
        loss, accuracy = float(validation.loss.mean()), float(validation.accuracy.mean())
        if not isfinite(loss):
            raise self._diverged(f"epoch {len(self.rows) + 1}: the validation loss")
        if loss < min((row[3] for row in self.rows), default=inf):
            self.best, self.best_epoch = self._snapshot(), len(self.rows)
        self.rows.append((*sums.means(), loss, accuracy))
        self.grams.append(self._corner_gram())

    def trained(self) -> Trained:
        """What has come of it."""
        return Trained(last=self._snapshot(), best=self.best, history=self.state().history)

    def state(self) -> TrainingState:
        """The state after the last epoch."""
        moments = self.optimizer.state_dict()["state"]
        return TrainingState(
            rows=np.array(self.rows, dtype=np.float64).reshape(-1, 5),
            grams=np.stack(self.grams),
            parameters={name: value.numpy() for name, value in self._snapshot().items()},
            best={name: value.numpy() for name, value in self.best.items()},
            best_epoch=self.best_epoch,
            optimizer={
                f"{place}.{name}": value.numpy()
                for place, values in moments.items()
                for name, value in values.items()
                if isinstance(value, Tensor)  # SGD without momentum has a None
            },
            streams={name: generator.get_state().numpy() for name, generator in self.streams.items()},
        )

    def restore(self, state: TrainingState) -> None:
        """Go on from a state."""
        self.rows = [tuple(row) for row in state.rows.tolist()]
        self.grams = list(state.grams)
        self.best, self.best_epoch = {name: torch.tensor(value) for name, value in state.best.items()}, state.best_epoch
        for name, generator in self.streams.items():
            generator.set_state(torch.tensor(state.streams[name]))
        self._take_over(state)

    def branch_off(self, state: TrainingState) -> None:
        """Start from the weights of a state and its optimizer's, with a history and streams of one's own."""
        self._take_over(state)
        self.grams = [self._corner_gram()]
        self.best = self._snapshot()

    def _take_over(self, state: TrainingState) -> None:
        for name, value in self.parameters.items():
            value.data.copy_(torch.tensor(state.parameters[name]))
        if STATISTICS in state.parameters:
            self.running.vector.copy_(torch.tensor(state.parameters[STATISTICS][0]))
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state.moments})

    def _snapshot(self) -> dict[str, Tensor]:
        """A copy of the parameters, with the statistics that are kept beside them."""
        snapshot = {name: value.detach().clone() for name, value in self.parameters.items()}
        if len(self.running.vector) > 0:
            snapshot[STATISTICS] = self.running.vector[None].clone()
        return snapshot

    def _pass(self, progress: Progress) -> Epoch:
        epoch, batch = len(self.rows), self.options.batch_size
        count = len(self.setting.examples)
        steps = self.options.epochs * ceil(count / batch)
        sums = Epoch()
        for i, index in enumerate(torch.split(torch.randperm(count, generator=self.streams["order"]), batch)):
            step = epoch * ceil(count / batch) + i
            factor = learning_rate_factor(self.options.schedule, step, steps)
            for group in self.optimizer.param_groups:
                group["lr"] = self.options.optimizer.lr * factor
            self._step(index, sums)
            if not isfinite(sums.loss + sums.penalty):
                raise self._diverged(f"epoch {epoch + 1}, step {i + 1}: the loss")
            if i % STEPS_BETWEEN_REPORTS == 0:
                progress(step / steps, f"epoch {epoch + 1}/{self.options.epochs} · loss {sums.means()[0]:.3f}")
        return sums

    def _corner_gram(self) -> np.ndarray:
        return self.trainable.corner_gram(self.parameters).numpy()

    def _diverged(self, what: str) -> Diverged:
        rate = self.options.optimizer.lr
        return Diverged(f"{what} is no longer finite; lower `training.optimizer.lr` (now {rate:g})")

    def _step(self, index: Tensor, sums: Epoch) -> None:
        inputs, targets = self.setting.examples.augmented(index, self.streams["augmentation"])
        features = self.trainable.features(self.parameters, self.streams["position"])
        weights = (features.detach() @ self.parameters["basis"].detach()).requires_grad_()
        theta, others = weights[0], weights[1:]
        penalty = self.trainable.penalty(others)
        if self.options.l2 > 0:
            penalty = penalty + self.options.l2 / 2 * theta.square().sum()
        mode = Mode(dropout=self.streams["dropout"], seen={} if self.running.layout.shapes else None)
        outputs = self.setting.network.forward(self.setting.layout.split(theta), inputs, mode)
        task = self.setting.examples.task
        loss = task.losses(outputs, targets).mean()
        (loss + penalty).backward()
        self._descend(features, weights.grad)
        self.running.update(mode.seen or {})
        sums.count += len(index)
        sums.loss += loss.item() * len(index)
        sums.penalty += penalty.item() * len(index)
        sums.correct += int(task.correct(outputs, targets).sum()) if task.has_accuracy else nan

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
