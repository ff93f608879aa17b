from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lossgeo import figures
from lossgeo.analyses.base import Result
from lossgeo.analyses.hessian_ends import HessianEnds
from lossgeo.analyses.update_convexity import UpdateConvexity
from lossgeo.families.base import Family
from lossgeo.families.branches import Branches
from lossgeo.families.simplex import Simplex
from lossgeo.families.trajectory import Trajectory
from lossgeo.measures.hessian_record import HessianRecord
from lossgeo.measures.update_record import UpdateRecord

EPOCHS = (0, 1, 4)
SUBSPACES: dict[str, tuple[str, Family]] = {
    "way": ("way", Trajectory(epochs=EPOCHS)),
    "hull_0": ("hull", Branches(split_epochs=(0,))),
    "hull_5": ("hull", Branches(split_epochs=(5,))),
    "line": ("line", Simplex()),
}


def hessians(*names: str, smallest: float = -1.0) -> list[Result[HessianRecord]]:
    """λ_max is 2, 4 and 8 at the corners."""
    ones = np.ones(3)
    record = HessianRecord(
        9, 1e-5, None, smallest * ones, np.array([2.0, 4, 8]), 0 * ones, 0 * ones, np.ones(3, dtype=np.int64)
    )
    return [
        Result(name, list(SUBSPACES).index(name), seed, SUBSPACES[name][1], HessianEnds(), record, SUBSPACES[name][0])
        for name in names
        for seed in (0, 1)
    ]


def gaps(*names: str, size: float = 1.0) -> list[Result[UpdateRecord]]:
    gap = size * np.array([[-1.0, -2, -3, -4], [-1, -1, 1, 1], [1, 2, 3, 4]])
    record = UpdateRecord(9, None, gap, gap + size * 0.5, np.ones((3, 4)), np.ones((3, 4)))
    return [
        Result(name, 0, seed, SUBSPACES[name][1], UpdateConvexity(), record, SUBSPACES[name][0])
        for name in names
        for seed in (0, 1)
    ]


def thick(fig: Figure, axes: int) -> list[tuple[list[float], list[float]]]:
    """Coordinates of the means over seeds in a panel."""
    lines = [line for line in fig.axes[axes].lines if line.get_marker() == "o" and line.get_markersize() == 4]
    return [(list(map(float, line.get_xdata())), list(map(float, line.get_ydata()))) for line in lines]


def test_the_ratio_of_a_trajectory_stands_over_its_epochs_and_the_ends_below() -> None:
    fig = figures.hessian_ends(hessians("way"))

    assert thick(fig, 0) == [([0, 1, 4], [-0.5, -0.25, -0.125])]
    assert [y for _, y in thick(fig, 1)] == [[2, 4, 8], [-1, -1, -1]]
    assert [label.get_text() for label in fig.axes[1].get_xticklabels()] == ["0", "1", "4"]
    plt.close(fig)


def test_hulls_stand_over_their_split_epochs_with_the_mean_over_corners() -> None:
    fig = figures.hessian_ends(hessians("way", "hull_0", "hull_5", "line"))

    assert len(fig.axes) == 4
    assert thick(fig, 1)[0] == ([0, 1], [pytest.approx(-0.875 / 3)] * 2)
    assert thick(fig, 1)[1] == ([2], [pytest.approx(-0.875 / 3)])
    assert [text.get_text() for text in fig.legends[0].get_texts()][:3] == ["way", "line", "hull"]
    plt.close(fig)


def test_eigenvalues_that_are_all_zero_can_be_drawn() -> None:
    fig = figures.hessian_ends(hessians("way", smallest=0.0))

    fig.draw_without_rendering()
    plt.close(fig)


def test_the_probability_stands_over_the_size_of_the_gap_and_what_hides_it() -> None:
    fig = figures.update_convexity(gaps("way"))

    assert thick(fig, 0) == [([0, 1, 4], [1, 0.5, 0])]
    size, single, noise = (y for _, y in thick(fig, 1))
    assert size == [2.5, 1, 2.5]
    assert single == [0.5, 0.5, 0.5]
    assert max(noise) < 1e-8
    plt.close(fig)


def test_intervals_are_drawn_for_every_seed_of_a_trajectory() -> None:
    fig = figures.update_convexity(gaps("way"))

    bars = [path.vertices[:, 1].tolist() for collection in fig.axes[0].collections for path in collection.get_paths()]
    record = gaps("way")[0].record
    assert bars == [pytest.approx([share.low, share.high]) for share in record.negative] * 2
    plt.close(fig)


def test_gaps_that_are_all_zero_can_be_drawn() -> None:
    fig = figures.update_convexity(gaps("way", "hull_0", size=0.0))

    fig.draw_without_rendering()
    plt.close(fig)
