"""Faults of a spec that says twice, or not at all, what the loss is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lossgeo.documents.faults import Fault, describe

PARTS = ("dataset", "architecture")


def problem_faults(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of a formula beside a network or data set, and of a network or data set that is left empty."""
    for part in PARTS:
        there = raw.get(part, {})
        if raw.get("problem") is not None and there:
            expected = "no such key beside `problem`, whose loss is a formula of the weights; remove one of the two"
            yield Fault((part,), describe(there), expected)
        if raw.get("problem") is None and there is None:
            yield Fault((part,), "nothing", f"a kind of {part}, or leave out the key for the default")
