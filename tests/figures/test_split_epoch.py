from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossgeo.analyses.base import Result
from lossgeo.analyses.path import Path
from lossgeo.families.branches import Branches
from lossgeo.families.simplex import Simplex
from lossgeo.figures.split_epoch import draw_series, group_axes, split_axis


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Leave no figure open."""
    yield
    plt.close("all")


def hulls(epochs: tuple[int, ...], seeds: tuple[int, ...] = (0, 1), group: str = "hull") -> list[Result[float]]:
    """Results whose record is a number: the split epoch, and a tenth of the seed."""
    return [
        Result(f"{group}_{k}", i, seed, Branches(split_epochs=(k,)), Path(), k + seed / 10, group=group)
        for i, k in enumerate(epochs)
        for seed in seeds
    ]


def line(seed: int = 0) -> Result[float]:
    return Result("line", 7, seed, Simplex(), Path(), -1.0, group="line")


def number(result: Result[float]) -> float:
    return result.record


def test_split_epochs_stand_in_order_whatever_the_order_of_the_spec() -> None:
    axis = split_axis(hulls((20, 0, 5)))

    (series,) = axis.series
    assert axis.ticks == ("0", "5", "20")
    np.testing.assert_allclose(series.values(number), [[0, 5, 20], [0.1, 5.1, 20.1]])


def test_an_axis_says_so_where_it_is_not_to_scale() -> None:
    assert split_axis(hulls((0, 2, 4))).label == "split epoch"
    assert split_axis(hulls((0, 1, 10))).label == "split epoch (not to scale)"
    assert split_axis([line()]).label == ""


def test_other_subspaces_stand_behind_the_epochs_by_name() -> None:
    axis = split_axis([line(), *hulls((0, 3))])

    assert axis.ticks == ("0", "3", "line")
    assert {series.group: series.positions for series in axis.series} == {"line": (2,), "hull": (0, 1)}


def test_groups_share_the_places_of_their_epochs() -> None:
    axis = split_axis([*hulls((0, 5)), *hulls((2, 5), group="wide")])

    assert axis.ticks == ("0", "2", "5")
    assert [series.positions for series in axis.series] == [(0, 2), (1, 2)]


def test_a_result_that_is_missing_leaves_a_gap() -> None:
    (series,) = split_axis(hulls((0, 5))[:-1]).series

    np.testing.assert_array_equal(series.values(number), [[0, 5], [0.1, np.nan]])


def test_each_group_can_have_an_axis_of_its_own() -> None:
    axes = group_axes([*hulls((0, 5)), line(), *hulls((2,), group="wide")])

    assert {group: axis.ticks for group, axis in axes.items()} == {"hull": ("0", "5"), "": ("line",), "wide": ("2",)}


def test_the_thick_line_is_the_mean_of_the_seeds_that_are_there() -> None:
    (series,) = split_axis(hulls((0, 5))[:-1]).series
    _, ax = plt.subplots()

    draw_series(ax, series, number, color="red", label="share")

    *seeds, mean = ax.lines
    assert len(seeds) == 2
    np.testing.assert_allclose(mean.get_ydata(), [0.05, 5])
    assert mean.get_label() == "share"
