"""Faults of a spec's branches that concern two places of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lossgeo.spec.faults import Fault


def repeated_expansions(subspaces: Mapping[str, Any], default_epochs: tuple[int, ...]) -> Iterator[Fault]:
    """Entries that are called as one of the subspaces of an entry of several split epochs."""
    for entry, family in subspaces.items():
        if isinstance(family, Mapping) and family.get("kind") == "branches":
            epochs = family.get("split_epochs", default_epochs)
            for epoch in epochs if isinstance(epochs, tuple) else ():
                name = f"{entry}_{epoch}"
                if name in subspaces:
                    expected = f"another name: {entry!r} stands for {name!r} among others, one for each split epoch"
                    yield Fault(("subspaces", name), repr(name), expected)


def falling_rates(training: Any, subspaces: Mapping[str, Any]) -> Iterator[Fault]:
    """A schedule that ends with the training, where branches train on after it."""
    schedule = training.get("schedule", "constant") if isinstance(training, Mapping) else "constant"
    for name, family in subspaces.items():
        kind = family.get("kind") if isinstance(family, Mapping) else None
        if kind in ("branches", "trajectory") and isinstance(schedule, str) and schedule != "constant":
            expected = f"constant, because the training that subspaces.{name} is made of has no last epoch"
            yield Fault(("training", "schedule"), repr(schedule), expected)
            return
