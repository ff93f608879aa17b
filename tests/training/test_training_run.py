"""Weights of a training at some of its steps: those that it passes through, and nothing of it is disturbed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, toy_examples, toy_setting, toy_weights
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lossgeo.architectures.mlp import Mlp
from lossgeo.engine import codec
from lossgeo.families.point import Point
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream
from lossgeo.training.loop import Start, TrainingRun, train
from lossgeo.training.optimizer import AdamW
from lossgeo.training.options import Training
from lossgeo.training.record import Snapshot, TrainingRecord
from lossgeo.training.state import TrainingState
from lossgeo.training.supervisor import Supervisor, Unwatched

NETWORK = Mlp(hidden=(6,), dropout=0.4)
WITHOUT_DROPOUT = Mlp(hidden=(6,))
ALONE = Point().objective
NOBODY = Unwatched()
STREAMS = partial(stream, 0)
OPTIONS = Training(optimizer=AdamW(lr=1e-2), epochs=4, batch_size=16)
STEPS = 3
"""Steps of an epoch, the last of them of half a batch."""


class Keeper(Unwatched):
    """Keeps the state after every epoch as stored bytes; hands over the one that it was given."""

    def __init__(self, state: TrainingState | None = None) -> None:
        self.state = state
        self.states: list[TrainingState] = []

    def kept(self, record_type: type[Any]) -> Any:
        """What it was given."""
        del record_type
        return self.state

    def keep(self, state: Callable[[], Any], record_type: type[Any]) -> None:
        """Add the state to the others."""
        self.states.append(codec.load(record_type, codec.dump(state(), record_type)))


def training_run(options: Training = OPTIONS, network: Mlp = NETWORK) -> TrainingRun:
    return TrainingRun(ALONE, Start(Fitted(toy_weights(network, 1))), toy_setting(network), options, STREAMS)


def undisturbed(options: Training = OPTIONS) -> TrainingRecord:
    return train(ALONE, Start(Fitted(toy_weights(NETWORK, 1))), toy_setting(NETWORK), options, STREAMS, NOBODY)


def at_stops(under_way: TrainingRun, stops: Collection[int], supervisor: Supervisor = NOBODY) -> dict[int, Snapshot]:
    """What was found at each stop of a training that is run to its end."""
    return {step: under_way.learned() for step in under_way.run(supervisor, stops)}


def bits(learned: Snapshot) -> bytes:
    return learned.basis.tobytes() + learned.statistics.tobytes()


def states(options: Training = OPTIONS) -> list[TrainingState]:
    """Those after every epoch."""
    keeper = Keeper()
    at_stops(training_run(options), (), keeper)
    return keeper.states


def by_torch(steps: int) -> Tensor:
    """The weights after so many steps of a loop over modules of torch."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(9, 6), nn.ReLU(), nn.Linear(6, CLASSES))
    nn.utils.vector_to_parameters(toy_weights(WITHOUT_DROPOUT, 1)[0], model.parameters())
    examples, order = toy_examples(), STREAMS("order")
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    batches = [index for _ in range(4) for index in torch.randperm(40, generator=order).split(16)]
    for index in batches[:steps]:
        optimizer.zero_grad()
        cross_entropy(model(examples.inputs[index] / 255), examples.targets[index]).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(model.parameters()).detach()


@pytest.mark.parametrize("epoch", [1, 2, 4])
def test_the_weights_at_an_epoch_are_those_of_a_training_that_ended_there(epoch: int) -> None:
    found = at_stops(training_run(), (1, STEPS * epoch))

    ended = undisturbed(OPTIONS.model_copy(update={"epochs": epoch})).last
    assert bits(found[STEPS * epoch]) == bits(ended)


@pytest.mark.parametrize("step", [1, 2, 3, 5, 10, 12])
def test_the_weights_at_a_step_are_those_of_a_loop_that_ended_there(step: int) -> None:
    found = at_stops(training_run(network=WITHOUT_DROPOUT), (step,))

    torch.testing.assert_close(found[step].fitted.basis[0], by_torch(step), rtol=1e-4, atol=1e-6)


def test_a_stop_at_0_is_the_initialisation() -> None:
    found = at_stops(training_run(), (0, 4))

    assert bits(found[0]) == toy_weights(NETWORK, 1).numpy().tobytes()


def test_a_training_stops_at_its_stops_alone_and_in_their_order() -> None:
    assert list(at_stops(training_run(), (7, 0, 12, 3))) == [0, 3, 7, 12]


@pytest.mark.parametrize("stops", [(0,), (2, 3, 7), range(13)], ids=str)
def test_stops_do_not_change_a_training(stops: Collection[int]) -> None:
    stopped, expected = training_run(), undisturbed()

    at_stops(stopped, stops)

    found = stopped.trained()
    assert bits(found.last) == bits(expected.last)
    assert bits(found.best) == bits(expected.best)
    np.testing.assert_array_equal(found.history.train_loss, expected.history.train_loss)
    np.testing.assert_array_equal(found.history.validation_loss, expected.history.validation_loss)


def test_what_was_found_at_a_stop_does_not_go_on_with_the_training() -> None:
    under_way, at_once = training_run(), {}

    found = {}
    for step in under_way.run(NOBODY, (2, 6)):
        found[step] = under_way.learned()
        at_once[step] = bits(found[step])

    assert {step: bits(learned) for step, learned in found.items()} == at_once


def test_the_state_is_kept_after_every_epoch_whatever_the_stops_are() -> None:
    keeper = Keeper()

    at_stops(training_run(), (2, 3), keeper)

    assert [len(state.rows) for state in keeper.states] == [1, 2, 3, 4]
    assert [bits(state.now) for state in keeper.states] == [bits(state.now) for state in states()]


def test_a_kept_state_beyond_the_first_stop_is_not_taken_up() -> None:
    expected = at_stops(training_run(), (4, 7))

    found = at_stops(training_run(), (4, 7), Keeper(states()[1]))

    assert {step: bits(learned) for step, learned in found.items()} == {
        step: bits(learned) for step, learned in expected.items()
    }


def marked(state: TrainingState) -> TrainingState:
    """The state with other weights, which only a training that took it up can show."""
    return replace(state, now=replace(state.now, basis=state.now.basis + 1))


@pytest.mark.parametrize("stops", [(6,), (7, 9), ()], ids=["at the stop", "before it", "no stops"])
def test_a_kept_state_up_to_the_first_stop_is_taken_up(stops: tuple[int, ...]) -> None:
    keeper, under_way = Keeper(marked(states()[1])), training_run()

    found = at_stops(under_way, stops, keeper)

    assert list(found) == list(stops)
    assert [len(state.rows) for state in keeper.states] == [3, 4]
    assert under_way.trained().last.basis.mean() - undisturbed().last.basis.mean() > 0.5


def test_a_training_taken_up_at_a_stop_starts_with_what_was_kept() -> None:
    state = states()[1]

    found = at_stops(training_run(), (6, 8), Keeper(state))

    assert bits(found[6]) == bits(state.now)
    assert bits(found[8]) == bits(at_stops(training_run(), (8,))[8])


def test_a_kept_state_is_not_taken_up_where_the_initialisation_is_asked_for() -> None:
    found = at_stops(training_run(), (0,), Keeper(marked(states()[0])))

    assert bits(found[0]) == toy_weights(NETWORK, 1).numpy().tobytes()
