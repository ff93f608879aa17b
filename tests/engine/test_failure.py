"""Failures of jobs, and the place that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from lossgeo.engine.failure import Failure
from lossgeo.errors import LossgeoError

OWN = """
import json
import torch

def library():
    return json.loads("{")

def product():
    return torch.ones(2, 3) @ torch.ones(2)

def several_lines():
    raise ValueError("first\\nsecond")
"""


def failure_of(name: str, folder: Path) -> Failure:
    names: dict[str, Any] = {}
    exec(compile(OWN, str(folder / "mine.py"), "exec"), names)  # noqa: S102  # as a plugin is
    with pytest.raises((RuntimeError, ValueError)) as caught:
        names[name]()
    return Failure.of(caught.value)


def test_an_error_that_passed_through_own_code_names_file_and_line(tmp_path: Path) -> None:
    failure = failure_of("product", tmp_path)

    assert failure.kind == "RuntimeError"
    assert failure.place == "mine.py:9"


def test_the_place_is_in_own_code_though_a_library_raised_the_error(tmp_path: Path) -> None:
    assert failure_of("library", tmp_path).place == "mine.py:6"


def test_the_place_stands_in_the_first_line_which_the_console_shows(tmp_path: Path) -> None:
    assert failure_of("several_lines", tmp_path).reason == "first (mine.py:12)\nsecond"


def test_an_error_raised_on_purpose_and_one_without_own_code_name_none() -> None:
    with pytest.raises(LossgeoError) as on_purpose:
        raise LossgeoError("no such thing")
    with pytest.raises(RuntimeError) as elsewhere:
        torch.ones(2).view(3)
    elsewhere.value.__traceback__ = None

    assert Failure.of(on_purpose.value).reason == "no such thing"
    assert Failure.of(elsewhere.value).reason == str(elsewhere.value)
