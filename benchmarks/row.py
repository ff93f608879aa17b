"""A row of the table: a piece of work, the time that it takes, that of a plain loop in the same run, and a limit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Row:
    """The times of a piece of work.

    Args:
        name: of the work.
        plain: the loop that it is compared with.
        ours_seconds: of lossgeo.
        plain_seconds: of the plain loop, on all cores.
        limit_seconds: what the machine could do at its rates, measured in the same run; None where that is not known.
        wanted: the smallest ratio of the plain time to ours that is aimed at.
        difference: of the results, relatively; None where they are not numbers that could be compared.
        sizes: of the work.
        threads: of ours, those of side-by-side processes together.
        device: that it ran on.
        notes: what else is to be known, in words.
    """

    name: str
    plain: str
    ours_seconds: float
    plain_seconds: float
    limit_seconds: float | None
    wanted: float
    sizes: Mapping[str, int]
    difference: float | None = None
    threads: int = 1
    device: str = "cpu"
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How many times as long the plain loop takes."""
        return self.plain_seconds / self.ours_seconds

    @property
    def verdict(self) -> str:
        """Whether the ratio that is aimed at was reached."""
        return "reached" if self.ratio >= self.wanted else "not reached"

    def line(self) -> str:
        """The row as a line of JSON."""
        return json.dumps({**asdict(self), "ratio": round(self.ratio, 3), "verdict": self.verdict})


HEADINGS = ("work", "plain loop", "ours", "plain", "ratio", "aimed at", "limit", "difference", "")


def table(rows: Iterable[Row]) -> str:
    """The rows as a table of Markdown."""
    cells = [HEADINGS, tuple("---" for _ in HEADINGS), *map(_cells, rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEADINGS))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    )


def _cells(row: Row) -> tuple[str, ...]:
    limit = (
        "" if row.limit_seconds is None else f"{row.ours_seconds / row.limit_seconds:.1f} × {_time(row.limit_seconds)}"
    )
    difference = "" if row.difference is None else f"{row.difference:.0e}"
    return (
        *(row.name, row.plain, _time(row.ours_seconds), _time(row.plain_seconds), f"{row.ratio:.1f}"),
        *(f"≥ {row.wanted:g}", limit, difference, row.verdict),
    )


def _time(seconds: float) -> str:
    return f"{1e3 * seconds:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"
