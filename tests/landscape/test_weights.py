from __future__ import annotations

import pytest
import torch
from mathematics_toys import normal

from lossgeo.landscape.weights import Layout, Points

LAYOUT = Layout((("weight", (2, 3)), ("bias", (2,))))


def test_a_layout_has_as_many_weights_as_its_shapes_hold() -> None:
    assert LAYOUT.dimension == 8


def test_parameters_lie_one_after_the_other_in_row_major_order() -> None:
    parameters = LAYOUT.split(torch.arange(8.0))

    assert parameters["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert parameters["bias"].tolist() == [6, 7]


def test_joining_is_the_inverse_of_splitting() -> None:
    theta = normal(8)

    assert torch.equal(LAYOUT.join(LAYOUT.split(theta)), theta)


def test_joining_does_not_depend_on_the_order_of_the_names() -> None:
    parameters = LAYOUT.split(torch.arange(8.0))

    joined = LAYOUT.join(dict(reversed(parameters.items())))

    assert joined.tolist() == list(range(8))


def test_gradients_flow_through_a_split() -> None:
    theta = normal(8).requires_grad_()

    LAYOUT.split(theta)["bias"].sum().backward()

    assert theta.grad is not None
    assert theta.grad.tolist() == [0, 0, 0, 0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    "parameters",
    [
        {"weight": torch.zeros(3, 2), "bias": torch.zeros(2)},
        {"weight": torch.zeros(2, 3)},
        {"weight": torch.zeros(2, 3), "bias": torch.zeros(2), "scale": torch.zeros(1)},
    ],
    ids=["transposed", "one missing", "one too many"],
)
def test_parameters_of_another_layout_are_refused(parameters: dict[str, torch.Tensor]) -> None:
    with pytest.raises(
        ValueError, match=r"the parameters of this layout are \{'weight': \(2, 3\), 'bias': \(2,\)\}, got"
    ):
        LAYOUT.join(parameters)


def test_points_of_weights_are_the_weights_themselves() -> None:
    weights = normal(3, 5)

    assert torch.equal(Points.of(weights).dense(), weights)


def test_points_are_combinations_of_the_basis() -> None:
    points = Points(torch.tensor([[0.5, 0.5], [2.0, -1.0]]).double(), torch.tensor([[1.0, 0.0, 4.0], [3.0, 2.0, 0.0]]))

    assert points.dense().tolist() == [[2, 1, 2], [-1, -2, 8]]


def test_chosen_rows_of_points_are_the_rows_of_all_of_them() -> None:
    points = Points(normal(7, 3, dtype=torch.float64), normal(3, 5))

    torch.testing.assert_close(points.dense(slice(2, 4)), points.dense()[2:4])


def test_as_many_points_as_rows_of_coefficients() -> None:
    assert len(Points(normal(7, 3, dtype=torch.float64), normal(3, 5))) == 7
