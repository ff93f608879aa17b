from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from mathematics_toys import Analytic, toy_subject
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from lossgeo import figures
from lossgeo.analyses.base import Result
from lossgeo.analyses.chord import Chord, ChordRecord
from lossgeo.analyses.projection import Projection, ProjectionRecord
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex

FAMILIES = {"line": Simplex(), "triangle": Simplex(vertices=3), "curve": MlpCurve(hidden=(4, 5))}
LANDSCAPE = Analytic(30, lambda theta: theta.square().sum(1))
EVERY = pytest.mark.parametrize("subspace", FAMILIES)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Leave no figure open."""
    yield
    plt.close("all")


def projections(name: str) -> list[Result[ProjectionRecord]]:
    """A subspace of two seeds on its principal components."""
    family: Family = FAMILIES[name]
    analysis = Projection(samples=30, points=11)
    return [
        Result(name, 0, seed, family, analysis, analysis.compute(toy_subject(family, LANDSCAPE, seed)))
        for seed in (0, 1)
    ]


def chords(names: list[str]) -> list[Result[ChordRecord]]:
    """Subspaces of two seeds beside their chords."""
    analysis = Chord(samples=7)
    return [
        Result(name, i, seed, FAMILIES[name], analysis, analysis.compute(toy_subject(FAMILIES[name], LANDSCAPE, seed)))
        for i, name in enumerate(names)
        for seed in (0, 1)
    ]


def flat(axes: list[Axes]) -> list[Axes]:
    """Those that are not in space and not the scale of colours."""
    return [ax for ax in axes if ax.get_xlabel().startswith("PC1 (")]


@EVERY
def test_every_subspace_can_be_drawn_on_its_components(subspace: str) -> None:
    fig = figures.projection(projections(subspace))

    fig.canvas.draw()

    assert [ax.get_title() for ax in fig.axes if ax.get_title()] == [f"{subspace} · seed 0", f"{subspace} · seed 1"]


def test_the_flat_panels_show_the_route_on_the_named_components() -> None:
    results = projections("curve")

    panels = flat(figures.projection(results).axes)

    labels = [ax.get_ylabel().split(" ")[0] for ax in panels]
    assert labels == ["PC2", "PC3", "PC2", "PC3"]
    for ax, result, other in zip(panels, np.repeat(np.array(results, dtype=object), 2), (1, 2, 1, 2), strict=True):
        (lines,) = [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)]
        starts = np.array([segment[0] for segment in lines.get_segments()])
        np.testing.assert_allclose(starts, result.record.route[:-1, [0, other]])
        assert f"{100 * result.record.explained[0]:.3g} %" in ax.get_xlabel()


def test_the_ends_of_a_curve_are_labelled_where_they_are() -> None:
    results = projections("curve")

    texts = flat(figures.projection(results).axes)[0].texts

    assert [text.get_text() for text in texts] == ["g(0)", "g(1)"]
    np.testing.assert_allclose([text.xy for text in texts], results[0].record.corners[:, :2])  # type: ignore[attr-defined]


@EVERY
def test_the_figure_to_be_turned_holds_the_route_and_the_corners_of_every_seed(subspace: str) -> None:
    results = projections(subspace)

    traces = figures.projection_3d(results).data

    assert [trace.legendgroup for trace in traces] == ["0", "0", "1", "1"]
    for result, route, corners in zip(results, traces[::2], traces[1::2], strict=True):
        np.testing.assert_array_equal(np.transpose([route.x, route.y, route.z]), result.record.route)
        np.testing.assert_array_equal(np.transpose([corners.x, corners.y, corners.z]), result.record.corners)
        assert route.line.color == corners.marker.color


def test_the_corners_of_a_triangle_are_named_in_the_order_of_its_vertices() -> None:
    traces = figures.projection_3d(projections("triangle")).data

    assert list(traces[1].text) == ["ω₁", "ω₂", "ω₃"]


def test_a_seed_has_one_entry_in_the_legend() -> None:
    traces = figures.projection_3d(projections("curve")).data

    named = [trace.name.split(" (")[0] for trace in traces if trace.showlegend is not False]
    assert named == ["curve · seed 0", "curve · seed 1"]


def test_the_lower_panels_show_subspace_minus_chord_in_points() -> None:
    results = chords(["line", "triangle", "curve"])

    axes = figures.chord(results).axes

    dots = [line.get_ydata() for line in axes[5].lines if line.get_marker() == "."]
    assert len(dots) == 2
    for drawn, result in zip(dots, results[4:], strict=True):
        np.testing.assert_allclose(drawn, 100 * (result.record.subspace.accuracy - result.record.chord.accuracy))


def test_the_upper_panels_follow_the_curve_in_the_order_of_t() -> None:
    results = chords(["curve"])

    _, bent = figures.chord(results).axes[0].lines[:2]

    order = np.argsort(results[0].record.t[:, 0])
    np.testing.assert_array_equal(bent.get_xdata(), results[0].record.t[order, 0])
    np.testing.assert_array_equal(bent.get_ydata(), results[0].record.subspace.accuracy[order])


def test_draws_from_a_triangle_are_not_joined() -> None:
    lines = figures.chord(chords(["triangle"])).axes[0].lines

    assert {line.get_linestyle() for line in lines} == {"None"}
