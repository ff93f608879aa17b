"""The training loop, for a network and for any subspace of its weights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf, isfinite, nan
from typing import TYPE_CHECKING

import numpy as np

from lossgeo.errors import Diverged
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import Progress
from lossgeo.landscape.normalization import Running
from lossgeo.landscape.numerics import hosted
from lossgeo.lazy import torch
from lossgeo.training.moving import Moving
from lossgeo.training.objective import Objective
from lossgeo.training.optimizer import learning_rate_factor
from lossgeo.training.options import Training
from lossgeo.training.record import Snapshot, TrainingRecord
from lossgeo.training.setting import Setting
from lossgeo.training.state import TrainingState
from lossgeo.training.step import Slope, StepDraws, slope
from lossgeo.training.supervisor import Supervisor

if TYPE_CHECKING:
    from torch import Generator, Tensor

STEPS_BETWEEN_REPORTS = 25

STREAMS = ("order", "dropout", "augmentation", "position")
"""The random streams of a training: the order of the examples, dropped units, augmentations, places in the subspace."""


@dataclass(frozen=True)
class Start:
    """The start of a training: parameters, and the state of the optimizer.

    Args:
        fitted: the parameters; with BatchNorm statistics of one point, `[1 S]`, the running averages go on from them.
        moments: the state of the optimizer of the first parameter, by name, where it is taken over.
    """

    fitted: Fitted
    moments: Mapping[str, Tensor] = field(default_factory=dict)


def train(
    objective: Objective,
    start: Start,
    setting: Setting,
    options: Training,
    streams: Callable[[str], Generator],
    supervisor: Supervisor,
) -> TrainingRecord:
    """Minimise the mean loss plus the objective's penalty plus ½ λ ‖θ‖².

    A state that the supervisor has kept is taken up: the result has the same bits as that of an undisturbed training.

    Args:
        objective: where the loss is taken, and what is penalised.
        start: the parameters to start from; they are copied.
        setting: the loss of a batch, and the landscape that is followed.
        options: how to train.
        streams: gives the generators of `STREAMS`.
        supervisor: is told the share done, the epoch and the running loss, and may keep the state after each epoch.

    Raises:
        Diverged: if a loss of the training or the validation is not finite; names the epoch and the step.
    """
    training = TrainingRun(objective, start, setting, options, streams)
    for _ in training.run(supervisor):
        pass
    return training.trained()


@dataclass
class Sums:
    """Sums over the steps of an epoch; what the steps found is read a few steps at a time, because reading waits."""

    loss: float = 0.0
    correct: float = 0.0
    penalty: float = 0.0
    count: int = 0
    steps: int = 0
    unread: list[tuple[int, Tensor, Tensor, Tensor | None]] = field(default_factory=list)

    def add(self, found: Slope, count: int) -> None:
        """Count a step over a number of examples."""
        self.unread.append((count, found.loss, found.penalty, found.correct))

    def read(self) -> int | None:
        """Add up what was not read yet; gives the first step of the epoch whose loss is not finite, from 1."""
        counts, losses, penalties, corrects = zip(*self.unread, strict=True)
        right = [correct for correct in corrects if correct is not None]
        columns = (_numbers(losses), _numbers(penalties), _numbers(right) if right else [nan] * len(counts))
        for count, loss, penalty, correct in zip(counts, *columns, strict=True):
            self.steps += 1
            self.count += count
            self.loss += loss * count
            self.penalty += penalty * count
            self.correct += correct
            if not isfinite(self.loss + self.penalty):
                return self.steps
        self.unread.clear()
        return None

    def means(self) -> tuple[float, float, float]:
        """Mean loss, accuracy and mean penalty over the examples read."""
        return self.loss / self.count, self.correct / self.count, self.penalty / self.count


def _numbers(tensors: Sequence[Tensor]) -> list[float]:
    numbers: list[float] = torch.stack([tensor.double() for tensor in tensors]).tolist()
    return numbers


class TrainingRun:
    """A training under way, with everything that changes from step to step."""

    def __init__(
        self,
        objective: Objective,
        start: Start,
        setting: Setting,
        options: Training,
        streams: Callable[[str], Generator],
    ) -> None:
        self.objective, self.setting, self.options = objective, setting, options
        self.moving = Moving(start.fitted.to(setting.device), objective.held)
        self.descent = options.optimizer.descent(self.moving)
        if start.moments:
            self.descent.take_over({0: start.moments})
        self.streams = {name: streams(name) for name in STREAMS}
        kept = start.fitted.statistics
        self.running = Running(
            setting.statistics, kept if kept is not None and len(kept) == 1 else None, setting.device
        )
        self.rows: list[tuple[float, ...]] = []
        self.grams = [self._corner_gram()]
        self.best, self.best_epoch = self.learned(), 0

    @property
    def steps_of_epoch(self) -> int:
        """The number of steps in an epoch."""
        return ceil(self.setting.size / self.options.batch_size)

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or `early_stopping` of them have passed without a lower validation loss."""
        patience, done = self.options.early_stopping, len(self.rows)
        is_stuck = patience is not None and done > 0 and done - 1 - self.best_epoch >= patience
        return done >= self.options.epochs or is_stuck

    def run(self, supervisor: Supervisor, stops: Collection[int] = ()) -> Iterator[int]:
        """Train to the end; stop after each of the steps in `stops`, counted from 0, the start, and give its number.

        A state that the supervisor has kept is taken up unless it lies beyond the first stop.
        """
        kept = supervisor.kept(TrainingState)
        if kept is not None and len(kept.rows) * self.steps_of_epoch <= min(stops, default=inf):
            self.restore(kept)
        if len(self.rows) * self.steps_of_epoch in stops:
            yield len(self.rows) * self.steps_of_epoch
        while not self.is_over:
            yield from (step for step in self.epoch(supervisor.progress, stops) if step in stops)
            supervisor.keep(self.state, TrainingState)

    def epoch(self, progress: Progress, stops: Collection[int] = ()) -> Iterator[int]:
        """Pass through the examples once in a new random order, validate after it, and give the number of every step.

        The validation is made before the number of the last step is given. Losses are looked at now and then, and
        before the numbers in `stops`: what is kept there has not diverged.
        """
        sums = Sums()
        before = len(self.rows) * self.steps_of_epoch
        order = torch.randperm(self.setting.size, generator=self.streams["order"])
        for i, index in enumerate(torch.split(order, self.options.batch_size), 1):
            self._step(index, sums, before + i - 1)
            if (i - 1) % STEPS_BETWEEN_REPORTS == 0 or i == self.steps_of_epoch or before + i in stops:
                self._read(sums)
                share = (before + i - 1) / (self.options.epochs * self.steps_of_epoch)
                progress(share, f"epoch {len(self.rows) + 1}/{self.options.epochs} · loss {sums.means()[0]:.3f}")
            if i == self.steps_of_epoch:
                self._validate(sums)
            yield before + i

    def trained(self) -> TrainingRecord:
        """The stored result of the finished training."""
        return TrainingRecord(last=self.learned(), best=self.best, history=self.state().history)

    def learned(self) -> Snapshot:
        """A copy of the present parameters, as they are stored."""
        return self.moving.learned(self.running.vector)

    def state(self) -> TrainingState:
        """The state after the last epoch."""
        return TrainingState(
            rows=np.array(self.rows, dtype=np.float64).reshape(-1, 5),
            grams=np.stack(self.grams),
            now=self.learned(),
            best=self.best,
            best_epoch=self.best_epoch,
            optimizer={
                f"{place}.{name}": hosted(value).numpy()
                for place, values in self.descent.moments.items()
                for name, value in values.items()
            },
            streams={name: generator.get_state().numpy() for name, generator in self.streams.items()},
        )

    def restore(self, state: TrainingState) -> None:
        """Continue from the state of an earlier attempt."""
        self.rows = [tuple(row) for row in state.rows.tolist()]
        self.grams = list(state.grams)
        self.best, self.best_epoch = state.best, state.best_epoch
        for name, generator in self.streams.items():
            generator.set_state(torch.tensor(state.streams[name]))
        self.moving.take_over(state.now)
        self.running.vector.copy_(self.moving.running(state.now))
        self.descent.take_over(state.moments)

    def _validate(self, sums: Sums) -> None:
        validation = self.setting.validation.evaluate(self.objective.monitored(self.moving.fitted))
        loss, accuracy = float(validation.loss.mean()), float(validation.accuracy.mean())
        if not isfinite(loss):
            raise self._diverged(f"epoch {len(self.rows) + 1}: the validation loss")
        if loss < min((row[3] for row in self.rows), default=inf):
            self.best, self.best_epoch = self.learned(), len(self.rows)
        self.rows.append((*sums.means(), loss, accuracy))
        self.grams.append(self._corner_gram())

    def _corner_gram(self) -> np.ndarray:
        gram: np.ndarray = hosted(self.objective.corner_gram(self.moving.fitted)).numpy()
        return gram

    def _diverged(self, what: str) -> Diverged:
        rate = self.options.optimizer.lr
        return Diverged(f"{what} is no longer finite; lower `training.optimizer.lr` (now {rate:g})")

    def _step(self, index: Tensor, sums: Sums, step: int) -> None:
        factor = learning_rate_factor(self.options.schedule, step, self.options.epochs * self.steps_of_epoch)
        found = slope(self.moving, self._draws(index), self.objective, self.setting, self.options.l2)
        self.descent.step(self.options.optimizer.lr * factor, found)
        with torch.no_grad():
            self.objective.constrain(self.moving.rows, self.moving.own)
        self.running.update(found.seen)
        sums.add(found, len(index))

    def _read(self, sums: Sums) -> None:
        step = sums.read()
        if step is not None:
            raise self._diverged(f"epoch {len(self.rows) + 1}, step {step}: the loss")

    def _draws(self, index: Tensor) -> StepDraws:
        batch = self.setting.draw(index, self.streams["augmentation"], self.streams["dropout"])
        places = self.objective.draw(self.streams["position"])
        return StepDraws(batch, places.to(self.setting.device))
