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

from lossgeo.report.aside import write_aside
from lossgeo.results import OpenStudy
from lossgeo.swept import sweep_table


def write_results(study: OpenStudy) -> list[Path]:
    """Write ``tables/<analysis>.csv`` and ``arrays/<analysis>-<subspace>-<seed>.npz`` of stored results; their paths.

    The fits at the settings of a sweep become ``tables/sweep.csv``.

    Raises:
        ReportError: a file cannot be written.
    """
    written: list[Path] = []
    for name in (analysis.called for analysis in study.answered):
        table = study.folder / "tables" / f"{name}.csv"
        write_aside(table, study.table(name).to_csv(index=False))
        written.append(table)
        for result in study.results(name):
            named = study.folder / "arrays" / f"{name}-{result.subspace}-{result.seed}.npz"
            write_aside(named, _npz(dict(arrays(result.record))))
            written.append(named)
    swept = sweep_table(study)
    if len(swept):
        table = study.folder / "tables" / "sweep.csv"
        write_aside(table, swept.to_csv(index=False))
        written.append(table)
    return written


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
    """SHA-256 of a file, None if there is none."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _npz(named: Mapping[str, np.ndarray]) -> bytes:
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **named)
    return buffer.getvalue()
