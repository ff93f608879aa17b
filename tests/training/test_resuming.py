"""A training that was stopped between epochs and taken up again ends with the bits of an undisturbed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from mathematics_toys import toy_setting

from lossgeo.architectures.mlp import Mlp
from lossgeo.engine import codec
from lossgeo.families.base import TrainedFamily
from lossgeo.families.bezier import Bezier
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.landscape.randomness import stream
from lossgeo.training.loop import Start, train
from lossgeo.training.optimizer import Adam, AdamW, Optimizer, Sgd
from lossgeo.training.options import Training
from lossgeo.training.record import TrainingRecord
from lossgeo.training.state import TrainingState
from lossgeo.training.supervisor import Unwatched

NETWORK = Mlp(hidden=(5,), dropout=0.4)
FAMILY = MlpCurve(hidden=(4, 3))
STOPPED_AFTER = 3


class Stopped(Exception):
    """The kill."""


class Keeper(Unwatched):
    """Keeps every state as stored bytes, and stops the training after some epochs."""

    def __init__(self, stop_after: int | None = None, state: TrainingState | None = None) -> None:
        self.stop_after, self.state, self.calls = stop_after, state, 0

    def kept(self, record_type: type[Any]) -> Any:
        """The state it was given or has kept."""
        del record_type
        return self.state

    def keep(self, state: Callable[[], Any], record_type: type[Any]) -> None:
        """Keep the state of the epoch to stop after, through its stored bytes."""
        self.calls += 1
        if self.calls == self.stop_after:
            self.state = codec.load(record_type, codec.dump(state(), record_type))
            raise Stopped


def fit(options: Training, keeper: Keeper, family: TrainedFamily = FAMILY) -> TrainingRecord:
    setting = toy_setting(NETWORK)
    generator = stream(7, "init")
    anchors = torch.stack([NETWORK.initialise(setting.layout, generator) for _ in range(family.anchors)])
    start = Start(family.initial(anchors, generator))
    return train(family.objective, start, setting, options, lambda name: stream(7, name), keeper)


def stopped_state(options: Training, family: TrainedFamily = FAMILY) -> TrainingState:
    keeper = Keeper(stop_after=STOPPED_AFTER)
    with pytest.raises(Stopped):
        fit(options, keeper, family)
    assert keeper.state is not None
    return keeper.state


def same(first: TrainingRecord, second: TrainingRecord) -> bool:
    return content(first) == content(second)


def content(trained: TrainingRecord) -> list[bytes | int]:
    learned = (trained.last, trained.best)
    weights = [value.tobytes() for one in learned for value in (one.basis, one.statistics, *one.own.values())]
    rows = [getattr(trained.history, field.name) for field in fields(trained.history)]
    return [*weights, *(row if isinstance(row, int) else row.tobytes() for row in rows)]


@pytest.mark.parametrize(
    "optimizer",
    [AdamW(lr=0.01), Adam(lr=0.01), Sgd(lr=0.05), Sgd(lr=0.05, momentum=0.0)],
    ids=["adamw", "adam", "momentum", "sgd"],
)
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_resumed_training_ends_with_the_bits_of_an_undisturbed_one(optimizer: Optimizer, schedule: Any) -> None:
    options = Training(optimizer=optimizer, schedule=schedule, epochs=6, batch_size=8, l2=1e-3)

    resumed = fit(options, Keeper(state=stopped_state(options)))

    assert same(resumed, fit(options, Keeper()))


@pytest.mark.parametrize(
    "optimizer", [AdamW(lr=0.05, weight_decay=5.0), Adam(lr=0.05)], ids=lambda optimizer: optimizer.kind
)
def test_a_resumed_training_of_a_curve_between_networks_has_the_same_bits_and_the_same_ends(
    optimizer: Optimizer,
) -> None:
    options, curve = Training(optimizer=optimizer, epochs=6, batch_size=8, l2=0.5), Bezier(degree=3)
    state = stopped_state(options, curve)

    resumed = fit(options, Keeper(state=state), curve)

    assert same(resumed, fit(options, Keeper(), curve))
    assert resumed.last.basis[[0, 3]].tobytes() == state.now.basis[[0, 3]].tobytes()
    assert (resumed.last.basis[1:3] != state.now.basis[1:3]).all()


def test_early_stopping_counts_the_epochs_before_the_stop() -> None:
    options = Training(optimizer=Sgd(lr=30.0, momentum=0.0), epochs=40, batch_size=8, early_stopping=4)

    resumed = fit(options, Keeper(state=stopped_state(options)))

    undisturbed = fit(options, Keeper())
    assert len(undisturbed.history.train_loss) < 40
    assert same(resumed, undisturbed)


@pytest.mark.parametrize("forgotten", ["rows", "grams", "now", "best", "optimizer", "streams"])
def test_no_part_of_the_state_could_be_left_out(forgotten: str) -> None:
    options = Training(optimizer=AdamW(lr=0.01), schedule="cosine", epochs=6, batch_size=8)
    undisturbed = fit(options, Keeper())
    state = stopped_state(options)
    first = Keeper(stop_after=1)
    with pytest.raises(Stopped):
        fit(options, first)

    crippled = replace(state, **{forgotten: getattr(first.state, forgotten)})

    if forgotten == "best":  # it matters if no later epoch is better: it is then what is handed over
        assert (crippled.best.basis != state.best.basis).any()
    else:
        assert not same(fit(options, Keeper(state=crippled)), undisturbed)
