from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, Analytic, normal, toy_examples, toy_weights
from torch import Tensor

from lossgeo.architectures.mlp import Mlp
from lossgeo.landscape import hessian as module
from lossgeo.landscape.hessian import hessian
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.weights import Points

NETWORK = Mlp(hidden=(2,))
EXAMPLES = 40


def landscape() -> NetworkLandscape:
    return NetworkLandscape(NETWORK, NETWORK.layout(INPUTS, CLASSES), toy_examples(EXAMPLES))


def point() -> Points:
    return Points.of(3 * toy_weights(NETWORK, 1).double())


def dense() -> Tensor:
    """By automatic differentiation of the mean loss over all examples at once."""
    smooth = landscape().smooth_at(point())
    found: Tensor = torch.autograd.functional.hessian(lambda theta: smooth(theta, slice(None)), point().dense()[0])
    return found


def test_products_are_those_with_the_dense_hessian() -> None:
    product = hessian(landscape(), point())

    found = torch.stack([product(row) for row in torch.eye(landscape().dimension, dtype=torch.float64)])

    assert dense().abs().max() > 0.01
    torch.testing.assert_close(found, dense(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("at_once", [1, 7, 39, 40, 1000])
def test_slices_of_unequal_length_count_by_their_lengths(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXAMPLES_AT_ONCE", at_once)
    vector = normal(landscape().dimension, dtype=torch.float64)

    found = hessian(landscape(), point())(vector)

    torch.testing.assert_close(found, dense() @ vector, rtol=1e-10, atol=1e-13)


def test_every_example_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXAMPLES_AT_ONCE", 9)
    surface, seen = landscape(), []
    smooth = surface.smooth_at(point())

    def watched(theta: Tensor, part: slice) -> Tensor:
        seen.append(part)
        return smooth(theta, part)

    monkeypatch.setattr(surface, "smooth_at", lambda _point: watched)
    hessian(surface, point())(normal(surface.dimension, dtype=torch.float64))

    assert (seen[0].start, seen[-1].stop) == (0, EXAMPLES)
    assert all(before.stop == after.start for before, after in pairwise(seen))


def test_a_linear_loss_has_no_curvature() -> None:
    slope = normal(5, dtype=torch.float64)
    product = hessian(Analytic(5, lambda theta: theta @ slope), Points.of(normal(1, 5, dtype=torch.float64)))

    assert not product(torch.ones(5, dtype=torch.float64)).any()


def test_products_have_the_precision_of_the_point() -> None:
    single = Points.of(3 * toy_weights(NETWORK, 1))
    vector = normal(landscape().dimension)

    found = hessian(landscape(), single)(vector)

    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), dense() @ vector.double(), rtol=1e-4, atol=1e-5)
