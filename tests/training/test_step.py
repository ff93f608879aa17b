"""One step of a training: a pure function whose gradients are those of autograd from end to end through θ = Φ B."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import get_type_hints

import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, toy_examples, toy_setting, toy_weights
from torch import Generator, Tensor
from torch.nn.functional import cosine_similarity, cross_entropy

from lossgeo.architectures.mlp import Mlp
from lossgeo.families.base import TrainedFamily
from lossgeo.families.bezier import Bezier
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.point import Alone
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Parameters
from lossgeo.training.loop import Start, TrainingRun
from lossgeo.training.moving import Moving
from lossgeo.training.optimizer import AdamW
from lossgeo.training.options import Training
from lossgeo.training.setting import Batch, NetworkSetting
from lossgeo.training.step import Slope, StepDraws, slope
from lossgeo.training.supervisor import Unwatched

NETWORK = Mlp(hidden=(6,), dropout=0.4)
LAYOUT = NETWORK.layout(INPUTS, CLASSES)
FAMILIES = pytest.mark.parametrize(
    ("family", "beta"),
    [
        (Simplex(vertices=3, diversity=0.7), 0.7),
        (MlpCurve(hidden=(4, 5), diversity=1.5), 1.5),
        (Bezier(degree=3), 0.0),
    ],
    ids=["simplex", "neural curve", "bezier"],
)


def exact(family: TrainedFamily) -> Fitted:
    """The start of a family through initialisations, in float64."""
    fitted = family.initial(toy_weights(NETWORK, family.anchors).double(), stream(0, "features"))
    return Fitted(fitted.basis, {name: value.double() for name, value in fitted.own.items()})


def drawn(family: TrainedFamily) -> StepDraws:
    inputs, targets = toy_examples().batch(slice(16))
    places, masks = family.objective.draw(stream(0, "position")), NETWORK.masks(16, stream(0, "dropout"))
    return StepDraws(Batch(inputs.double(), targets, masks), places)


def found(family: TrainedFamily, moving: Moving, draws: StepDraws, l2: float = 0.0) -> Slope:
    return slope(moving, draws, family.objective, toy_setting(NETWORK), l2)


@dataclass(frozen=True)
class EndToEnd:
    """What autograd finds in one graph: Φ; the gradient of the loss by θ; those by free rows of B, parameters of Φ."""

    features: Tensor
    theta: Tensor
    rows: Tensor
    own: dict[str, Tensor]
    loss: float
    penalty: float


def end_to_end(family: TrainedFamily, draws: StepDraws, beta: float, l2: float) -> EndToEnd:
    held, start = family.objective.held, exact(family)
    rows = [row.clone().requires_grad_(i not in held) for i, row in enumerate(start.basis)]
    own = {name: value.clone().requires_grad_() for name, value in start.own.items()}
    features = family.features(draws.places.joined, own)
    points = features @ torch.stack(rows)
    penalty = l2 / 2 * points[0] @ points[0]
    if beta:
        penalty = penalty + beta * cosine_similarity(points[1], points[2], dim=0) ** 2
    logits = NETWORK.forward(LAYOUT.split(points[0]), draws.batch.inputs, Mode(masks=draws.batch.masks))
    loss = cross_entropy(logits, draws.batch.targets)
    (theta,) = torch.autograd.grad(loss, points, retain_graph=True)
    (loss + penalty).backward()
    free = torch.stack([row.grad for row in rows if row.grad is not None])
    return EndToEnd(
        features.detach(),
        theta[0],
        free,
        {name: value.grad for name, value in own.items() if value.grad is not None},
        loss.item(),
        penalty.item(),
    )


@FAMILIES
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_the_slope_of_a_step_is_that_of_autograd_from_end_to_end(family: TrainedFamily, beta: float, l2: float) -> None:
    moving, draws = Moving(exact(family), family.objective.held), drawn(family)

    step = found(family, moving, draws, l2)

    close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-12)
    expected = end_to_end(family, draws, beta, l2)
    towards = torch.cat([step.theta[None], step.pulls @ moving.rearranged])
    own = step.by_own(moving.rearranged @ step.theta, moving.own) if moving.own else {}
    close(step.coefficients.detach(), moving.arranged(expected.features))
    close(step.theta, expected.theta)
    close(step.factors[:, : len(moving.rows)].T @ towards, expected.rows)
    assert own.keys() == expected.own.keys()
    for name, value in own.items():
        close(value, expected.own[name])
    assert (step.loss, step.penalty) == pytest.approx((expected.loss, expected.penalty), rel=1e-12)


@FAMILIES
def test_a_slope_depends_on_its_arguments_alone(family: TrainedFamily, beta: float) -> None:
    del beta
    moving, draws = Moving(exact(family), family.objective.held), drawn(family)

    first, second = (found(family, moving, draws, 0.3) for _ in range(2))

    for name in ("coefficients", "theta", "among", "products"):
        assert torch.equal(getattr(first, name), getattr(second, name))
    assert (first.loss, first.penalty, first.correct) == (second.loss, second.penalty, second.correct)


@FAMILIES
def test_a_slope_changes_nothing(family: TrainedFamily, beta: float) -> None:
    del beta
    moving, draws = Moving(exact(family), family.objective.held), drawn(family)
    before = torch.get_rng_state()

    found(family, moving, draws, 0.3)

    start, fresh = exact(family), drawn(family)
    assert torch.equal(moving.basis, start.basis)
    assert all(torch.equal(value, start.own[name]) for name, value in moving.own.items())
    assert all(value.grad is None for value in moving.parameters)
    assert torch.equal(draws.batch.inputs, fresh.batch.inputs)
    assert torch.equal(draws.batch.targets, fresh.batch.targets)
    assert torch.equal(draws.places.joined, fresh.places.joined)
    assert all(torch.equal(mask, fresh.batch.masks[name]) for name, mask in draws.batch.masks.items())
    assert torch.equal(torch.get_rng_state(), before)


def test_no_argument_of_a_slope_is_a_source_of_randomness() -> None:
    arguments = {
        *get_type_hints(slope).values(),
        *(hint for kind in (StepDraws, Batch, NetworkSetting) for hint in kinds(kind)),
    }

    assert Generator not in arguments


def kinds(record: type) -> list[object]:
    """The types of the fields of a record."""
    hints = get_type_hints(record)
    return [hints[field.name] for field in fields(record)]


class Kept(Alone):
    """A network whose first weight is kept at 1."""

    def constrain(self, rows: Tensor, own: Parameters) -> None:
        """Set it."""
        del own
        rows[:, 0] = 1.0


class Level(Alone):
    """A network in the hyperplane of weights whose mean is 1/2."""

    def constrain(self, rows: Tensor, own: Parameters) -> None:
        """The nearest point of it."""
        del own
        rows += 0.5 - rows.mean(1, keepdim=True)


DECAYING = Training(optimizer=AdamW(lr=0.05, weight_decay=2.0), epochs=2, batch_size=16)


def stepping(objective: Alone) -> TrainingRun:
    start = toy_weights(NETWORK, 1)
    objective.constrain(start, {})
    return TrainingRun(objective, Start(Fitted(start)), toy_setting(NETWORK), DECAYING, partial(stream, 0))


def test_a_coordinate_that_is_constrained_has_its_value_after_every_step() -> None:
    run = stepping(Kept())

    kept = [run.moving.rows[0, 0].item() for _ in run.run(Unwatched(), range(1, 7))]

    assert kept == [1.0] * 6
    assert run.trained().last.basis[0, 0] == 1


def test_a_hyperplane_that_weights_are_constrained_to_is_not_left_by_adam_and_decay() -> None:
    run = stepping(Level())

    means = [run.moving.rows.mean().item() for _ in run.run(Unwatched(), range(1, 7))]

    assert means == pytest.approx([0.5] * 6, abs=1e-6)


@pytest.mark.parametrize(
    ("objective", "measured", "value"),
    [(Kept(), lambda row: row[0], 1.0), (Level(), torch.mean, 0.5)],
    ids=["coordinate", "hyperplane"],
)
def test_without_its_constraint_a_training_leaves_where_it_started(
    objective: Alone, measured: Callable[[Tensor], Tensor], value: float
) -> None:
    run = stepping(objective)
    run.objective = Alone()

    left = [abs(measured(run.moving.rows.detach()[0]).item() - value) for _ in run.run(Unwatched(), range(1, 7))]

    assert min(left) > 0.01
