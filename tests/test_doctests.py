from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import lossgeo

MODULES = [module.name for module in walk_packages(lossgeo.__path__, "lossgeo.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    failed, _ = doctest.testmod(import_module(name))

    assert failed == 0
