from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, Analytic, toy_examples, toy_setting, toy_weights
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy

from lossgeo.architectures.mlp import Mlp
from lossgeo.errors import Diverged
from lossgeo.families.point import Point
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.landscape import Evaluation, Progress, silent
from lossgeo.landscape.mode import EVALUATION, Mode
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.training.loop import Start, TrainingRun, train
from lossgeo.training.optimizer import AdamW, Sgd
from lossgeo.training.options import Training
from lossgeo.training.record import Snapshot, TrainingRecord
from lossgeo.training.setting import NetworkSetting, Setting
from lossgeo.training.supervisor import Supervisor, Unwatched

NETWORK = Mlp(hidden=(6,))
STREAMS = partial(stream, 0)
ALONE = Point().objective
NOBODY = Unwatched()
STILL = Sgd(lr=1e-30, momentum=0.0)
"""An optimizer that moves nothing."""


def trained(
    options: Training,
    network: Mlp = NETWORK,
    *,
    streams: Callable[[str], Generator] = STREAMS,
    setting: Setting | None = None,
    supervisor: Supervisor = NOBODY,
) -> TrainingRecord:
    """A network on its own, trained on forty examples."""
    start = Start(Fitted(toy_weights(network, 1)))
    return train(ALONE, start, setting or toy_setting(network), options, streams, supervisor)


def reference(optimizer: Callable[..., torch.optim.Optimizer], epochs: int, batch_size: int) -> Tensor:
    """The weights after a loop over modules of torch, with batches in the same order."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(9, 6), nn.ReLU(), nn.Linear(6, CLASSES))
    nn.utils.vector_to_parameters(toy_weights(NETWORK, 1)[0], model.parameters())
    examples, order = toy_examples(), STREAMS("order")
    steps = optimizer(model.parameters())
    for _ in range(epochs):
        for index in torch.randperm(len(examples), generator=order).split(batch_size):
            steps.zero_grad()
            loss = cross_entropy(model(examples.inputs[index] / 255), examples.targets[index])
            loss.backward()
            steps.step()
    return nn.utils.parameters_to_vector(model.parameters()).detach()


class Scripted(Analytic):
    """A validation that says what it was told to, one loss a call."""

    def __init__(self, losses: Sequence[float]) -> None:
        super().__init__(0, lambda weights: weights.sum(1))
        self.losses = iter(losses)

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The next loss for every point."""
        progress(1.0, "scripted")
        return Evaluation(np.full(len(points), next(self.losses)), np.zeros(len(points)))


def scripted(losses: Sequence[float]) -> Setting:
    return NetworkSetting(NETWORK, NETWORK.layout(INPUTS, CLASSES), toy_examples(), Scripted(losses))


def same(left: Snapshot, right: Snapshot) -> bool:
    return left.basis.tobytes() == right.basis.tobytes()


@pytest.mark.parametrize("batch_size", [40, 16])
def test_a_network_is_trained_as_modules_of_torch_are_with_adamw(batch_size: int) -> None:
    found = trained(Training(optimizer=AdamW(lr=1e-2, weight_decay=0.1), epochs=3, batch_size=batch_size))

    expected = reference(partial(torch.optim.AdamW, lr=1e-2, weight_decay=0.1), 3, batch_size)
    torch.testing.assert_close(found.last.fitted.basis[0], expected, rtol=1e-4, atol=1e-6)


def test_a_network_is_trained_as_modules_of_torch_are_with_nesterov_momentum() -> None:
    found = trained(Training(optimizer=Sgd(lr=0.1, nesterov=True), epochs=3, batch_size=16))

    expected = reference(partial(torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True), 3, 16)
    torch.testing.assert_close(found.last.fitted.basis[0], expected, rtol=1e-4, atol=1e-6)


def test_half_the_penalty_of_the_squared_norm_is_the_weight_decay_of_plain_descent() -> None:
    found = trained(Training(optimizer=Sgd(lr=0.1, momentum=0.0), epochs=3, batch_size=16, l2=0.3))

    expected = reference(partial(torch.optim.SGD, lr=0.1, weight_decay=0.3), 3, 16)
    torch.testing.assert_close(found.last.fitted.basis[0], expected, rtol=1e-4, atol=1e-6)


def test_the_recorded_penalty_is_half_lambda_times_the_squared_norm() -> None:
    found = trained(Training(optimizer=STILL, epochs=1, l2=0.3))

    norm = float(toy_weights(NETWORK, 1).norm())
    assert found.history.penalty.tolist() == pytest.approx([0.15 * norm**2], rel=1e-6)


def test_the_recorded_loss_is_without_the_penalty() -> None:
    with_penalty, without = (trained(Training(optimizer=STILL, epochs=1, l2=l2)) for l2 in (0.3, 0.0))

    np.testing.assert_array_equal(with_penalty.history.train_loss, without.history.train_loss)


@pytest.mark.parametrize("batch_size", [40, 16, 7])
def test_the_recorded_loss_is_the_mean_over_examples_however_they_are_batched(batch_size: int) -> None:
    found = trained(Training(optimizer=STILL, epochs=1, batch_size=batch_size)).history

    inputs, targets = toy_examples().batch(slice(None))
    logits = NETWORK.forward(NETWORK.layout(INPUTS, CLASSES).split(toy_weights(NETWORK, 1)[0]), inputs, EVALUATION)
    assert found.train_loss[0] == pytest.approx(float(cross_entropy(logits, targets)), rel=1e-6)
    assert found.train_accuracy[0] == pytest.approx(float((logits.argmax(1) == targets).float().mean()))


def test_the_cosine_schedule_falls_over_all_steps_of_the_training() -> None:
    class Following(torch.optim.SGD):
        """Descent with torch's own schedule, one notch a step."""

        def __init__(self, parameters: object) -> None:
            super().__init__(parameters, lr=0.1)  # type: ignore[arg-type]  # handed on
            self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self, T_max=4 * 3)
            self.register_step_post_hook(lambda *_: self.schedule.step())

    found = trained(Training(optimizer=Sgd(lr=0.1, momentum=0.0), schedule="cosine", epochs=4, batch_size=16))

    torch.testing.assert_close(found.last.fitted.basis[0], reference(Following, 4, 16), rtol=1e-4, atol=1e-6)


def test_training_twice_gives_the_same_bits() -> None:
    options = Training(epochs=3, batch_size=16)

    first, second = (trained(options, Mlp(hidden=(6,), dropout=0.5)) for _ in range(2))

    assert same(first.last, second.last)
    assert first.history.train_loss.tobytes() == second.history.train_loss.tobytes()


def test_training_does_not_change_what_it_starts_from() -> None:
    fitted = Fitted(toy_weights(NETWORK, 1))

    train(ALONE, Start(fitted), toy_setting(NETWORK), Training(epochs=1), STREAMS, NOBODY)

    assert torch.equal(fitted.basis, toy_weights(NETWORK, 1))


def test_the_training_loss_falls() -> None:
    found = trained(Training(optimizer=AdamW(lr=1e-2), epochs=30, batch_size=8)).history

    assert found.train_loss[-1] < 0.7 * found.train_loss[0]


def test_the_best_epoch_is_that_of_the_lowest_validation_loss() -> None:
    found = trained(Training(epochs=5), setting=scripted([3.0, 1.0, 2.0, 0.5, 0.6]))

    assert found.history.best_epoch == 3


def test_the_best_weights_are_those_after_the_best_epoch() -> None:
    found = trained(Training(epochs=5, batch_size=16), setting=scripted([3.0, 1.0, 2.0, 2.0, 2.0]))

    assert same(found.best, trained(Training(epochs=2, batch_size=16)).last)


def test_the_last_weights_are_those_after_the_last_epoch() -> None:
    found = trained(Training(epochs=5, batch_size=16), setting=scripted([3.0, 1.0, 2.0, 2.0, 2.0]))

    assert same(found.last, trained(Training(epochs=5, batch_size=16)).last)
    assert not same(found.last, found.best)


def test_of_epochs_with_equal_validation_losses_the_first_is_the_best() -> None:
    assert trained(Training(epochs=3), setting=scripted([1.0, 1.0, 1.0])).history.best_epoch == 0


@pytest.mark.parametrize(
    ("patience", "losses", "expected"),
    [
        (1, [3.0, 2.0, 2.5, 1.0, 1.0], 3),
        (2, [3.0, 2.0, 2.5, 1.0, 1.5], 5),
        (2, [3.0, 3.0, 3.0, 1.0, 1.0], 3),
        (None, [1.0, 2.0, 3.0, 4.0, 5.0], 5),
    ],
)
def test_training_stops_after_the_patience_without_a_lower_validation_loss(
    patience: int | None, losses: list[float], expected: int
) -> None:
    found = trained(Training(epochs=5, early_stopping=patience), setting=scripted(losses))

    assert len(found.history.validation_loss) == expected


def test_the_recorded_validation_is_that_of_the_weights_after_the_epoch_without_dropout() -> None:
    network = Mlp(hidden=(6,), dropout=0.8)

    found = trained(Training(epochs=1, batch_size=16), network)

    landscape = NetworkLandscape(Mlp(hidden=(6,)), network.layout(INPUTS, CLASSES), toy_examples(24, seed=1))
    assert found.history.validation_loss[0] == landscape.evaluate(Points.of(found.last.fitted.basis)).loss[0]


def test_dropout_is_at_work_in_training() -> None:
    with_dropout, without = (
        trained(Training(optimizer=STILL, epochs=1), Mlp(hidden=(6,), dropout=share)).history for share in (0.8, 0.0)
    )

    assert with_dropout.train_loss[0] != pytest.approx(without.train_loss[0], rel=1e-3)
    np.testing.assert_array_equal(with_dropout.validation_loss, without.validation_loss)


def replaced(name: str) -> Callable[[str], Generator]:
    """The streams of the seed, but one, which is that of another seed."""
    return lambda asked: stream(1 if asked == name else 0, asked)


@pytest.mark.parametrize(("name", "matters"), [("order", True), ("dropout", False), ("position", False)])
def test_a_training_without_dropout_or_subspace_depends_on_the_stream_of_the_order_alone(
    name: str, *, matters: bool
) -> None:
    options = Training(epochs=2, batch_size=16)

    assert same(trained(options, streams=replaced(name)).last, trained(options).last) is not matters


def test_a_training_with_dropout_depends_on_the_stream_of_the_dropout() -> None:
    network, options = Mlp(hidden=(6,), dropout=0.5), Training(epochs=2, batch_size=16)

    assert not same(trained(options, network, streams=replaced("dropout")).last, trained(options, network).last)


def test_every_epoch_meets_every_example_once_in_a_new_order(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[list[float]] = []

    def noting(self: Mlp, parameters: Mapping[str, Tensor], inputs: Tensor, mode: Mode) -> Tensor:
        if mode.masks is not None:
            met.append(inputs.flatten(1).sum(1).tolist())
        return self.rest(parameters, self.first(parameters, inputs), mode)

    monkeypatch.setattr(Mlp, "forward", noting)
    trained(Training(epochs=2, batch_size=16))

    first, second = (list(chain(*met[i : i + 3])) for i in (0, 3))
    assert Counter(first) == Counter(second) == Counter(toy_examples().batch(slice(None))[0].flatten(1).sum(1).tolist())
    assert first != second


def test_a_training_that_diverges_names_the_epoch_the_step_and_the_learning_rate() -> None:
    expected = r"epoch 1, step 2: the loss is no longer finite; lower `training\.optimizer\.lr` \(now 1e\+30\)$"

    with pytest.raises(Diverged, match=expected):
        trained(Training(optimizer=Sgd(lr=1e30), epochs=2, batch_size=16))


def test_what_is_kept_on_the_way_has_not_diverged() -> None:
    """The losses of a few steps are looked at together, but before any of these steps is given away."""
    options = Training(optimizer=Sgd(lr=1e30), epochs=2, batch_size=4)
    run = TrainingRun(ALONE, Start(Fitted(toy_weights(NETWORK, 1))), toy_setting(NETWORK), options, STREAMS)
    kept: list[int] = []

    with pytest.raises(Diverged, match=r"epoch 1, step 2: the loss is no longer finite"):
        kept.extend(run.run(Unwatched(), [1, 4]))

    assert kept == [1]


def test_progress_names_the_epoch_and_the_loss() -> None:
    told: list[tuple[float, str]] = []

    class Listener(Unwatched):
        def progress(self, fraction: float, text: str) -> None:
            """Write it down."""
            told.append((fraction, text))

    trained(Training(epochs=2, batch_size=40, optimizer=STILL), supervisor=Listener())

    assert [share for share, _ in told] == [0, 0.5]
    assert told[1][1].startswith("epoch 2/2 · loss 1.")


@pytest.mark.parametrize(
    "options", [{"batch_size": 0}, {"epochs": 0}, {"l2": -1.0}, {"early_stopping": 0}, {"select": "first"}]
)
def test_options_of_a_training_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="1 validation error for Training"):
        Training.model_validate(options)


def test_a_validation_loss_that_is_never_finite_is_not_called_a_success() -> None:
    with pytest.raises(
        Diverged, match=r"epoch 1: the validation loss is no longer finite; lower `training.optimizer.lr`"
    ):
        trained(Training(epochs=2), setting=scripted([float("inf"), float("inf")]))
