"""Figures and headlines of a regression: its loss in its unit, and no accuracy that it does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mathematics_toys import Analytic, toy_subject
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

from lossgeo import figures
from lossgeo.analyses.base import Analysis, Result
from lossgeo.analyses.chord import Chord
from lossgeo.analyses.headline import Headline
from lossgeo.analyses.path import Path
from lossgeo.analyses.perturbation import Perturbation
from lossgeo.analyses.plane import PlaneSurface
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.landscape import Evaluation, Progress, silent
from lossgeo.landscape.task import REGRESSION
from lossgeo.landscape.weights import Points
from lossgeo.results import TrainingResult
from lossgeo.swept import SweptFit
from lossgeo.training.record import History

FAMILIES: Mapping[str, Family] = {"line": Simplex(), "triangle": Simplex(vertices=3), "curve": MlpCurve(hidden=(4,))}
ANALYSES: Mapping[str, Analysis] = {
    "path": Path(points=4, inside=3),
    "plane": PlaneSurface(points=3),
    "perturbation": Perturbation(std=(0.1, 1.0), draws=2, points=4, surface_points=3),
    "chord": Chord(samples=5),
}
FIGURES = {"path": "path", "plane": "plane", "perturbation": "perturbation", "perturbed_surfaces": "perturbation"}
FIGURES |= {"chord": "chord"}
FOREIGN = re.compile(r"accurac|nats|\bnan\b|points\b|(?<!squared )error")


class Regressed(Analytic):
    """A formula as the loss of a regression."""

    def evaluate(self, points: Points, progress: Progress = silent) -> Evaluation:
        """The loss, and no accuracy."""
        found = super().evaluate(points, progress)
        return replace(found, accuracy=np.full_like(found.loss, np.nan))


def results(kind: str) -> list[Result[Any]]:
    """A line, a triangle and a curve, of two seeds, on a loss of a millionth."""
    landscape, analysis = Regressed(20, lambda theta: 1e-6 * theta.square().sum(1)), ANALYSES[kind]
    return [
        Result(name, i, seed, family, analysis, analysis.compute(toy_subject(family, landscape, seed)), task=REGRESSION)
        for i, (name, family) in enumerate(FAMILIES.items())
        for seed in (0, 1)
    ]


def training(name: str, index: int | None, seed: int, corners: int = 1) -> TrainingResult:
    """A training of three epochs, whose validation loss begins at one more than the seed."""
    none, falling = np.full(3, np.nan), np.array([1.0, 0.5, 0.25]) + seed
    gram = np.tile(np.eye(corners), (4, 1, 1))
    history = History(falling, none, np.zeros(3), falling, none, best_epoch=2, corner_gram=gram)
    return TrainingResult(name, index, seed, history, selected=2, task=REGRESSION)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Leave no figure open."""
    yield
    plt.close("all")


def texts(fig: Figure) -> str:
    """All that is written on a figure."""
    fig.canvas.draw()
    return " | ".join(text.get_text() for text in fig.findobj(Text) if text.get_visible())


def assert_shows_the_loss_alone(fig: Figure) -> None:
    written = texts(fig)
    assert "squared error" in written
    assert FOREIGN.findall(written) == []
    for ax in fig.axes:
        if ax.get_visible():
            assert ax.has_data()
        assert all(np.isfinite(np.asarray(line.get_ydata(), dtype=float)).all() for line in ax.lines)


@pytest.mark.parametrize(("figure", "kind"), FIGURES.items())
def test_a_figure_of_a_regression_shows_its_loss_and_nothing_else(figure: str, kind: str) -> None:
    assert_shows_the_loss_alone(getattr(figures, figure)(results(kind)))


def test_the_trainings_of_a_regression_have_one_panel() -> None:
    fig = figures.training([training("line", 0, seed, corners=2) for seed in (0, 1)])

    assert_shows_the_loss_alone(fig)
    (ax,) = fig.axes
    np.testing.assert_array_equal(np.asarray(ax.lines[1].get_ydata()), [2.0, 1.5, 1.25])


def test_networks_on_their_own_have_no_corners_to_show() -> None:
    fig = figures.corners([training("line", 0, 0, corners=3), training("hull", 1, 0)])

    assert [len(ax.lines) for ax in fig.axes] == [2, 1]  # the first has a line at zero


def test_a_sweep_of_a_regression_has_a_panel_for_the_loss_and_none_for_the_accuracy() -> None:
    fits = [
        SweptFit({"training.l2": value}, value == 1.0, 0, training("line", 0, seed, corners=2))
        for value in (1.0, 2.0)
        for seed in (0, 1)
    ]

    fig = figures.sweep(fits)

    assert_shows_the_loss_alone(fig)
    assert [ax.get_title("left") for ax in fig.axes][2:] == ["validation loss (squared error)"]
    assert np.asarray(fig.axes[2].lines[0].get_xydata()).tolist() == [[1, 0.25], [1, 1.25], [2, 0.25], [2, 1.25]]


def test_the_error_of_a_regression_is_not_drawn_when_it_is_asked_for() -> None:
    with pytest.raises(ValueError, match="has no error; ask for 'loss'"):
        figures.plane(results("plane"), "error")


def headline(kind: str) -> tuple[Headline, list[Result[Any]]]:
    found = results(kind)
    said = type(ANALYSES[kind]).headline(found)
    assert said is not None
    return said, found


@pytest.mark.parametrize("kind", ["path", "perturbation", "chord"])
def test_a_headline_of_a_regression_speaks_of_its_loss(kind: str) -> None:
    said, _ = headline(kind)

    words = " ".join([said.sentence, *said.numbers, *said.more])
    assert "squared error" in said.sentence
    assert all("squared error" in label for label in {**said.numbers, **said.more})
    assert FOREIGN.sub("", words.replace("evaluated point", "")) == words.replace("evaluated point", "")


def test_the_headline_of_a_path_gives_the_means_and_the_most() -> None:
    said, found = headline("path")

    alone = np.mean([result.record.network["validation"].loss[0] for result in found[:2]])
    line = np.mean([result.record.route["validation"].loss.mean() for result in found[:2]])
    most = max(result.record.everywhere("validation").loss.max() for result in found)
    assert said.sentence.startswith(
        f"The validation loss (squared error) of independent networks is {alone:.3g}, and {line:.3g} (line), "
    )
    assert said.sentence.endswith(f" on average over the subspaces, at no evaluated point more than {most:.3g}.")
    assert [interval.mean for interval, _ in said.numbers.values()][:2] == pytest.approx([alone, line])


def test_the_headline_of_a_chord_gives_the_difference_of_the_losses() -> None:
    said, found = headline("chord")

    records = [result.record for result in found if result.subspace == "curve"]
    difference = np.mean([(record.subspace.loss - record.chord.loss).mean() for record in records])
    assert f"a difference of {difference:+.4g} [" in said.sentence
    (interval, _) = said.numbers["test loss (squared error), curve minus its chord"]
    assert interval.mean == pytest.approx(difference)
