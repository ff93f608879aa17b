from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.engine.key import canonical
from lossgeo.variant import Model, source_digest


class Optimizer(Model):
    """Options."""

    lr: float = 1e-3
    betas: tuple[float, ...] = (0.9, 0.999)


class LaterOptimizer(Model):
    """The same with one option more."""

    lr: float = 1e-3
    betas: tuple[float, ...] = (0.9, 0.999)
    decay: float = 0.0


@dataclass(frozen=True)
class Data:
    """A dataclass among the fields."""

    name: str
    optimizer: Optimizer = field(default_factory=Optimizer)


@dataclass(frozen=True)
class Holding(Job[Data]):
    """A job that holds any value."""

    value: Any
    version: ClassVar[int] = 3

    @property
    def result_type(self) -> type[Data]:
        """Never computed."""
        return Data

    def compute(self, context: Context) -> Data:
        """Never called."""
        raise NotImplementedError


def test_the_inputs_have_one_spelling() -> None:
    job = Holding((1, 2.0, True, None, "é", {"b": 1e-3, "a": -0.0}, Data("d")))

    source = source_digest(Holding)  # of this file, which is not shipped
    expected = (
        f'{{"fields":{{"@source":"{source}",'
        '"value":[1,2.0,true,null,"é",{"a":-0.0,"b":0.001},'
        '{"name":"d","optimizer":{"betas":[0.9,0.999],"lr":0.001}}]},"kind":"Holding","version":3}'
    )
    assert job.inputs == expected.encode()


def test_the_key_is_the_sha256_of_the_inputs() -> None:
    job = Holding("x")

    assert job.key == hashlib.sha256(job.inputs).hexdigest()


def test_a_dependency_enters_by_its_key_alone() -> None:
    inner = Holding(1)

    assert f'"value":[{{"job":"{inner.key}"}}]'.encode() in Holding((inner,)).inputs


def test_equal_numbers_of_different_types_give_different_keys() -> None:
    jobs = {Holding(1), Holding(1.0), Holding(True)}

    assert len({job.key for job in jobs}) == len(jobs) == 3


def test_jobs_with_equal_keys_are_equal() -> None:
    assert Holding((1, "a")) == Holding((1, "a"))
    assert Holding(1) != Holding(1.0)
    assert Holding(1) != 1


def test_a_new_option_gives_another_key_even_at_its_default() -> None:
    assert Holding(Optimizer()).key != Holding(LaterOptimizer()).key


def test_a_changed_default_does_not_reach_an_old_key() -> None:
    assert Holding(Optimizer(lr=1e-3)).key == Holding(Optimizer()).key


def test_the_version_is_part_of_the_key() -> None:
    assert canonical("Fit", 1, {}) != canonical("Fit", 2, {})


def test_the_order_of_a_mapping_is_not_part_of_the_key() -> None:
    assert Holding({"a": 1, "b": 2}).key == Holding({"b": 2, "a": 1}).key


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_floats_give_equal_keys_exactly_if_they_have_equal_bits(a: float, b: float) -> None:
    assert (Holding(a).key == Holding(b).key) == (a.hex() == b.hex())


class Colour(StrEnum):
    """A text that means something else."""

    RED = "red"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "Holding.value: expected a finite number, got nan"),
        ((1.0, float("inf")), "Holding.value.1: expected a finite number, got inf"),
        ({"lr": {"max": float("-inf")}}, "Holding.value.lr.max: expected a finite number, got -inf"),
        (Data("\ud800"), r"Holding.value.name: expected Unicode text, got '\\ud800'"),
        ([1], r"Holding.value: expected None, a bool.* got \[1\] \(list\)"),
        (Path("x"), "Holding.value: expected None, .*PosixPath"),
        (Colour.RED, "Holding.value: expected None, .*Colour"),
        (b"x", r"Holding.value: expected None, .*b'x' \(bytes\)"),
        (Data, "Holding.value: expected None, .*type"),
        ({1: 2}, "Holding.value: expected names that are strings, got 1"),
    ],
)
def test_what_has_no_canonical_form_is_refused_by_its_path(value: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        _ = Holding(value).key
