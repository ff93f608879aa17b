"""Which variants are held to the laws, and with which partners."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import entry_points
from itertools import cycle
from pathlib import Path
from typing import TypeVar

import pytest

from lossgeo.catalogue import ROLES
from lossgeo.contracts.options import FILES, ONLY
from lossgeo.plugins.imports import PREFIX, load
from lossgeo.plugins.installed import GROUP, installed
from lossgeo.variant import Variant

A = TypeVar("A")
B = TypeVar("B")


def import_named() -> None:
    """Import the plugins that are installed, and those that the environment names.

    Raises:
        SpecError: one of them is not there, or fails.
    """
    installed()
    for path in [Path(name) for name in os.environ.get(FILES, "").split(os.pathsep) if name]:
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            load(file)


def is_shipped(variant: type[Variant]) -> bool:
    """Whether a variant is of lossgeo itself."""
    return _package(variant) == "lossgeo"


def is_chosen(variant: type[Variant]) -> bool:
    """Whether a variant is held to the laws: those of plugins, and the shipped ones unless they are left out."""
    of_packages = {entry.module.partition(".")[0] for entry in entry_points(group=GROUP)}
    is_of_plugin = _package(variant).startswith(PREFIX) or _package(variant) in of_packages
    return is_of_plugin or (is_shipped(variant) and os.environ.get(ONLY) != "1")


def chosen(role: type[Variant]) -> dict[str, type[Variant]]:
    """The variants of a role that are held to the laws, by kind."""
    return {kind: variant for kind, variant in sorted(role.variants.items()) if is_chosen(variant)}


def of_every_variant() -> pytest.MarkDecorator:
    """A test of every variant of every role."""
    every = {f"{name}-{kind}": variant for name, role in ROLES.items() for kind, variant in chosen(role).items()}
    return pytest.mark.parametrize("variant", list(every.values()), ids=list(every))


def of_every(role: type[Variant], within: type | None = None) -> pytest.MarkDecorator:
    """A test of every variant of a role, or of those that derive from an abstract class `within` it."""
    every = {kind: one for kind, one in chosen(role).items() if within is None or issubclass(one, within)}
    return pytest.mark.parametrize("variant", list(every.values()), ids=list(every))


def covering(left: Sequence[A], right: Sequence[B]) -> list[tuple[A, B]]:
    """Pairs in which everything of both sides is met, as few as there can be.

    >>> covering(["a", "b", "c"], [1, 2])
    [('a', 1), ('b', 2), ('c', 1)]
    """
    if not left or not right:
        return []
    turns = range(max(len(left), len(right)))
    return list(zip((one for one, _ in zip(cycle(left), turns, strict=False)), cycle(right), strict=False))


def _package(variant: type[Variant]) -> str:
    return variant.__module__.partition(".")[0]


import_named()
