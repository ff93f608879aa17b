"""The laws of families."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgeo.contracts.chosen import of_every
from lossgeo.contracts.toys import domain_of, laid, normal
from lossgeo.families.base import Family, TrainedFamily
from lossgeo.families.diverse import DiverseFamily
from lossgeo.geometry.simplex import barycentric_coordinates
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.randomness import stream


@of_every(Family)
def test_an_explanation_has_every_formula_on_one_line(variant: type[Family]) -> None:
    lines = variant.explanation.splitlines()

    assert lines
    assert [line for line in lines if line.replace("$$", "").count("$") % 2] == []


@of_every(Family)
def test_rows_of_features_do_not_interact(variant: type[Family]) -> None:
    family = variant.example()
    own, t = laid(family).own, domain_of(family)

    alone = torch.cat([family.features(t[i : i + 1], own) for i in range(len(t))])

    torch.testing.assert_close(family.features(t, own), alone, rtol=1e-13, atol=1e-14)


@of_every(Family)
def test_there_is_a_feature_for_every_row_of_the_basis(variant: type[Family]) -> None:
    family = variant.example()
    fitted = laid(family)

    assert family.features(domain_of(family), fitted.own).shape == (9, len(fitted.basis))
    assert family.rows == len(fitted.basis)


@of_every(Family)
def test_features_sum_to_one_everywhere_where_a_family_says_so_and_only_there(variant: type[Family]) -> None:
    family = variant.example()

    sums = family.features(domain_of(family), laid(family).own).sum(1)

    assert family.is_affine == bool(((sums - 1).abs() < 1e-12).all())


@of_every(Family)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_features_have_the_precision_of_their_argument(variant: type[Family], dtype: torch.dtype) -> None:
    family = variant.example()

    assert family.features(domain_of(family).to(dtype), laid(family).own).dtype == dtype


@of_every(Family)
def test_features_are_differentiable_as_central_differences_say(variant: type[Family]) -> None:
    family = variant.example()
    own, t, h = laid(family).own, domain_of(family)[:2], 1e-6

    exact = torch.autograd.functional.jacobian(lambda at: family.features(at, own), t)

    for i, j in np.ndindex(t.shape):
        step = torch.zeros_like(t)
        step[i, j] = h
        difference = (family.features(t + step, own) - family.features(t - step, own)) / (2 * h)
        torch.testing.assert_close(exact[:, :, i, j], difference, rtol=1e-6, atol=1e-8)


@of_every(Family)
def test_features_are_differentiable_in_the_parameters_of_the_family(variant: type[Family]) -> None:
    family = variant.example()
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
    family = variant.example()

    assert holds(family, family.sample(500, stream(0, "samples")))


@of_every(Family)
def test_corners_lie_in_the_domain(variant: type[Family]) -> None:
    family = variant.example()

    assert holds(family, family.corners)
    assert family.corner_count == len(family.corners)


@of_every(Family)
def test_the_route_lies_in_the_domain(variant: type[Family]) -> None:
    family = variant.example()

    assert holds(family, family.route(torch.linspace(0, 1, 101, dtype=torch.float64)))


@of_every(Family)
def test_the_route_is_continuous(variant: type[Family]) -> None:
    family = variant.example()

    steps = family.route(torch.linspace(0, 1, 1001, dtype=torch.float64)).diff(dim=0).norm(dim=1)

    assert steps.max() < 20 / 1000


@of_every(Family)
def test_the_stops_of_a_route_are_corners(variant: type[Family]) -> None:
    family = variant.example()

    stops = family.route(torch.tensor([s for s, _ in family.stops], dtype=torch.float64))

    assert torch.cdist(stops, family.corners).amin(1).max() < 1e-12


@of_every(Family)
def test_what_belongs_to_the_domain_is_in_float64(variant: type[Family]) -> None:
    family = variant.example()
    generator = stream(0, "samples")

    places = (family.objective.draw(generator).joined,) if family.objective else ()
    parts = (family.corners, family.sample(2, generator), *places, family.kinks(laid(family).own))

    assert {part.dtype for part in parts} == {torch.float64}


@of_every(Family)
def test_the_same_stream_gives_the_same_samples(variant: type[Family]) -> None:
    assert torch.equal(domain_of(variant.example()), domain_of(variant.example()))


@of_every(Family, DiverseFamily)
def test_the_pair_that_is_kept_apart_are_two_different_corners(variant: type[DiverseFamily]) -> None:
    family = variant.example()

    pair = family.diverse_pair(stream(0, "position"))

    assert torch.cdist(pair, family.corners).amin(1).max() == 0
    assert not torch.equal(pair[0], pair[1])


@of_every(Family)
def test_kinks_ascend_within_the_route(variant: type[Family]) -> None:
    kinks = variant.example().kinks(laid(variant.example()).own)

    assert bool((kinks.diff() > 0).all())
    assert bool(((kinks > 0) & (kinks <= 1)).all())


@of_every(Family)
def test_a_family_says_whether_it_is_the_simplex_of_its_corners(variant: type[Family]) -> None:
    family = variant.example()
    own, t, corners = laid(family).own, domain_of(family), family.corners

    straight = barycentric_coordinates(t) @ family.features(corners, own)[: family.dimension + 1]

    is_straight = len(corners) == family.dimension + 1 and torch.allclose(straight, family.features(t, own))
    assert family.is_simplex == is_straight


@of_every(Family)
def test_corners_start_with_the_scale_of_the_anchors(variant: type[Family]) -> None:
    family = variant.example()
    dimension = 4000

    corners = family.subspace(laid(family, dimension)).at(family.corners).dense()

    assert (corners.norm(dim=1) / dimension**0.5).log().abs().max() < np.log(2)


@of_every(Family)
def test_a_family_leaves_its_anchors_alone(variant: type[Family]) -> None:
    family = variant.example()
    anchors = normal(family.anchors, 31)

    fitted = family.initial(anchors, stream(0, "features"))
    fitted.basis.add_(1)

    assert torch.equal(anchors, normal(family.anchors, 31))


@of_every(Family)
def test_a_family_starts_linearly_in_its_anchors(variant: type[Family]) -> None:
    family = variant.example()
    first, second = (normal(family.anchors, 31, seed=seed).double() for seed in (0, 1))

    one, other, both = (
        family.initial(anchors, stream(0, "features")) for anchors in (first, second, 2 * first - 0.5 * second)
    )

    torch.testing.assert_close(both.basis, 2 * one.basis - 0.5 * other.basis, rtol=1e-12, atol=1e-12)
    assert all(torch.equal(value, other.own[name]) for name, value in one.own.items())


@of_every(Family)
def test_statistics_go_along_with_the_anchors_as_further_weights(variant: type[Family]) -> None:
    family = variant.example()
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


@of_every(Family, TrainedFamily)
def test_the_rows_that_a_training_holds_are_anchors_to_the_bit(variant: type[TrainedFamily]) -> None:
    family = variant.example()
    anchors = normal(family.anchors, 31)

    held = laid(family).basis[list(family.objective.held)]

    assert set(family.objective.held) < set(range(family.rows))
    assert {row.numpy().tobytes() for row in held} <= {row.numpy().tobytes() for row in anchors}


@of_every(Family, TrainedFamily)
def test_the_coefficients_of_an_objective_are_those_of_its_places_and_of_nothing_random(
    variant: type[TrainedFamily],
) -> None:
    family = variant.example()
    objective, own = family.objective, laid(family).own
    places, before = objective.draw(stream(0, "position")), torch.get_rng_state()

    first, second = (objective.at(places, own, torch.float64) for _ in range(2))

    assert torch.equal(first.joined, second.joined)
    assert torch.equal(torch.get_rng_state(), before)
    torch.testing.assert_close(first.joined, family.features(places.joined, own), rtol=1e-12, atol=1e-12)


@of_every(Family, TrainedFamily)
def test_an_objective_draws_its_places_from_its_stream_alone(variant: type[TrainedFamily]) -> None:
    objective = variant.example().objective

    again, first, other = (objective.draw(stream(seed, "position")).joined for seed in (0, 0, 1))

    assert torch.equal(again, first)
    assert not torch.equal(other, first)
