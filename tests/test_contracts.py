"""The laws that every registered variant of every role keeps; a new variant is held to them by being registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, get_type_hints

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, normal, toy_examples
from torch import Tensor

from lossgeo.analyses.base import Analysis, Subject
from lossgeo.architectures.base import Architecture
from lossgeo.architectures.mlp import Mlp
from lossgeo.catalogue import ROLES
from lossgeo.datasets.base import Dataset
from lossgeo.documents.loader import read_text
from lossgeo.documents.writer import write
from lossgeo.engine import codec
from lossgeo.families.base import Family, TrainedFamily
from lossgeo.families.branches import Branches
from lossgeo.families.diverse import DiverseFamily
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex
from lossgeo.geometry.simplex import barycentric_coordinates
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.forward import SharedNetwork
from lossgeo.landscape.landscape import silent
from lossgeo.landscape.mode import EVALUATION, Mode
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import CLASSIFICATION
from lossgeo.landscape.weights import Layout, Points
from lossgeo.measures.record import Record
from lossgeo.training.optimizer import Optimizer
from lossgeo.variant import Variant

VARIANTS = [(role, kind) for role, base in ROLES.items() for kind in sorted(base.variants)]


def of_every_variant() -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "variant", [ROLES[role].variants[kind] for role, kind in VARIANTS], ids=[f"{r}-{k}" for r, k in VARIANTS]
    )


def of_every(role: type[Variant]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("variant", list(role.variants.values()), ids=list(role.variants))


# All variants


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_variant(role: str) -> None:
    assert ROLES[role].variants


@of_every_variant()
def test_every_option_has_a_default(variant: type[Variant]) -> None:
    assert variant.model_validate({}) == variant()


@of_every_variant()
def test_the_defaults_are_valid_when_they_are_written_out(variant: type[Variant]) -> None:
    assert variant.model_validate(variant().model_dump()) == variant()


@of_every_variant()
def test_every_option_is_described(variant: type[Variant]) -> None:
    undescribed = [name for name, field in variant.model_fields.items() if name != "kind" and not field.description]

    assert undescribed == []


@of_every_variant()
def test_every_variant_says_what_it_is_in_one_sentence(variant: type[Variant]) -> None:
    summary = (vars(variant)["__doc__"] or "").strip().split("\n\n")[0]

    assert summary.rstrip().endswith((".", ")", ":"))


@of_every_variant()
def test_a_smoke_run_of_every_variant_is_valid(variant: type[Variant]) -> None:
    small = variant().smoke()

    assert type(small) is variant
    assert variant.model_validate(small.model_dump()) == small


@of_every_variant()
def test_a_smoke_run_of_a_smoke_run_changes_nothing(variant: type[Variant]) -> None:
    small = variant().smoke()

    assert small.smoke() == small


@of_every_variant()
def test_a_written_variant_reads_back_as_itself(variant: type[Variant]) -> None:
    for value in (variant(), variant().smoke()):
        assert read_text(write(value), "variant.yaml", variant) == value


@of_every_variant()
def test_a_variant_cannot_be_changed(variant: type[Variant]) -> None:
    with pytest.raises(ValueError, match="frozen"):
        variant().__setattr__("kind", "another")


@of_every_variant()
def test_an_unknown_option_is_refused(variant: type[Variant]) -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        variant.model_validate({"no_such_option": 1})


# Families


def laid(family: Family, dimension: int = 31) -> Fitted:
    """The family through normal anchors."""
    return family.initial(normal(family.anchors, dimension), stream(0, "features"))


def domain_of(family: Family) -> Tensor:
    """Nine points of the domain."""
    return family.sample(9, stream(0, "samples"))


@of_every(Family)
def test_an_explanation_has_every_formula_on_one_line(variant: type[Family]) -> None:
    lines = variant.explanation.splitlines()

    assert lines
    assert [line for line in lines if line.replace("$$", "").count("$") % 2] == []


@of_every(Family)
def test_rows_of_features_do_not_interact(variant: type[Family]) -> None:
    family = variant()
    own, t = laid(family).own, domain_of(family)

    alone = torch.cat([family.features(t[i : i + 1], own) for i in range(len(t))])

    torch.testing.assert_close(family.features(t, own), alone, rtol=1e-13, atol=1e-14)


@of_every(Family)
def test_there_is_a_feature_for_every_row_of_the_basis(variant: type[Family]) -> None:
    family = variant()
    fitted = laid(family)

    assert family.features(domain_of(family), fitted.own).shape == (9, len(fitted.basis))
    assert family.rows == len(fitted.basis)


@of_every(Family)
def test_features_sum_to_one_everywhere_where_a_family_says_so_and_only_there(variant: type[Family]) -> None:
    family = variant()

    sums = family.features(domain_of(family), laid(family).own).sum(1)

    assert family.is_affine == bool(((sums - 1).abs() < 1e-12).all())


@of_every(Family)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_features_have_the_precision_of_their_argument(variant: type[Family], dtype: torch.dtype) -> None:
    family = variant()

    assert family.features(domain_of(family).to(dtype), laid(family).own).dtype == dtype


@of_every(Family)
def test_features_are_differentiable_as_central_differences_say(variant: type[Family]) -> None:
    family = variant()
    own, t, h = laid(family).own, domain_of(family)[:2], 1e-6

    exact = torch.autograd.functional.jacobian(lambda at: family.features(at, own), t)

    for i, j in np.ndindex(t.shape):
        step = torch.zeros_like(t)
        step[i, j] = h
        difference = (family.features(t + step, own) - family.features(t - step, own)) / (2 * h)
        torch.testing.assert_close(exact[:, :, i, j], difference, rtol=1e-6, atol=1e-8)


@of_every(Family)
def test_features_are_differentiable_in_the_parameters_of_the_family(variant: type[Family]) -> None:
    family = variant()
    own = {name: value.requires_grad_() for name, value in laid(family).own.items()}
    if not own:
        pytest.skip("this family has no parameters beside the basis")

    features = family.features(domain_of(family), own)
    gradients = torch.autograd.grad(features.square().sum(), list(own.values()))

    assert all(bool(gradient.isfinite().all()) for gradient in gradients)
    assert any(bool(gradient.any()) for gradient in gradients)


def holds(family: Family, t: Tensor) -> bool:
    """Whether t is in the unit simplex, which is the unit interval in one dimension."""
    return bool((t >= -1e-12).all()) and bool((t.sum(1) <= 1 + 1e-12).all()) and t.shape[1] == family.dimension


@of_every(Family)
def test_samples_lie_in_the_domain(variant: type[Family]) -> None:
    family = variant()

    assert holds(family, family.sample(500, stream(0, "samples")))


@of_every(Family)
def test_corners_lie_in_the_domain(variant: type[Family]) -> None:
    assert holds(variant(), variant().corners)


@of_every(Family)
def test_the_route_lies_in_the_domain(variant: type[Family]) -> None:
    family = variant()

    assert holds(family, family.route(torch.linspace(0, 1, 101, dtype=torch.float64)))


@of_every(Family)
def test_the_route_is_continuous(variant: type[Family]) -> None:
    family = variant()

    steps = family.route(torch.linspace(0, 1, 1001, dtype=torch.float64)).diff(dim=0).norm(dim=1)

    assert steps.max() < 20 / 1000


@of_every(Family)
def test_the_stops_of_a_route_are_corners(variant: type[Family]) -> None:
    family = variant()

    stops = family.route(torch.tensor([s for s, _ in family.stops], dtype=torch.float64))

    assert torch.cdist(stops, family.corners).amin(1).max() < 1e-12


@of_every(Family)
def test_what_belongs_to_the_domain_is_in_float64(variant: type[Family]) -> None:
    family = variant()
    generator = stream(0, "samples")

    places = (family.objective.draw(generator).joined,) if family.objective else ()
    parts = (family.corners, family.sample(2, generator), *places, family.kinks(laid(family).own))

    assert {part.dtype for part in parts} == {torch.float64}


@of_every(Family)
def test_the_same_stream_gives_the_same_samples(variant: type[Family]) -> None:
    assert torch.equal(domain_of(variant()), domain_of(variant()))


def of_every_family(kind: type[Family]) -> pytest.MarkDecorator:
    """The registered families that are of some abstract kind."""
    of_kind = {name: variant for name, variant in Family.variants.items() if issubclass(variant, kind)}
    return pytest.mark.parametrize("variant", list(of_kind.values()), ids=list(of_kind))


@of_every_family(DiverseFamily)
def test_the_pair_that_is_kept_apart_are_two_different_corners(variant: type[DiverseFamily]) -> None:
    family = variant()

    pair = family.diverse_pair(stream(0, "position"))

    assert torch.cdist(pair, family.corners).amin(1).max() == 0
    assert not torch.equal(pair[0], pair[1])


@of_every(Family)
def test_kinks_ascend_within_the_route(variant: type[Family]) -> None:
    kinks = variant().kinks(laid(variant()).own)

    assert bool((kinks.diff() > 0).all())
    assert bool(((kinks > 0) & (kinks <= 1)).all())


@of_every(Family)
def test_a_family_says_whether_it_is_the_simplex_of_its_corners(variant: type[Family]) -> None:
    family = variant()
    own, t, corners = laid(family).own, domain_of(family), family.corners

    straight = barycentric_coordinates(t) @ family.features(corners, own)[: family.dimension + 1]

    is_straight = len(corners) == family.dimension + 1 and torch.allclose(straight, family.features(t, own))
    assert family.is_simplex == is_straight


@of_every(Family)
def test_corners_start_with_the_scale_of_the_anchors(variant: type[Family]) -> None:
    family = variant()
    dimension = 4000

    corners = family.subspace(laid(family, dimension)).at(family.corners).dense()

    assert (corners.norm(dim=1) / dimension**0.5).log().abs().max() < np.log(2)


@of_every(Family)
def test_a_family_leaves_its_anchors_alone(variant: type[Family]) -> None:
    family = variant()
    anchors = normal(family.anchors, 31)

    fitted = family.initial(anchors, stream(0, "features"))
    fitted.basis.add_(1)

    assert torch.equal(anchors, normal(family.anchors, 31))


@of_every(Family)
def test_a_family_starts_linearly_in_its_anchors(variant: type[Family]) -> None:
    family = variant()
    first, second = (normal(family.anchors, 31, seed=seed).double() for seed in (0, 1))

    one, other, both = (
        family.initial(anchors, stream(0, "features")) for anchors in (first, second, 2 * first - 0.5 * second)
    )

    torch.testing.assert_close(both.basis, 2 * one.basis - 0.5 * other.basis, rtol=1e-12, atol=1e-12)
    assert all(torch.equal(value, other.own[name]) for name, value in one.own.items())


@of_every(Family)
def test_statistics_go_along_with_the_anchors_as_further_weights(variant: type[Family]) -> None:
    family = variant()
    anchors, statistics = normal(family.anchors, 31), normal(family.anchors, 5, seed=1)

    fitted = family.through(Fitted(anchors, statistics=statistics), stream(0, "features"))

    alone = laid(family)
    torch.testing.assert_close(fitted.basis, alone.basis)
    assert fitted.statistics is not None
    if family.is_affine:
        expected = family.initial(statistics, stream(0, "features")).basis
        torch.testing.assert_close(fitted.statistics, expected)
    else:
        torch.testing.assert_close(fitted.statistics, statistics.mean(0, keepdim=True))


@of_every_family(TrainedFamily)
def test_the_rows_that_a_training_holds_are_anchors_to_the_bit(variant: type[TrainedFamily]) -> None:
    family = variant()
    anchors = normal(family.anchors, 31)

    held = laid(family).basis[list(family.objective.held)]

    assert set(family.objective.held) < set(range(family.rows))
    assert {row.numpy().tobytes() for row in held} <= {row.numpy().tobytes() for row in anchors}


@of_every_family(TrainedFamily)
def test_the_coefficients_of_an_objective_are_those_of_its_places_and_of_nothing_random(
    variant: type[TrainedFamily],
) -> None:
    family = variant()
    objective, own = family.objective, laid(family).own
    places, before = objective.draw(stream(0, "position")), torch.get_rng_state()

    first, second = (objective.at(places, own, torch.float64) for _ in range(2))

    assert torch.equal(first.joined, second.joined)
    assert torch.equal(torch.get_rng_state(), before)
    torch.testing.assert_close(first.joined, family.features(places.joined, own), rtol=1e-12, atol=1e-12)


@of_every_family(TrainedFamily)
def test_an_objective_draws_its_places_from_its_stream_alone(variant: type[TrainedFamily]) -> None:
    objective = variant().objective

    again, first, other = (objective.draw(stream(seed, "position")).joined for seed in (0, 0, 1))

    assert torch.equal(again, first)
    assert not torch.equal(other, first)


# Architectures


INPUTS_OF = {"lenet5": (1, 16, 16), "resnet20": (3, 8, 8)}
"""Shapes of the inputs of architectures that need pictures of some size, by kind."""


def network(variant: type[Architecture]) -> tuple[Architecture, Layout, Tensor, Tensor]:
    """A small network with its layout, an initialisation and a batch of inputs."""
    architecture = variant().smoke()
    inputs = INPUTS_OF.get(architecture.kind, INPUTS)
    layout = architecture.layout(inputs, CLASSES)
    return architecture, layout, architecture.initialise(layout, stream(0, "init")), normal(9, *inputs)


def evaluating(architecture: Architecture) -> Mode:
    """A mode whose BatchNorm statistics, if the network has any, are those of inputs of another batch."""
    inputs = INPUTS_OF.get(architecture.kind, INPUTS)
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
    architecture, *rest = network(variant)
    share = {"dropout": 0.5} if "dropout" in variant.model_fields else {}
    return architecture.model_copy(update=share), *rest


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

    given = [str(kind) for takes in (*passes, Mode) for kind in get_type_hints(takes).values()]

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
    if not isinstance(architecture, SharedNetwork):
        pytest.skip("this architecture does not share its first layer")
    parameters = layout.split(theta)
    others = {name: value for name, value in parameters.items() if name not in architecture.first_parameters}

    found = architecture.rest(others, architecture.first(parameters, inputs), EVALUATION)

    assert torch.equal(found, architecture.forward(parameters, inputs, EVALUATION))


@of_every(Architecture)
def test_a_shared_first_layer_is_linear_in_its_parameters(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = network(variant)
    if not isinstance(architecture, SharedNetwork):
        pytest.skip("this architecture does not share its first layer")
    other = architecture.initialise(layout, stream(1, "init")) if isinstance(architecture, Architecture) else theta
    first = partial(architecture.first, inputs=inputs)

    found = first(layout.split(2 * theta - 0.5 * other))

    expected = 2 * first(layout.split(theta)) - 0.5 * first(layout.split(other))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@of_every(Architecture)
def test_shared_first_layers_can_be_joined_to_one(variant: type[Architecture]) -> None:
    architecture, layout, theta, inputs = network(variant)
    if not isinstance(architecture, SharedNetwork):
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


# Analyses


def landscape() -> NetworkLandscape:
    """A network of a few weights on forty examples."""
    small = Mlp(hidden=(4,))
    return NetworkLandscape(small, small.layout(INPUTS, CLASSES), toy_examples(40))


def subject(family: Family) -> Subject:
    """A family laid through initialisations on that landscape."""
    surface = landscape()
    return Subject(
        family=family,
        fitted=laid(family, surface.dimension),
        independent=Points.of(normal(1, surface.dimension, seed=1)),
        landscape=lambda _split: surface,
        stream=partial(stream, 0),
        progress=silent,
        update=lambda corner, generator: torch.randn(surface.dimension, generator=generator).double() + corner,
    )


def analyses_of_families() -> Iterator[Any]:
    """Every analysis of a line, a triangle, and a curve of each activation, at toy size."""
    families: dict[str, Family] = {
        "line": Simplex(),
        "triangle": Simplex(vertices=3),
        "tanh curve": MlpCurve(hidden=(4, 5)),
        "relu curve": MlpCurve(hidden=(6,), activation="relu"),
        **{kind: variant().smoke() for kind, variant in Family.variants.items()},
        "branches": Branches(vertices=3, split_epochs=(0,)),  # by default more than the published estimators take
    }
    for kind, variant in Analysis.variants.items():
        for name, family in families.items():
            yield pytest.param(variant().smoke(), family, id=f"{kind}-{name}")


ANALYSES = pytest.mark.parametrize(("analysis", "family"), list(analyses_of_families()))


def assert_equal(left: Record, right: Record) -> None:
    """Equal to the bit: as files of the store."""
    assert codec.dump(left, type(left)) == codec.dump(right, type(left))


@ANALYSES
def test_the_same_subject_gives_the_same_bits(analysis: Analysis, family: Family) -> None:
    assert_equal(analysis.compute(subject(family)), analysis.compute(subject(family)))


@ANALYSES
def test_a_record_survives_the_store(analysis: Analysis, family: Family) -> None:
    record = analysis.compute(subject(family))

    loaded = codec.load(analysis.record, codec.dump(record, analysis.record))

    assert_equal(loaded, record)
    assert repr(loaded.table()) == repr(record.table())


@ANALYSES
def test_a_record_has_a_table_of_rows_with_the_same_columns(analysis: Analysis, family: Family) -> None:
    table = analysis.compute(subject(family)).table()

    assert len({tuple(row) for row in table}) == 1


@ANALYSES
def test_an_analysis_leaves_its_subject_alone(analysis: Analysis, family: Family) -> None:
    asked = subject(family)

    analysis.compute(asked)

    fresh = subject(family)
    assert torch.equal(asked.fitted.basis, fresh.fitted.basis)
    assert all(torch.equal(asked.fitted.own[name], value) for name, value in fresh.fitted.own.items())
    assert torch.equal(asked.network.basis, fresh.network.basis)


@ANALYSES
def test_an_analysis_computes_without_a_network_unless_it_requires_one(analysis: Analysis, family: Family) -> None:
    alone = replace(subject(family), independent=None)

    if analysis.comparison(family) == "required":
        with pytest.raises(ValueError, match=r"compare the subspace with a network|no independent network here"):
            analysis.compute(alone)
    else:
        assert analysis.compute(alone).table()


@ANALYSES
def test_an_analysis_that_compares_with_no_network_looks_at_none(analysis: Analysis, family: Family) -> None:
    if analysis.comparison(family) != "none":
        pytest.skip("this analysis compares with the independent network")
    asked = subject(family)

    assert_equal(analysis.compute(asked), analysis.compute(replace(asked, independent=None)))


@of_every(Analysis)
def test_the_choice_of_subspaces_is_no_part_of_an_analysis_of_one(variant: type[Analysis]) -> None:
    assert variant(of=("line",)).everywhere() == variant()


@of_every(Analysis)
def test_the_evaluations_of_an_analysis_are_a_positive_number(variant: type[Analysis]) -> None:
    assert variant().evaluations(Simplex()) > 0


# Optimizers and data sets


@of_every(Optimizer)
def test_a_small_step_of_an_optimizer_lowers_a_quadratic(variant: type[Optimizer]) -> None:
    weights = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = variant().over([weights])

    loss = weights.square().sum()
    loss.backward()
    optimizer.step()

    assert weights.detach().square().sum() < loss.detach()


@of_every(Dataset)
def test_a_dataset_has_the_sizes_that_its_options_say(variant: type[Dataset]) -> None:
    dataset = variant(test=3)

    assert dataset.sizes == {"train": dataset.train, "validation": dataset.validation, "test": 3}
    assert variant().sizes["test"] >= 3


@of_every(Dataset)
def test_a_dataset_states_its_shape_and_its_outputs(variant: type[Dataset]) -> None:
    dataset = variant()

    assert all(size > 0 for size in dataset.inputs)
    assert dataset.outputs > (1 if dataset.task is CLASSIFICATION else 0)


@of_every(Dataset)
def test_a_smoke_run_of_a_dataset_takes_few_examples(variant: type[Dataset]) -> None:
    assert variant().smoke().sizes == {"train": 256, "validation": 128, "test": 128}


@pytest.mark.parametrize("variant", [Dataset.variants[kind] for kind in ("digits", "waveform")])
def test_a_dataset_without_files_has_the_examples_that_it_states(variant: type[Dataset]) -> None:
    dataset = variant()

    parts = dataset.split(())

    assert {name: len(examples) for name, examples in parts.items()} == dataset.sizes
    for examples in parts.values():
        inputs, targets = examples.batch(slice(5))
        assert (tuple(inputs.shape), inputs.dtype) == ((5, *dataset.inputs), torch.float32)
        assert examples.task is dataset.task
        assert (targets.dtype, targets.dim()) == (
            (torch.int64, 1) if dataset.task is CLASSIFICATION else (torch.float32, 2)
        )
