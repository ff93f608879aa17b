"""The laws of architectures."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgeo.architectures.base import Architecture
from lossgeo.contracts.chosen import chosen, covering, of_every
from lossgeo.contracts.toys import CLASSES, normal, toy_examples
from lossgeo.landscape.forward import SharedFirstLayer
from lossgeo.landscape.mode import EVALUATION, Mode
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.normalization import BatchNorm, Normalization
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Layout, Points

SHAPES = ((3, 8, 8), (1, 16, 16), (1, 28, 28), (3, 32, 32), (9,), (16, 4))
"""Shapes of examples; an architecture takes the first of which it has a network."""

POLICIES: tuple[BatchNorm, ...] = get_args(BatchNorm)


def inputs_of(architecture: Architecture) -> tuple[int, ...]:
    """The first of the shapes that the architecture has a network for."""
    for shape in SHAPES:
        with suppress(ValueError):
            architecture.layout(shape, CLASSES)
            return shape
    pytest.fail(f"{architecture.kind}: expected a network for examples of one of the shapes {SHAPES}, got none")


def network(variant: type[Architecture]) -> tuple[Architecture, Layout, Tensor, Tensor]:
    """A small network with its layout, an initialisation and a batch of inputs."""
    architecture = variant.example().smoke()
    inputs = inputs_of(architecture)
    layout = architecture.layout(inputs, CLASSES)
    return architecture, layout, architecture.initialise(layout, stream(0, "init")), normal(9, *inputs)


def evaluating(architecture: Architecture) -> Mode:
    """A mode whose BatchNorm statistics, if the network has any, are those of inputs of another batch."""
    inputs = inputs_of(architecture)
    layout = architecture.layout(inputs, CLASSES)
    seen: dict[str, Tensor] = {}
    theta = architecture.initialise(layout, stream(0, "init"))
    architecture.forward(layout.split(theta), normal(50, *inputs, seed=1), Mode(seen=seen))
    return Mode(statistics=seen)


@of_every(Architecture)
def test_there_is_a_logit_for_every_class(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = network(variant)

    assert architecture.forward(layout.split(theta), inputs, EVALUATION).shape == (9, CLASSES)


@of_every(Architecture)
def test_the_statistics_that_a_pass_sees_are_those_that_are_declared(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = network(variant)
    seen: dict[str, Tensor] = {}

    architecture.forward(layout.split(theta), inputs, Mode(seen=seen))

    declared = architecture.statistics(tuple(inputs.shape[1:]))
    assert tuple((name, tuple(value.shape)) for name, value in seen.items()) == declared.shapes


def dropping(variant: type[Architecture]) -> tuple[Architecture, Layout, Tensor, Tensor]:
    """A small network that drops half of its hidden units, if it can drop any, as `network` gives it."""
    architecture, layout, theta, inputs = network(variant)
    share = {"dropout": 0.5} if "dropout" in variant.model_fields else {}
    return architecture.model_copy(update=share), layout, theta, inputs


@of_every(Architecture)
def test_a_pass_without_dropout_is_deterministic(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = dropping(variant)

    first, second = (architecture.forward(layout.split(theta), inputs, EVALUATION) for _ in range(2))

    assert torch.equal(first, second)


@of_every(Architecture)
def test_the_same_masks_give_the_same_outputs(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = dropping(variant)
    masks = architecture.masks(9, stream(0, "dropout"))

    first, second = (architecture.forward(layout.split(theta), inputs, Mode(masks=masks)) for _ in range(2))

    assert torch.equal(first, second)


@of_every(Architecture)
def test_the_same_stream_gives_the_same_masks(variant: type[Architecture]) -> None:
    architecture, *_ = dropping(variant)

    first, second = (architecture.masks(9, stream(0, "dropout")) for _ in range(2))

    assert list(first) == list(second)
    assert all(torch.equal(mask, second[name]) for name, mask in first.items())


@of_every(Architecture)
def test_every_mask_has_a_row_for_every_example(variant: type[Architecture]) -> None:
    architecture, *_ = dropping(variant)

    for count in (1, 9):
        assert {len(mask) for mask in architecture.masks(count, stream(0, "dropout")).values()} <= {count}


@of_every(Architecture)
def test_every_mask_matters_to_the_outputs(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = dropping(variant)
    masks = architecture.masks(9, stream(0, "dropout"))
    outputs = architecture.forward(layout.split(theta), inputs, Mode(masks=masks))

    for name, mask in masks.items():
        others = Mode(masks={**masks, name: 1 - mask})
        assert not torch.equal(architecture.forward(layout.split(theta), inputs, others), outputs)


@of_every(Architecture)
def test_a_pass_draws_nothing_at_random(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = dropping(variant)
    masks, before = architecture.masks(9, stream(0, "dropout")), torch.get_rng_state()

    architecture.forward(layout.split(theta), inputs, Mode(masks=masks))

    assert torch.equal(torch.get_rng_state(), before)


@of_every(Architecture)
def test_no_generator_reaches_a_forward_pass(variant: type[Architecture]) -> None:
    passes = [getattr(variant, name) for name in ("forward", "first", "rest") if hasattr(variant, name)]

    names = {"Tensor": torch.Tensor, "Generator": torch.Generator, "Mapping": Mapping}  # of type checkers only
    given = [str(kind) for takes in (*passes, Mode) for kind in get_type_hints(takes, localns=names).values()]

    assert not any("Generator" in kind for kind in given)


@of_every(Architecture)
def test_a_pass_changes_none_of_its_arguments(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = dropping(variant)
    masks = architecture.masks(9, stream(0, "dropout"))
    before = theta.clone(), inputs.clone(), {name: mask.clone() for name, mask in masks.items()}

    architecture.forward(layout.split(theta), inputs, Mode(masks=masks))

    assert torch.equal(theta, before[0])
    assert torch.equal(inputs, before[1])
    assert all(torch.equal(mask, before[2][name]) for name, mask in masks.items())


@of_every(Architecture)
def test_rows_of_a_batch_do_not_interact(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = dropping(variant)
    mode = evaluating(architecture)
    masks = architecture.masks(9, stream(0, "dropout"))

    def at(rows: slice) -> Tensor:
        own = replace(mode, masks={name: mask[rows] for name, mask in masks.items()})
        return architecture.forward(layout.split(theta), inputs[rows], own)

    alone = torch.cat([at(slice(i, i + 1)) for i in range(9)])
    torch.testing.assert_close(at(slice(None)), alone, rtol=1e-5, atol=1e-5)


@of_every(Architecture)
def test_every_weight_matters_to_the_logits(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = network(variant)
    theta.requires_grad_()

    logits = architecture.forward(layout.split(theta), inputs, EVALUATION)
    (gradient,) = torch.autograd.grad(logits.square().sum(), theta)

    assert all(bool(part.any()) for part in layout.split(gradient).values())


@of_every(Architecture)
def test_a_network_with_a_shared_first_layer_is_the_rest_after_the_first(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = network(variant)
    if not isinstance(architecture, SharedFirstLayer):
        pytest.skip("this architecture does not share its first layer")
    parameters = layout.split(theta)
    others = {name: value for name, value in parameters.items() if name not in architecture.first_parameters}

    found = architecture.rest(others, architecture.first(parameters, inputs), EVALUATION)

    assert torch.equal(found, architecture.forward(parameters, inputs, EVALUATION))


@of_every(Architecture)
def test_a_shared_first_layer_is_linear_in_its_parameters(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = network(variant)
    if not isinstance(architecture, SharedFirstLayer):
        pytest.skip("this architecture does not share its first layer")
    other = architecture.initialise(layout, stream(1, "init")) if isinstance(architecture, Architecture) else theta
    first = partial(architecture.first, inputs=inputs)

    found = first(layout.split(2 * theta - 0.5 * other))

    expected = 2 * first(layout.split(theta)) - 0.5 * first(layout.split(other))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@of_every(Architecture)
def test_shared_first_layers_can_be_joined_to_one(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = network(variant)
    if not isinstance(architecture, SharedFirstLayer):
        pytest.skip("this architecture does not share its first layer")
    one, other = layout.split(theta), layout.split(normal(len(theta)))

    joined = {name: torch.cat([one[name], other[name]]) for name in architecture.first_parameters}

    expected = torch.cat([architecture.first(one, inputs), architecture.first(other, inputs)], 1)
    torch.testing.assert_close(architecture.first(joined, inputs), expected, rtol=1e-5, atol=1e-5)


@of_every(Architecture)
def test_an_initialisation_has_a_finite_number_for_every_weight(variant: type[Architecture]) -> None:
    _, layout, theta, _ = network(variant)

    assert theta.shape == (layout.dimension,)
    assert bool(theta.isfinite().all())


@of_every(Architecture)
def test_an_initialisation_depends_on_its_stream_alone(variant: type[Architecture]) -> None:
    architecture, layout, theta, _ = network(variant)

    again, other = (architecture.initialise(layout, stream(seed, "init")) for seed in (0, 1))

    assert torch.equal(again, theta)
    assert not torch.equal(other, theta)


@pytest.mark.parametrize(("variant", "policy"), covering(list(chosen(Architecture).values()), POLICIES))
def test_a_landscape_is_the_same_in_every_order_whatever_batch_norm_normalises_with(
    variant: type[Architecture], policy: BatchNorm
) -> None:
    architecture, layout, theta, inputs = network(variant)
    shape = tuple(inputs.shape[1:])
    statistics, examples = architecture.statistics(shape), toy_examples(20, inputs=shape)
    normalization = Normalization(statistics, policy, examples)
    other = architecture.initialise(layout, stream(1, "init"))
    kept = torch.ones(2, statistics.dimension) if statistics.dimension else None
    points = Points.of(torch.stack([theta, other]), kept)
    landscape = NetworkLandscape(architecture, layout, examples, normalization)

    first, second, plain = (ask(points) for ask in (*[landscape.evaluate] * 2, landscape.evaluate_plainly))

    assert np.isfinite(first.loss).all()
    assert np.array_equal(first.loss, second.loss)
    np.testing.assert_allclose(first.loss, plain.loss, rtol=1e-4)
