"""Compares the numbers of two reports: ``python tests/compare_reports.py LEFT RIGHT [--ignore GLOB]...``.

Tables are compared cell by cell as text, arrays bit by bit. The exit status is 0 if all are the same; else it is 1, and
the first difference is named.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import zip_longest
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

TABLES, ARRAYS = "tables/*.csv", "arrays/*.npz"


def assert_same_numbers(left: Path, right: Path, ignore: Sequence[str] = ()) -> None:
    """Pass two folders of reports whose tables and arrays are the same.

    Args:
        left: the folder of a report.
        right: that of another.
        ignore: patterns of files that are not compared, as ``tables/sweep.csv``.

    Raises:
        AssertionError: something differs; the text names the first file, the place in it, and both values.
    """
    names = [sorted(_names(folder, ignore)) for folder in (left, right)]
    if not any(names):
        raise AssertionError(f"expected {TABLES} or {ARRAYS} in a folder of a report, got none in {left} and {right}")
    for name in sorted({*names[0], *names[1]}):
        for folder, other in ((left, right), (right, left)):
            if not (folder / name).is_file():
                raise AssertionError(f"{name}: in {other}, but not in {folder}")
        compare = _compare_tables if name.endswith(".csv") else _compare_arrays
        compare(name, left / name, right / name)


def _names(folder: Path, ignore: Sequence[str]) -> Iterator[str]:
    for pattern in (TABLES, ARRAYS):
        for path in folder.glob(pattern):
            name = path.relative_to(folder).as_posix()
            if not any(fnmatch(name, one) for one in ignore):
                yield name


def _compare_tables(name: str, left: Path, right: Path) -> None:
    (head, *rows), (other_head, *other_rows) = (_rows(path) for path in (left, right))
    if head != other_head:
        _differ(f"{name}: columns", head, other_head)
    for number, (row, other_row) in enumerate(zip_longest(rows, other_rows), start=1):
        if row is None or other_row is None:
            _differ(f"{name}: number of rows", len(rows), len(other_rows))
        for column, cell, other_cell in zip_longest(head, row, other_row):
            if cell != other_cell:
                _differ(f"{name}: column {column!r}, row {number}", cell, other_cell)


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file)) or [[]]


def _compare_arrays(name: str, left: Path, right: Path) -> None:
    with np.load(left, allow_pickle=False) as one, np.load(right, allow_pickle=False) as other:
        if sorted(one.files) != sorted(other.files):
            _differ(f"{name}: names of arrays", sorted(one.files), sorted(other.files))
        for key in sorted(one.files):
            _compare_bits(f"{name}: array {key!r}", one[key], other[key])


def _compare_bits(what: str, left: np.ndarray, right: np.ndarray) -> None:
    if left.dtype != right.dtype:
        _differ(f"{what}, type", left.dtype, right.dtype)
    if left.shape != right.shape:
        _differ(f"{what}, shape", left.shape, right.shape)
    is_other = np.any(_bytes(left) != _bytes(right), axis=1)
    if is_other.any():
        place = np.unravel_index(int(np.argmax(is_other)), left.shape)
        _differ(f"{what}, at {[int(index) for index in place]}", _shown(left[place]), _shown(right[place]))


def _bytes(array: np.ndarray) -> np.ndarray:
    """The bytes of each element, `[size, itemsize]`."""
    return np.frombuffer(array.tobytes(), dtype=np.uint8).reshape(array.size, array.dtype.itemsize)


def _shown(value: np.generic) -> str:
    """The value, and its bytes as they are stored: not every NaN is the same."""
    return f"{value} ({value.tobytes().hex()})"


def _differ(where: str, left: Any, right: Any) -> NoReturn:
    raise AssertionError(f"{where}: {left} on the left, {right} on the right")


def main() -> int:
    """Compare the folders of the command line; the exit status."""
    parser = argparse.ArgumentParser(description="Compare the tables and arrays of two reports.")
    parser.add_argument("left", type=Path, metavar="LEFT")
    parser.add_argument("right", type=Path, metavar="RIGHT")
    parser.add_argument("--ignore", action="append", default=[], metavar="GLOB", help="files to leave out")
    options = parser.parse_args()
    try:
        assert_same_numbers(options.left, options.right, options.ignore)
    except AssertionError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
