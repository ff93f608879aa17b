from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from jaxtyping import Float

from lossgeo.engine import codec

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Point:
    """An array with a name."""

    place: npt.NDArray[Any]
    name: str
    shaped: Float[np.ndarray, "n k"] | None = None


@dataclass(frozen=True)
class Everything:
    """A field of every kind."""

    number: float
    count: int
    flag: bool
    text: str
    maybe: float | None
    many: tuple[float, ...]
    pair: tuple[int, str]
    array: np.ndarray
    points: tuple[Point, ...]
    by_name: Mapping[str, tuple[float, ...]]
    arrays: Mapping[str, np.ndarray]


DTYPES = st.sampled_from(["bool", "uint8", "int8", "int64", "uint64", "float16", "float32", "float64"]).map(np.dtype)
ARRAYS = arrays_of.arrays(DTYPES, arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
NAMES = st.text(st.characters(exclude_characters=".", exclude_categories=["Cs"]), max_size=8)
RECORDS = st.builds(
    Everything,
    number=st.floats(),
    count=st.integers(),
    flag=st.booleans(),
    text=st.text(),
    maybe=st.none() | st.floats(),
    many=st.lists(st.floats(), max_size=4).map(tuple),
    pair=st.tuples(st.integers(), st.text()),
    array=ARRAYS,
    points=st.lists(st.builds(Point, ARRAYS, st.text(), st.none() | ARRAYS), max_size=3).map(tuple),
    by_name=st.dictionaries(st.text(), st.lists(st.floats(), max_size=2).map(tuple), max_size=3),
    arrays=st.dictionaries(NAMES, ARRAYS, max_size=3),
)


def assert_same(a: Any, b: Any) -> None:
    """Equal in type and bits, through all containers; only the bits of a NaN scalar are let go."""
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    elif isinstance(a, Everything | Point):
        assert_same(tuple(vars(a).values()), tuple(vars(b).values()))
    elif isinstance(a, tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, dict):
        assert_same(tuple(a.items()), tuple(b.items()))
    elif isinstance(a, float):
        assert a.hex() == b.hex()
    else:
        assert a == b


EXAMPLE = Everything(
    number=math.inf,
    count=2**80,
    flag=True,
    text="é",
    maybe=None,
    many=(math.nan, -0.0),
    pair=(1, "a"),
    array=np.arange(6.0).reshape(2, 3).T,
    points=(Point(np.array(True), "p"),),
    by_name={"z": (1.0,), "a": ()},
    arrays={"w": np.zeros((0, 2), np.uint8)},
)


@SETTINGS
@given(RECORDS)
def test_a_record_comes_back_the_same(record: Everything) -> None:
    assert_same(codec.load(Everything, codec.dump(record, Everything)), record)


@SETTINGS
@given(RECORDS)
def test_equal_records_give_equal_bytes(record: Everything) -> None:
    again = codec.load(Everything, codec.dump(record, Everything))

    assert codec.dump(again, Everything) == codec.dump(record, Everything)


def test_the_files_are_plain_json_and_safetensors_named_by_path() -> None:
    files = codec.dump(EXAMPLE, Everything)

    plain = json.loads(files["result.json"], parse_constant=pytest.fail)
    arrays = safetensors.numpy.load(files["arrays.safetensors"])
    assert plain["number"] == "inf"
    assert plain["many"] == ["nan", -0.0]
    assert plain["array"] == "float64[3, 2]"
    assert sorted(arrays) == ["array", "arrays.w", "points.0.place"]


def test_arrays_that_were_read_can_be_written_to() -> None:
    record = codec.load(Everything, codec.dump(EXAMPLE, Everything))

    assert record.array.flags.writeable


def test_an_integer_is_taken_for_a_float() -> None:
    record = codec.load(Everything, codec.dump(replace(EXAMPLE, number=3), Everything))

    assert_same(record.number, 3.0)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("number", True, "Everything.number: expected float, got True"),
        ("number", "nan", "Everything.number: expected float, got 'nan'"),
        ("count", 1.0, "Everything.count: expected int, got 1.0"),
        ("count", np.int64(1), "Everything.count: expected int, got .*int64"),
        ("many", [1.0], "Everything.many: expected a tuple, got"),
        ("many", (1.0, None), "Everything.many.1: expected float, got None"),
        ("pair", (1,), "Everything.pair: expected 2 elements, got"),
        ("array", [1.0], "Everything.array: expected an array of booleans, integers or real numbers, got"),
        ("array", np.zeros(2, ">f8"), "Everything.array: expected an array"),
        ("array", np.array(["a"]), "Everything.array: expected an array"),
        ("array", np.array([object()]), "Everything.array: expected an array"),
        ("array", np.zeros(1, np.complex64), "Everything.array: expected an array"),
        ("points", (Point([], "x"),), "Everything.points.0.place: expected an array"),  # type: ignore[arg-type]
        ("points", ("p",), "Everything.points.0: expected Point, got 'p'"),
        ("by_name", {1: (1.0,)}, "Everything.by_name: expected a mapping by name"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_path(field: str, value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        codec.dump(replace(EXAMPLE, **{field: value}), Everything)


@dataclass(frozen=True)
class Nested:
    """Arrays by two names."""

    inner: Mapping[str, Mapping[str, np.ndarray]]


def test_two_arrays_under_one_path_are_refused() -> None:
    zero = np.zeros(1)

    with pytest.raises(TypeError, match=r"Nested.inner.a.b.c: expected names without dots, got 'inner.a.b.c'"):
        codec.dump(Nested({"a": {"b.c": zero}, "a.b": {"c": zero}}), Nested)


@dataclass(frozen=True)
class Unstorable:
    """A field that is mutable."""

    value: dict[str, list[float]]


def test_an_annotation_that_cannot_be_stored_is_refused_with_those_that_can() -> None:
    with pytest.raises(TypeError, match=r"Unstorable.value: a result cannot hold dict\[str, list\[float\]\]; annotate"):
        codec.dump(Unstorable({}), Unstorable)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plain: plain.pop("flag"), "Everything: expected the fields number, count"),
        (lambda plain: plain.update(new=1), "Everything: expected the fields number, count"),
        (lambda plain: plain.update(number="x"), "Everything.number: expected float, got 'x'"),
        (lambda plain: plain.update(many=1), "Everything.many: expected a list, got 1"),
        (lambda plain: plain.update(arrays=[["other", ""]]), "Everything.arrays.other: expected an array"),
    ],
)
def test_the_files_of_another_record_are_refused_by_the_path_that_differs(change: Any, message: str) -> None:
    files = codec.dump(EXAMPLE, Everything)
    plain = json.loads(files["result.json"])
    change(plain)

    with pytest.raises(TypeError, match=message):
        codec.load(Everything, {**files, "result.json": json.dumps(plain).encode()})
