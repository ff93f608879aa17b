from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, normal, toy_subject
from matplotlib import pyplot as plt

from lossgeo import figures
from lossgeo.analyses.base import Analysis, Result
from lossgeo.analyses.convex_hull import ConvexHull
from lossgeo.analyses.singular_values import SingularValues
from lossgeo.families.base import Family
from lossgeo.families.branches import Branches
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.task import REGRESSION

LANDSCAPE = Analytic(30, lambda theta: theta.square().sum(1))
SPACES: dict[str, Family] = {
    "hull_0": Branches(vertices=4, split_epochs=(0,)),
    "hull_5": Branches(vertices=4, split_epochs=(5,)),
    "line": Simplex(),
}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Leave no figure open."""
    yield
    plt.close("all")


@cache
def found(analysis: Analysis) -> tuple[Result, ...]:  # type: ignore[type-arg]
    """Two hulls of a group and a line, of two seeds."""
    results = []
    for index, (name, family) in enumerate(SPACES.items()):
        for seed in (0, 1):
            subject = toy_subject(family, LANDSCAPE, seed)
            if family.split_epoch is not None:
                start = {"initialisation": torch.zeros(30), "split": normal(30, seed=9)}
                subject = replace(subject, origins=start)
            record = analysis.compute(subject)
            results.append(Result(name, index, seed, family, analysis, record, group=name.split("_")[0]))
    return tuple(results)


HULLS = ConvexHull(samples=6)


@pytest.mark.parametrize("names", [("hull_0", "hull_5"), ("line",), tuple(SPACES)])
@pytest.mark.parametrize("figure", ["hull_probability", "hull_differences", "hull_distances", "hull_means"])
def test_every_choice_of_subspaces_can_be_drawn(figure: str, names: tuple[str, ...]) -> None:
    results = [result for result in found(HULLS) if result.subspace in names]

    fig = getattr(figures, figure)(results)

    fig.canvas.draw()
    assert fig.axes


def test_the_panels_are_the_samplings_and_the_bars_are_those_of_wilson() -> None:
    results = found(HULLS)

    whole, edges = figures.hull_probability(results).axes

    assert (whole.get_title("left"), edges.get_title("left")) == ("the whole hull", "faces of 2 corners")
    assert [tick.get_text() for tick in whole.get_xticklabels()] == ["0", "5", "line"]
    assert [tick.get_text() for tick in edges.get_xticklabels()] == ["0", "5"]
    first = results[0].record.compare(results[0].record.whole, "inside").lower
    np.testing.assert_allclose(whole.lines[0].get_ydata(), [first.low, first.high])


def test_the_median_of_the_differences_is_marked() -> None:
    results = [result for result in found(HULLS) if result.subspace == "hull_0"]

    (ax,) = figures.hull_differences(results).axes

    expected = [
        np.median(np.concatenate([one.record.compare(one.record.whole, place).difference for one in results]))
        for place in ("inside", "random")
    ]
    drawn = [float(line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(drawn, expected)


def test_distances_to_what_a_group_was_trained_from_are_in_its_panel_only() -> None:
    hull, line = figures.hull_distances(found(HULLS)).axes

    labels = [text.get_label() for text in hull.lines if not str(text.get_label()).startswith("_")]
    assert labels == ["corner to corner", "inside to nearest corner", "initialisation to corner", "split to corner"]
    assert len({str(text.get_label()) for text in line.lines if not str(text.get_label()).startswith("_")}) == 2


@pytest.mark.parametrize(("is_regression", "label"), [(False, "train accuracy"), (True, "train loss (squared error)")])
def test_a_regression_is_told_by_its_loss(is_regression: bool, label: str) -> None:  # noqa: FBT001 - a parameter
    results = [replace(result, task=REGRESSION) if is_regression else result for result in found(HULLS)]

    assert figures.hull_means(results).axes[0].get_ylabel() == label


def test_spectra_are_drawn_by_origin_and_group() -> None:
    fig = figures.spectrum_of_corners(found(SingularValues(draws=5)))

    fig.canvas.draw()
    titles = [ax.get_title("left") for ax in fig.axes]
    expected = ["as they are", "less their mean", "less the split point"]
    assert titles == ["hull: as they are", *expected[1:], *expected]


def test_the_last_of_the_values_less_the_mean_is_not_drawn() -> None:
    results = [result for result in found(SingularValues(draws=5)) if result.subspace == "hull_5"]

    _, mean, _ = figures.spectrum_of_corners(results).axes

    ends = {len(line.get_xdata()) for line in mean.lines}
    assert ends == {3}
