"""Faults of the loss: a formula beside a network, or a network, data and training that do not fit."""

from __future__ import annotations

from collections.abc import Iterator

from lossgeo.documents.faults import Fault, describe
from lossgeo.spec.draft import ARCHITECTURE, DATASET, PROBLEM, TRAINING, Draft


def problem_faults(draft: Draft) -> Iterator[Fault]:
    """Faults of a loss that is given twice or not at all, or whose architecture or training does not fit the data."""
    is_formula = draft.raw.get(PROBLEM) is not None
    for part in (DATASET, ARCHITECTURE):
        there = draft.raw.get(part, {})
        if is_formula and there:
            expected = "no such key beside `problem`, whose loss is a formula of the weights; remove one of the two"
            yield Fault((part,), describe(there), expected)
        if not is_formula and there is None:
            yield Fault((part,), "nothing", f"a kind of {part}, or leave out the key for the default")
    yield from _unfit(draft)


def _unfit(draft: Draft) -> Iterator[Fault]:
    data, architecture, training = draft.dataset, draft.architecture, draft.training
    if data is not None and architecture is not None:
        yield from (fault.within((ARCHITECTURE,)) for fault in architecture.faults(data.inputs, data.outputs))
    if data is not None and training is not None:
        yield from (fault.within((TRAINING,)) for fault in training.faults(data.sizes["train"]))
