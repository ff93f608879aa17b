"""Options, columns and groups of results that several analyses share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from lossgeo.analyses.base import Analysis, Result
from lossgeo.documents.faults import Fault, describe
from lossgeo.families.base import Family
from lossgeo.measures.record import Values
from lossgeo.networks.made_of import Surroundings

R = TypeVar("R")

EXAMPLES = "examples"
SMOKE_EXAMPLES = 50
"""The most that an option `examples` asks for at toy size."""


def of_corners(family: Family) -> dict[str, Values]:
    """The columns of a table with a row for every corner that tell corners apart: their number, and epochs if any."""
    epochs = {} if family.corner_epochs is None else {"epoch": family.corner_epochs}
    return {"corner": range(1, family.corner_count + 1), **epochs}


def too_many_examples(analysis: Analysis, study: Surroundings, *splits: str) -> Iterator[Fault]:
    """The fault of an option `examples` that is larger than one of the splits.

    The default of a kind is no demand: of a smaller split it means all examples.
    """
    asked: int | None = getattr(analysis, EXAMPLES)
    if asked is None or asked == type(analysis).model_fields[EXAMPLES].default:
        return
    for split in splits if study.task.has_examples else ():
        if asked > study.sizes[split]:
            yield Fault(
                (EXAMPLES,), describe(asked), f"at most {study.sizes[split]:,}, all examples of the split {split!r}"
            )
            return


def few(examples: int | None) -> int | None:
    """The option `examples` at toy size; None, for all examples, stays None."""
    return examples if examples is None else min(examples, SMOKE_EXAMPLES)


def seeds_of(results: Sequence[Result[Any]]) -> list[int | None]:
    """The seeds of the results, ascending; None, where no seed changes anything, is the first."""
    return sorted({result.seed for result in results}, key=lambda seed: -1 if seed is None else seed)


def by_group(results: Sequence[Result[R]]) -> dict[str, list[Result[R]]]:
    """Name of an entry of the spec → the results of all its subspaces and seeds, in the order of the spec."""
    grouped: dict[str, list[Result[R]]] = {}
    for result in results:
        grouped.setdefault(result.group or result.subspace, []).append(result)
    return grouped
