"""Faults of a spec that asks a regression for right and wrong answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lossgeo.documents.faults import Fault


def undefined_agreement(
    dataset: Any, analyses: Any, regressions: Collection[str], needing_classes: Collection[str]
) -> Iterator[Fault]:
    """Kinds of analyses of right and wrong answers, asked of kinds of data that have none."""
    if _kind(dataset) in regressions:
        for i, analysis in enumerate(analyses if isinstance(analyses, tuple) else ()):
            if (kind := _kind(analysis)) in needing_classes:
                expected = (
                    f"an analysis that is defined for a regression: no answer to {_kind(dataset)} is right or wrong"
                )
                yield Fault(("analyses", i, "kind"), repr(kind), expected)


def _kind(raw: Any) -> str:
    kind = raw.get("kind") if isinstance(raw, Mapping) else None
    return kind if isinstance(kind, str) else ""
