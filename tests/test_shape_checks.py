from __future__ import annotations

import pytest
import torch
from jaxtyping import TypeCheckError

from lossgeo.families.simplex import Simplex
from lossgeo.geometry.gram import gram
from lossgeo.landscape.weights import Points


def test_an_argument_of_another_shape_is_caught_in_tests() -> None:
    with pytest.raises(TypeCheckError):
        gram(torch.zeros(2, 3), torch.zeros(4))


def test_a_method_is_checked_too() -> None:
    with pytest.raises(TypeCheckError):
        Simplex().features(torch.zeros(3), {})


def test_a_record_is_checked_when_it_is_made() -> None:
    with pytest.raises(TypeCheckError):
        Points(torch.zeros(2, 3), torch.zeros(4, 5))
