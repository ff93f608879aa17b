from __future__ import annotations

from math import inf

import numpy as np
import pytest

from lossgeo.landscape.landscape import Evaluation
from lossgeo.landscape.task import CLASSIFICATION, REGRESSION
from lossgeo.measures.quantity import QuantityName, chosen, shown

FOUND = Evaluation(loss=np.array([0.5, 2.0]), accuracy=np.array([0.75, 1.0]))


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [("accuracy", "accuracy", [0.75, 1.0]), ("error", "error", [0.25, 0.0]), ("loss", "loss (nats)", [0.5, 2.0])],
)
def test_a_classification_has_every_quantity(name: QuantityName, label: str, expected: list[float]) -> None:
    (found,) = shown(CLASSIFICATION, name)

    assert found.label == label
    np.testing.assert_array_equal(found.of(FOUND), expected)


def test_a_regression_has_its_loss_alone() -> None:
    (found,) = shown(REGRESSION, "accuracy", "loss", "error")

    assert found.label == "loss (squared error)"


def test_the_quantities_stand_in_the_order_asked_for() -> None:
    assert [found.name for found in shown(CLASSIFICATION, "loss", "accuracy")] == ["loss", "accuracy"]


def test_what_is_low_in_good_networks_is_the_error_where_there_is_one() -> None:
    assert [chosen(task).name for task in (CLASSIFICATION, REGRESSION)] == ["error", "loss"]
    assert chosen(CLASSIFICATION, "loss").name == "loss"


def test_the_error_of_a_regression_is_refused() -> None:
    with pytest.raises(ValueError, match="whose loss is a squared error has no error; ask for 'loss'"):
        chosen(REGRESSION, "error")


def test_shares_are_written_with_decimals_and_squared_errors_with_significant_digits() -> None:
    share, nats, squares = (*shown(CLASSIFICATION, "accuracy", "loss"), *shown(REGRESSION, "loss"))

    written = [format(0.000123456, found.digits(4)) for found in (share, nats, squares)]
    assert written == ["0.0001", "0.0001", "0.0001235"]


def test_differences_of_shares_are_told_in_points_and_those_of_losses_in_their_unit() -> None:
    share, squares = (*shown(CLASSIFICATION, "accuracy"), *shown(REGRESSION, "loss"))

    assert format(share.differences.factor * 0.0125, share.differences.spec) == "+1.25"
    assert format(squares.differences.factor * -2.5e-5, squares.differences.spec) == "-2.5e-05"
    assert (share.differences.unit, squares.differences.unit) == ("points", "squared error")
    assert (share.within, squares.within) == ((0, 1), (0, inf))
