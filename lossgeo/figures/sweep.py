"""Figures of the effect of a sweep on the trained subspaces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lossgeo.figures.style import NETWORK, TEXT_WIDTH, color, panels, styled
from lossgeo.markdown import without_formulas
from lossgeo.measures.quantity import shown
from lossgeo.spec.sweep import Value, Values, described, short_names, value_text
from lossgeo.swept import SweptFit

CORNERS = {"cosine": "mean cosine of the corners", "distance": "mean distance of the corners"}
WIDEST_LINEAR = 20.0
"""Ratio of the largest to the smallest number that a linear axis can still show apart."""

DASHES: tuple[tuple[float, ...], ...] = ((), (4, 2), (1, 1.5), (6, 2, 1, 2), (3, 1, 1, 1, 1, 1))
MARKERS = "osD^v"
BASE: Any = {"color": NETWORK, "linewidth": 0.9, "linestyle": (0, (4, 2))}


def sweep(fits: Sequence[SweptFit]) -> Figure:
    """Corners and validation against the values of the path with most of them: dots for seeds, lines for means.

    A colour is a subspace, a kind of dashes a combination of the other paths; the value of the spec is dashed in grey.
    The axis is linear or logarithmic; where neither can show the values, they stand in order at equal distances.
    """
    path = max(fits[0].setting, key=lambda swept: len({fit.setting[swept] for fit in fits}))
    places = _places([fit.setting[path] for fit in fits])
    others = list(dict.fromkeys(tuple(_others(fit.setting, path).items()) for fit in fits))
    quantities = shown(fits[0].training.task, "accuracy", "loss")
    titles = CORNERS | {str(quantity.name): f"validation {quantity.label}" for quantity in quantities}
    rows = 2 if len(titles) == 4 else 1
    with styled():
        fig, axes = panels(rows, len(titles) // rows, width=TEXT_WIDTH, height=0.6 + 2.0 * rows, sharex=True)
        for ax, (quantity, title) in zip(axes.flat, titles.items(), strict=True):
            for (_, rank), line in _lines(fits, path, others):
                _draw(ax, line, [places[fit.setting[path]] for fit in line], quantity, rank)
            for fit in [fit for fit in fits if fit.is_base][:1]:
                ax.axvline(places[fit.setting[path]], zorder=0, **BASE)
            ax.set_title(title)
        for ax in axes[-1]:
            _scale(ax, places)
            ax.set_xlabel(short_names(fits[0].setting)[path])
        fig.legend(handles=_legend(fits, others), loc="outside lower center", ncols=4)
    return fig


def _others(values: Values, path: str) -> dict[str, Value]:
    return {other: value for other, value in values.items() if other != path}


def _lines(
    fits: Sequence[SweptFit], path: str, others: Sequence[tuple[tuple[str, Value], ...]]
) -> list[tuple[tuple[int, int], list[SweptFit]]]:
    """Place of the subspace and rank of the other swept values → the fits there."""

    def line(fit: SweptFit) -> tuple[int, int]:
        return fit.index, others.index(tuple(_others(fit.setting, path).items()))

    return [(key, list(found)) for key, found in groupby(sorted(fits, key=line), key=line)]


def _draw(ax: Axes, line: Sequence[SweptFit], x: Sequence[float], quantity: str, rank: int) -> None:
    ink, marker = color(line[0].index), MARKERS[rank % len(MARKERS)]
    values = np.array([getattr(fit, quantity) for fit in line])
    stops = np.array(sorted(set(x)))
    means = [values[np.array(x) == stop].mean() for stop in stops]
    ax.plot(x, values, linestyle="", marker=marker, markersize=3.4, color=ink, alpha=0.6)
    ax.plot(stops, means, color=ink, dashes=DASHES[rank % len(DASHES)])


def _places(values: Sequence[Value]) -> dict[Value, float]:
    """Value → its place on the axis: the value itself, or its rank where no axis of numbers serves."""
    found = list(dict.fromkeys(values))
    numbers = [float(value) for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(found):
        return {value: float(i) for i, value in enumerate(found)}
    if min(numbers) > 0 or _is_narrow(numbers):
        return dict(zip(found, numbers, strict=True))
    return {value: float(i) for i, value in enumerate(sorted(found, key=float))}


def _is_narrow(numbers: Sequence[float]) -> bool:
    """Whether a linear axis shows the numbers apart."""
    sizes = [abs(value) for value in numbers if value != 0] or [1.0]
    return max(sizes) <= WIDEST_LINEAR * min(sizes)


def _scale(ax: Axes, places: dict[Value, float]) -> None:
    if any(value != place for value, place in places.items()):
        ax.set_xticks(list(places.values()), [without_formulas(value_text(value)) for value in places])
        return
    if not _is_narrow(list(places.values())):
        ax.set_xscale("log")
        ax.minorticks_off()
    ax.set_xticks(list(places.values()), [without_formulas(value_text(value)) for value in places])


def _legend(fits: Sequence[SweptFit], others: Sequence[tuple[tuple[str, Value], ...]]) -> list[Line2D]:
    names = dict(sorted({fit.index: fit.training.name for fit in fits}.items()))
    lines = [Line2D([], [], color=color(index), label=name) for index, name in names.items()]
    for rank, values in enumerate(others if len(others) > 1 else ()):
        look: Any = {"marker": MARKERS[rank % len(MARKERS)], "dashes": DASHES[rank % len(DASHES)]}
        label = without_formulas(described(dict(values)))
        lines.append(Line2D([], [], color=NETWORK, markersize=3.4, label=label, **look))
    return [*lines, Line2D([], [], label="value of the spec", **BASE)]
