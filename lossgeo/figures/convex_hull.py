"""Figures of losses inside a convex hull, at its corners, and at random points as far from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.analyses.base import Result
from lossgeo.figures.split_epoch import Series, draw_series, group_axes, split_axis
from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, name, panels, styled
from lossgeo.measures.hull_record import SPLITS, HullRecord, Sampled
from lossgeo.measures.quantity import Quantity, shown

INKS: dict[Sampled, str] = {"inside": color(0), "random": color(1)}
DASHES = (0, (3, 1.5))
Hulls = Sequence[Result[HullRecord]]


def hull_probability(results: Hulls) -> Figure:
    """P_conv and P_rand against the split epoch: bars are Wilson's 95 % intervals of a seed, lines means over seeds."""
    faces = [None, *sorted({draws.face for result in results for draws in result.record.samplings[1:]})]
    with styled():
        fig, axes = panels(1, len(faces), width=TEXT_WIDTH, height=2.9, sharey=True)
        for ax, face in zip(axes.flat, faces, strict=True):
            asked = [result for result in results if result.record.of_face(face) is not None]
            axis = split_axis(asked)
            for series in axis.series:
                _shares(ax, series, "inside", face)
                _shares(ax, series, "random", face)
            axis.lay(ax)
            ax.set(ylim=(-0.04, 1.04), title="the whole hull" if face is None else f"faces of {face} corners")
        axes[0, 0].set_ylabel("share with a lower loss")
        inks = {series.group: color(series.index) for series in split_axis(results).series}
        named = inks if len(inks) > 1 else {}
        handles = [
            *(Line2D([], [], color=ink, label=group) for group, ink in named.items()),
            Line2D([], [], color="#777777", marker="o", markersize=4, label="inside ($P_{conv}$)"),
            Line2D([], [], color="#777777", marker="x", markersize=4, linestyle=DASHES, label="random ($P_{rand}$)"),
        ]
        fig.legend(handles=handles, loc="outside lower center", ncols=4)
    return fig


def hull_distances(results: Hulls) -> Figure:
    """Mean distances of corners and points of the hull against the split epoch, a panel for each group; thin: seeds."""
    groups = group_axes(results)
    with styled():
        fig, axes = panels(1, len(groups), width=TEXT_WIDTH, height=2.9, sharey=True)
        for ax, (group, axis) in zip(axes.flat, groups.items(), strict=True):
            for series in axis.series:
                for i, (label, distance) in enumerate(_distances(list(series.results.values())).items()):
                    draw_series(ax, series, distance, color=NETWORK if i == 0 else color(i - 1), label=label)
            axis.lay(ax)
            ax.set_ylim(bottom=0)
            _head(ax, group, axis.series[0])
        axes[0, 0].set_ylabel("weight distance")
        _explain(fig, axes)
    return fig


def hull_means(results: Hulls) -> Figure:
    """Mean accuracy (or loss) at corners, inside the whole hull and at random points, on train and test."""
    (quantity, *_) = shown(results[0].task, "accuracy", "loss")
    splits = results[0].task.splits(*SPLITS)
    groups = group_axes(results)
    with styled():
        fig, axes = panels(len(splits), len(groups), width=TEXT_WIDTH, height=4.4, sharey="row", sharex="col")
        for column, (group, axis) in enumerate(groups.items()):
            for ax, split in zip(axes[:, column], splits, strict=True):
                for series in axis.series:
                    look = {"color": NETWORK, "label": "corner"}
                    draw_series(ax, series, partial(_at_corners, quantity, split), **look)
                    for place, ink in INKS.items():
                        draw_series(ax, series, partial(_at_draws, quantity, split, place), color=ink, label=place)
                if not quantity.is_share:
                    ax.set_yscale("log")
            axis.lay(axes[-1, column])
            _head(axes[0, column], group, axis.series[0])
        for ax, split in zip(axes[:, 0], splits, strict=True):
            ax.set_ylabel(quantity.on(split))
        _explain(fig, axes)
    return fig


def _shares(ax: Axes, series: Series[HullRecord], place: Sampled, face: int | None) -> None:
    """Draw the shares of every seed with their intervals, side by side, and a line through their means."""
    ink, marker, dashes = color(series.index), "o" if place == "inside" else "x", "-" if place == "inside" else DASHES
    step = 0.5 / len(series.seeds)
    for (at, seed), result in series.results.items():
        draws = result.record.of_face(face)
        if draws is not None:
            found = result.record.compare(draws, place).lower
            shift = step * (series.seeds.index(seed) - (len(series.seeds) - 1) / 2)
            ax.plot(
                [at + shift] * 2, np.array([found.low, found.high], np.float64), color=ink, alpha=0.5, linewidth=1.0
            )
            ax.plot(at + shift, found.mean, color=ink, marker=marker, markersize=3.2, alpha=0.8)
    means = series.values(lambda result: _share(result, place, face))
    ax.plot(series.positions, np.ma.masked_invalid(means).mean(0), color=ink, linestyle=dashes)


def _share(result: Result[HullRecord], place: Sampled, face: int | None) -> float:
    draws = result.record.of_face(face)
    return np.nan if draws is None else result.record.compare(draws, place).lower.mean


def _distances(results: Hulls) -> dict[str, Callable[[Result[HullRecord]], float]]:
    found: dict[str, Callable[[Result[HullRecord]], float]] = {
        "corner to corner": lambda result: float(result.record.between.mean()),
        "inside to nearest corner": lambda result: float(result.record.whole.distance.mean()),
    }
    for origin in sorted({origin for result in results for origin in result.record.origins}):
        found[f"{origin} to corner"] = partial(_to_origin, origin)
    return found


def _to_origin(origin: str, result: Result[HullRecord]) -> float:
    distances = result.record.origins.get(origin)
    return np.nan if distances is None else float(distances.mean())


def _at_corners(quantity: Quantity, split: str, result: Result[HullRecord]) -> float:
    return float(quantity.of(result.record.corners[split]).mean())


def _at_draws(quantity: Quantity, split: str, place: Sampled, result: Result[HullRecord]) -> float:
    return float(quantity.of(result.record.whole.at(place)[split]).mean())


def _head(ax: Axes, group: str, series: Series[HullRecord]) -> None:
    if group != "":
        name(ax, group, series.index)


def _explain(fig: Figure, axes: np.ndarray) -> None:
    """Draw a legend with one entry for each label of all panels."""
    named = dict(item for ax in axes.flat for item in zip(*ax.get_legend_handles_labels()[::-1], strict=True))
    fig.legend(list(named.values()), list(named), loc="outside lower center", ncols=4)
