"""The comparison of reports finds what differs and says where."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import compare_reports
import numpy as np
import pytest
from compare_reports import assert_same_numbers

CELLS = "subspace,seed,loss\nline,0,0.1\nline,1,0.2\n"
OTHER_NAN = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]


def write_arrays(folder: Path, **changed: np.ndarray) -> None:
    usual = {"loss": np.array([[0.0, 1.0], [np.nan, 3.0]]), "count": np.array(3), "empty": np.zeros((0, 2))}
    np.savez_compressed(folder / "arrays" / "path-line-0.npz", allow_pickle=False, **{**usual, **changed})


@pytest.fixture
def reports(tmp_path: Path) -> tuple[Path, Path]:
    left, right = tmp_path / "left", tmp_path / "right"
    for name in ("tables", "arrays"):
        (left / name).mkdir(parents=True)
    (left / "tables" / "path.csv").write_text(CELLS)
    write_arrays(left)
    shutil.copytree(left, right)
    return left, right


def with_cells(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "tables" / "path.csv").write_text(text) and None


def with_array(**changed: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: write_arrays(folder, **changed)


def test_equal_reports_pass(reports: tuple[Path, Path]) -> None:
    (reports[1] / "index.html").write_text("a page of its own")

    assert_same_numbers(*reports)


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a cell": (
        with_cells(CELLS.replace("0.2", "0.20")),
        r"tables/path.csv: column 'loss', row 2: 0.2 on the left, 0.20 on the right",
    ),
    "a column": (with_cells(CELLS.replace("loss", "error")), r"tables/path.csv: columns: .*'loss'.*'error'"),
    "a row": (with_cells(CELLS + "line,2,0.3\n"), r"tables/path.csv: number of rows: 2 on the left, 3 on the right"),
    "a short row": (with_cells(CELLS.replace(",0.2", "")), r"column 'loss', row 2: 0.2 on the left, None on the right"),
    "no cells": (with_cells(""), r"tables/path.csv: columns: "),
    "a bit": (
        with_array(loss=np.array([[0.0, 1.0], [np.nan, np.nextafter(3.0, 4.0)]])),
        r"arrays/path-line-0.npz: array 'loss', at \[1, 1\]: 3.0 .* on the left, 3.0000000000000004 ",
    ),
    "the sign of zero": (
        with_array(loss=np.array([[-0.0, 1.0], [np.nan, 3.0]])),
        r"'loss', at \[0, 0\]: 0.0 .* on the left, -0.0 ",
    ),
    "the bits of a NaN": (
        with_array(loss=np.array([[0.0, 1.0], [OTHER_NAN, 3.0]])),
        r"at \[1, 0\]: nan \(000000000000f87f\) on the left, nan \(010000000000f87f\) on the right",
    ),
    "a scalar": (with_array(count=np.array(4)), r"array 'count', at \[\]: 3 .* on the left, 4 "),
    "a type": (with_array(count=np.array(3, dtype=np.int32)), r"'count', type: int64 on the left, int32 on the right"),
    "a shape": (with_array(empty=np.zeros((2, 0))), r"'empty', shape: \(0, 2\) on the left, \(2, 0\) on the right"),
    "an array more": (
        with_array(more=np.zeros(1)),
        r"arrays: .*'loss'\] on the left, .*'more'\] on the right",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_differs_is_named_with_both_values(reports: tuple[Path, Path], change: str) -> None:
    make, says = CHANGES[change]
    make(reports[1])

    with pytest.raises(AssertionError, match=says):
        assert_same_numbers(*reports)


@pytest.mark.parametrize("name", ["tables/path.csv", "arrays/path-line-0.npz"])
def test_a_file_on_one_side_is_a_difference_unless_it_is_ignored(reports: tuple[Path, Path], name: str) -> None:
    left, right = reports
    (left / name).unlink()

    for pair in (reports, (right, left)):
        with pytest.raises(AssertionError, match=f"{name}: in .*right, but not in .*left"):
            assert_same_numbers(*pair)
        assert_same_numbers(*pair, ignore=[f"{name[:6]}/*"])


def test_folders_without_numbers_are_no_reports(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"expected tables/\*\.csv or arrays/\*\.npz"):
        assert_same_numbers(tmp_path, tmp_path)


def test_the_command_ends_with_1_and_says_the_same(reports: tuple[Path, Path]) -> None:
    def compare(*options: str) -> tuple[int, str, str]:
        command = [sys.executable, compare_reports.__file__, *map(str, reports), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    equal = compare()
    with_cells(CELLS.replace("0.1", "0.3"))(reports[1])

    said = "tables/path.csv: column 'loss', row 1: 0.1 on the left, 0.3 on the right\n"
    assert equal == (0, "", "")
    assert compare() == (1, "", said)
    assert compare("--ignore", "tables/path.csv") == (0, "", "")
