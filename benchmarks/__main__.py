"""``python -m benchmarks [NAME…]``: a line of JSON for every row, and then the table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from benchmarks import engine, epochs, geometry, surfaces
from benchmarks.row import Row, table

ROWS: dict[str, Callable[[], Iterator[Row]]] = {
    "plane": surfaces.plane,
    "plane_of_three_layers": surfaces.plane_of_three_layers,
    "plane_of_lenet": surfaces.plane_of_lenet,
    "hull": surfaces.hull,
    "hull_of_lenet": surfaces.hull_of_lenet,
    "network": epochs.network,
    "simplexes": epochs.simplexes,
    "curve": epochs.curve,
    "geometry": geometry.geometry,
    "hessian_ends": geometry.hessian_ends,
    "engine": engine.engine,
    "workers": engine.workers,
}


def main(names: list[str]) -> int:
    """Measure the rows of these names, or all; returns the exit code."""
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        print(f"no such rows: {', '.join(unknown)}; expected some of {', '.join(ROWS)}", file=sys.stderr)
        return 2
    found = []
    for name in names or ROWS:
        for row in ROWS[name]():
            print(row.line(), flush=True)
            found.append(row)
    print(f"\n{table(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
