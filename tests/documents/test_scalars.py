from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgeo.documents.scalars import Scalar, resolve, write_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("1e3", 1000.0), ("5E-4", 0.0005), ("1.0e3", 1000.0), ("-0.5", -0.5), (".5", 0.5), ("2.", 2.0),
        ("10", 10), ("-3", -3), ("+7", 7), ("0", 0), ("true", True), ("false", False), ("null", None),
        ("~", None), ("", None),
    ],
)  # fmt: skip
def test_a_word_of_yaml_1_2_has_its_value_and_type(text: str, value: Scalar) -> None:
    assert (resolve(text), type(resolve(text))) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    [
        "017", "0x1F", "0o17", "1_000", "1:30", "12:30:45", "2024-01-01", "2024-13-45", "no", "NO", "off", "yes", "y",
        "0.1.2", "1e-3x", "1e", "e3", ".", "-", "+", "--1", "٣", "1e400", "-1e400", "1e-400", ".nan", ".inf", "-.INF",
        "9" * 5000,
    ],
)  # fmt: skip
def test_what_only_yaml_1_1_reads_as_something_else_stays_text(text: str) -> None:
    assert resolve(text) == text


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**299), 10**299)))
def test_a_written_number_reads_back_as_itself(value: float) -> None:
    back = resolve(write_number(value))

    assert (repr(back), type(back)) == (repr(value), type(value))
