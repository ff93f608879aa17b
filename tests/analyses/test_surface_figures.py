"""What the figures of planes draw and what their legends say, on toy landscapes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mathematics_toys import Analytic, toy_subject
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lossgeo import figures
from lossgeo.analyses.base import Analysis, Result
from lossgeo.analyses.path import Path
from lossgeo.analyses.perturbation import Perturbation
from lossgeo.analyses.plane import PlaneSurface
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Independent, Simplex
from lossgeo.landscape.weights import Points

CURVE = MlpCurve(hidden=(4,))
NOISY = Perturbation(std=(1.0, 0.1), draws=2, points=4, surface_points=3)


def result(
    analysis: Analysis, family: Family, name: str = "valley", seed: int = 0, *, is_compared: bool = True
) -> Result[Any]:
    subject = toy_subject(family, Analytic(20, lambda theta: theta.square().sum(1)), seed)
    if isinstance(family, Independent):
        subject = replace(subject, independent=Points.of(subject.fitted.basis[:1].clone()))
    asked = subject if is_compared else replace(subject, independent=None)
    return Result(name, 0, seed, family, analysis, analysis.compute(asked))


def drawn(name: str, *results: Result[Any], **options: Any) -> Figure:
    """The figure of that name, drawn to the last pixel."""
    fig: Figure = getattr(figures, name)(results, **options)
    fig.canvas.draw()
    plt.close(fig)
    return fig


def legend(fig: Figure) -> set[str]:
    return {text.get_text() for text in fig.legends[0].get_texts()}


@pytest.mark.parametrize(
    ("family", "options", "expected"),
    [
        (Simplex(), {}, {"the subspace", "corner", "independent network"}),
        (CURVE, {}, {"the subspace, projected", "corner", "independent network"}),
        (Simplex(vertices=3), {}, {"the subspace", "corner", "independent network, projected"}),
        (Independent(vertices=3), {}, {"straight between the corners", "corner", "independent network"}),
        (
            CURVE,
            {"through": "principal"},
            {"the subspace, projected", "corner, projected", "independent network, projected"},
        ),
    ],
    ids=["line", "curve", "triangle", "separate networks", "principal"],
)
def test_the_legend_of_a_plane_says_what_is_drawn_and_no_more(
    family: Family, options: dict[str, Any], expected: set[str]
) -> None:
    assert legend(drawn("plane", result(PlaneSurface(points=3, **options), family))) == expected


def test_a_plane_without_an_independent_network_shows_none() -> None:
    fig = drawn("plane", result(PlaneSurface(points=3), Simplex(vertices=3), is_compared=False))

    assert legend(fig) == {"the subspace", "corner"}


def test_a_path_without_an_independent_network_shows_none() -> None:
    analysis = Path(points=5, inside=4)
    beside, alone = (result(analysis, Simplex(), is_compared=is_compared) for is_compared in (True, False))

    labels = [{line.get_label() for line in drawn("path", one).axes[0].lines} for one in (beside, alone)]

    assert "independent networks" in labels[0]
    assert "independent networks" not in labels[1]


def test_one_line_has_one_entry_where_some_subspaces_lie_in_their_plane() -> None:
    analysis = PlaneSurface(points=3)

    found = legend(drawn("plane", result(analysis, Simplex()), result(analysis, CURVE, name="bow")))

    assert found & {"the subspace", "the subspace, projected"} == {"the subspace, projected"}


@pytest.mark.parametrize(("through", "label"), [("corners", "weight distance"), ("principal", "PC1, weight distance")])
def test_the_axes_of_a_plane_say_what_they_are(through: str, label: str) -> None:
    fig = drawn("plane", result(PlaneSurface(points=3, through=through), CURVE))

    assert fig.axes[0].get_xlabel() == label
    assert fig.axes[0].get_ylabel() == label.replace("PC1", "PC2")


def test_perturbed_surfaces_go_from_no_noise_to_the_most() -> None:
    fig = drawn("perturbed_surfaces", result(NOISY, Simplex()), result(NOISY, Simplex(), seed=1))

    titles = [ax.get_title("left") for ax in fig.axes if ax.get_title("left")]
    assert titles == ["valley · no noise", "valley · std 0.1", "valley · std 1"]


def test_the_lines_of_the_perturbation_are_means_over_draws_and_seeds() -> None:
    results = [result(NOISY, Simplex(), seed=seed) for seed in (0, 1)]

    fig = drawn("perturbation", *results, quantity="loss")

    lines = {line.get_label(): line.get_ydata() for line in fig.axes[0].lines}
    for i, label in enumerate(("no noise", "noise of std 1", "noise of std 0.1")):
        expected = np.concatenate([one.record.levels[i].loss for one in results]).mean(0)
        np.testing.assert_allclose(lines[label], expected)


@pytest.mark.parametrize("name", ["perturbation", "perturbed_surfaces"])
@pytest.mark.parametrize("family", [Simplex(), Simplex(vertices=3), CURVE, Independent(vertices=3)], ids=str)
def test_a_perturbation_of_every_family_is_drawn(name: str, family: Family) -> None:
    fig = drawn(name, result(NOISY, family))

    assert any("valley" in ax.get_title("left") for ax in fig.axes)
