"""What BatchNorm layers normalise with, in training and wherever weights are evaluated."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from lossgeo.architectures.resnet20 import ResNet20
from lossgeo.families.point import Point
from lossgeo.landscape import passes
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.mode import EVALUATION, Mode, batch_norm
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.normalization import CALIBRATION_BATCH, BatchNorm, Normalization, Running
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Layout, Points
from lossgeo.training.loop import Start, train
from lossgeo.training.optimizer import Sgd
from lossgeo.training.options import Training
from lossgeo.training.record import TrainingRecord
from lossgeo.training.setting import NetworkSetting
from lossgeo.training.supervisor import Unwatched

INPUTS, CLASSES = (3, 8, 8), 3
NETWORK = ResNet20(width=4)
LAYOUT, STATISTICS_LAYOUT = NETWORK.layout(INPUTS, CLASSES), NETWORK.statistics(INPUTS)
ALONE = Point().objective
POLICIES: tuple[BatchNorm, ...] = ("recalibrate", "checkpoint", "batch")


def pictures(count: int, seed: int = 0) -> Examples:
    inputs = torch.randint(0, 256, (count, *INPUTS), generator=stream(seed, "pictures"), dtype=torch.uint8)
    return Examples(inputs, inputs.flatten(1).long().sum(1) % CLASSES)


TRAINING, VALIDATION = pictures(64), pictures(32, seed=1)


def landscape(policy: BatchNorm) -> NetworkLandscape:
    return NetworkLandscape(NETWORK, LAYOUT, VALIDATION, Normalization(STATISTICS_LAYOUT, policy, TRAINING))


@pytest.fixture(scope="module")
def trained() -> list[TrainingRecord]:
    """Two networks of three epochs."""
    setting = NetworkSetting(NETWORK, LAYOUT, TRAINING, landscape("recalibrate"), STATISTICS_LAYOUT)
    options = Training(optimizer=Sgd(lr=0.05), batch_size=16, epochs=3)
    return [
        train(ALONE, Start(Fitted(start(seed))), setting, options, lambda name, s=seed: stream(s, name), Unwatched())  # type: ignore[misc]
        for seed in (0, 1)
    ]


def start(seed: int) -> Tensor:
    return NETWORK.initialise(LAYOUT, stream(seed, "init"))[None]


def points(trained: list[TrainingRecord]) -> Points:
    return Points.of(torch.cat([one.last.fitted.basis for one in trained]), torch.cat([kept(one) for one in trained]))


def kept(trained: TrainingRecord) -> Tensor:
    """The running averages of the training, `[1 S]`."""
    return torch.from_numpy(trained.last.statistics)


# One layer


def test_a_layer_is_that_of_torch_in_training_and_in_evaluation() -> None:
    inputs = torch.randn(9, 5, 4, 4, generator=stream(0, "inputs"))
    layer = nn.BatchNorm2d(5)
    nn.init.uniform_(layer.weight, 0.5, 2, generator=stream(0, "weight"))
    nn.init.uniform_(layer.bias, -1, 1, generator=stream(0, "bias"))
    parameters = {"bn.weight": layer.weight.detach(), "bn.bias": layer.bias.detach()}
    seen: dict[str, Tensor] = {}

    in_training = batch_norm(inputs, "bn", parameters, Mode(seen=seen))
    torch.testing.assert_close(in_training, layer(inputs).detach())
    running = Running(Layout((("bn.mean", (5,)), ("bn.variance", (5,)))))
    running.update(seen)

    assert layer.running_mean is not None
    assert layer.running_var is not None
    torch.testing.assert_close(running.vector, torch.cat([layer.running_mean, layer.running_var]))
    kept = running.layout.split(running.vector)
    in_evaluation = batch_norm(inputs, "bn", parameters, Mode(statistics=kept))
    torch.testing.assert_close(in_evaluation, layer.eval()(inputs).detach())


# Statistics estimated anew


class Normalised(nn.Module):
    """A network of torch with one BatchNorm layer, and the same as a pure function."""

    def __init__(self) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(3, momentum=None)

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalised channels."""
        normalised: Tensor = self.bn(inputs)
        return normalised


def test_recalibrated_statistics_are_those_of_torch_for_averaged_networks() -> None:
    examples = pictures(3 * CALIBRATION_BATCH)
    module = Normalised()
    update_bn([examples.batch(slice(i, i + CALIBRATION_BATCH))[0] for i in range(0, 600, CALIBRATION_BATCH)], module)
    normalization = Normalization(Layout((("bn.mean", (3,)), ("bn.variance", (3,)))), "recalibrate", examples)

    found = normalization.recalibrated(
        lambda parameters, inputs, mode: batch_norm(inputs, "bn", parameters, mode),
        {"bn.weight": torch.ones(3), "bn.bias": torch.zeros(3)},
    )

    assert module.bn.running_mean is not None
    assert module.bn.running_var is not None
    torch.testing.assert_close(found, torch.cat([module.bn.running_mean, module.bn.running_var]))


def test_statistics_are_estimated_without_augmentation() -> None:
    from dataclasses import replace

    plain = Normalization(STATISTICS_LAYOUT, "recalibrate", TRAINING)
    augmented = Normalization(STATISTICS_LAYOUT, "recalibrate", replace(TRAINING, augmentation="crop_flip"))
    parameters = LAYOUT.split(start(0)[0])

    first, second = (one.recalibrated(NETWORK.forward, parameters) for one in (plain, augmented))

    assert torch.equal(first, second)


def test_estimating_statistics_changes_neither_the_weights_nor_what_was_kept(trained: list[TrainingRecord]) -> None:
    both = points(trained)
    weights, kept = both.basis.clone(), both.statistics.clone()  # type: ignore[union-attr]

    landscape("recalibrate").evaluate(both)

    assert torch.equal(both.basis, weights)
    assert torch.equal(both.statistics, kept)  # type: ignore[arg-type]


# Between checkpoints


@pytest.mark.parametrize("policy", POLICIES)
def test_the_ends_of_a_line_are_the_checkpoints(trained: list[TrainingRecord], policy: BatchNorm) -> None:
    both = points(trained)
    line = both.combined(torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]))

    found = landscape(policy).evaluate(line).loss[[0, 2]]

    alone = [float(landscape(policy).evaluate(both.rows(slice(i, i + 1))).loss[0]) for i in range(2)]
    np.testing.assert_array_equal(found, alone)


def test_with_kept_statistics_an_end_is_the_network_that_torch_would_evaluate(trained: list[TrainingRecord]) -> None:
    both = points(trained)
    statistics = STATISTICS_LAYOUT.split(kept(trained[1])[0])
    inputs, targets = VALIDATION.batch(slice(None))

    found = landscape("checkpoint").evaluate(both).loss[1]

    outputs = NETWORK.forward(LAYOUT.split(trained[1].last.fitted.basis[0]), inputs, Mode(statistics=statistics))
    expected = nn.functional.cross_entropy(outputs.double(), targets)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_average_of_two_identical_networks_equals_them(trained: list[TrainingRecord], policy: BatchNorm) -> None:
    one = points(trained[:1])
    twins = one.beside(one).combined(torch.tensor([[0.5, 0.5]]))

    np.testing.assert_allclose(
        landscape(policy).evaluate(twins).loss, landscape(policy).evaluate(one).loss, rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_points_that_do_not_fit_into_memory_together_keep_their_statistics(
    trained: list[TrainingRecord], policy: BatchNorm, monkeypatch: pytest.MonkeyPatch
) -> None:
    along = torch.linspace(0, 1, 5)[:, None]
    line = points(trained).combined(torch.cat([1 - along, along], 1))
    alone = [float(landscape(policy).evaluate(line.rows(slice(i, i + 1))).loss[0]) for i in range(5)]

    monkeypatch.setattr(passes, "WEIGHTS_AT_ONCE", 2 * LAYOUT.dimension)
    found = landscape(policy).evaluate(line).loss

    np.testing.assert_allclose(found, alone, rtol=1e-6)


def test_the_policies_differ_between_checkpoints(trained: list[TrainingRecord]) -> None:
    middle = points(trained).combined(torch.tensor([[0.5, 0.5]]))

    losses = {policy: float(landscape(policy).evaluate(middle).loss[0]) for policy in POLICIES}

    assert len(set(losses.values())) == 3


def test_kept_statistics_of_the_middle_are_the_mean_of_those_of_the_ends(trained: list[TrainingRecord]) -> None:
    middle = points(trained).combined(torch.tensor([[0.5, 0.5]]))

    mean = (kept(trained[0]) + kept(trained[1])) / 2
    torch.testing.assert_close(middle.statistics, mean)


def test_weights_without_kept_statistics_say_what_to_do(trained: list[TrainingRecord]) -> None:
    bare = Points.of(trained[0].last.fitted.basis)

    with pytest.raises(ValueError, match="come without statistics of BatchNorm layers; use `batch_norm: recalibrate`"):
        landscape("checkpoint").evaluate(bare)


def test_a_calibration_without_examples_says_so() -> None:
    bare = NetworkLandscape(NETWORK, LAYOUT, VALIDATION, Normalization(STATISTICS_LAYOUT))

    with pytest.raises(ValueError, match="estimated from training examples, got none"):
        bare.evaluate(Points.of(start(0)))


# In training


def test_a_training_normalises_with_its_batches_and_keeps_running_averages(trained: list[TrainingRecord]) -> None:
    fresh = Running(STATISTICS_LAYOUT).vector

    assert kept(trained[0]).shape == (1, STATISTICS_LAYOUT.dimension)
    assert not torch.equal(kept(trained[0])[0], fresh)


def test_the_validation_of_a_training_is_recalibrated(trained: list[TrainingRecord]) -> None:
    found = landscape("recalibrate").evaluate(points(trained[:1])).loss[0]

    assert found == trained[0].history.validation_loss[-1]


def test_the_smooth_loss_holds_the_statistics_of_its_point(trained: list[TrainingRecord]) -> None:
    one = points(trained[:1])
    normalization = Normalization(STATISTICS_LAYOUT, "recalibrate", TRAINING)
    theta = one.basis[0]
    statistics = STATISTICS_LAYOUT.split(normalization.recalibrated(NETWORK.forward, LAYOUT.split(theta)))
    moved = theta + 0.1 * torch.randn(theta.shape, generator=stream(0, "move"))
    inputs, targets = VALIDATION.batch(slice(0, 10))

    found = landscape("recalibrate").smooth_at(one)(moved, slice(0, 10))

    outputs = NETWORK.forward(LAYOUT.split(moved), inputs, Mode(statistics=statistics))
    torch.testing.assert_close(found, nn.functional.cross_entropy(outputs, targets))
    assert EVALUATION.statistics is None
