"""The files beside the page: tidy tables, arrays, and the summary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from lossgeo import claims
from lossgeo.lazy import pandas as pd
from lossgeo.report.aside import write_aside
from lossgeo.results import OpenStudy
from lossgeo.spec.claim import OWN_TABLES
from lossgeo.swept import sweep_table

CLAIMS = "claims.md"


def write_results(study: OpenStudy) -> list[Path]:
    """Write ``tables/<analysis>.csv`` and ``arrays/<analysis>-<subspace>-<seed>.npz``; return their paths.

    The trainings become ``tables/training.csv``, the sizes ``tables/study.csv``, the fits at the settings of a sweep
    ``tables/sweep.csv``, and the claims ``tables/claims.csv`` and ``claims.md``.

    Raises:
        ReportError: a file cannot be written.
    """
    written: list[Path] = []
    for name in OWN_TABLES:
        written += _write_table(study, name, study.table(name))
    for name in (analysis.called for analysis in study.answered):
        written += _write_table(study, name, study.table(name))
        for result in study.results(name):
            named = study.folder / "arrays" / f"{name}{result.stem}.npz"
            write_aside(named, _npz(dict(arrays(result.record))))
            written.append(named)
    verdicts = claims.judged(study)
    if verdicts:
        listing = study.folder / CLAIMS
        write_aside(listing, claims.markdown(verdicts))
        written.append(listing)
    written += _write_table(study, "claims", claims.frame(verdicts))
    return written + _write_table(study, "sweep", sweep_table(study))


def _write_table(study: OpenStudy, name: str, table: pd.DataFrame) -> list[Path]:
    """Write ``tables/<name>.csv``, unless it would be empty; return its path."""
    if table.empty:
        return []
    path = study.folder / "tables" / f"{name}.csv"
    write_aside(path, table.to_csv(index=False))
    return [path]


def arrays(record: Any, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of a record by their path in it, such as ``route.validation.loss``."""
    if isinstance(record, np.ndarray):
        yield prefix, record
        return
    parts: Mapping[str, Any] = {}
    if is_dataclass(record):
        parts = {field.name: getattr(record, field.name) for field in fields(record)}
    elif isinstance(record, Mapping):
        parts = record
    elif isinstance(record, tuple):
        parts = {str(i): part for i, part in enumerate(record)}
    for name, part in parts.items():
        yield from arrays(part, f"{prefix}.{name}" if prefix else name)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write plain values as JSON that people read too.

    Raises:
        ReportError: the file cannot be written.
    """
    write_aside(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def file_digest(path: Path) -> str | None:
    """SHA-256 of a file; None if it does not exist."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _npz(named: Mapping[str, np.ndarray]) -> bytes:
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **named)
    return buffer.getvalue()
