"""An axis of split epochs: the places of results on it, and lines through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes

from lossgeo.analyses.base import Result
from lossgeo.analyses.shared import seeds_of

R = TypeVar("R")
MOST_NAMES = 4
"""The most names side by side; more than these are slanted."""


@dataclass(frozen=True)
class Series(Generic[R]):
    """The results that one line runs through: those of a group by split epoch, or those of one other subspace.

    Args:
        group: its name in the spec.
        index: place of its first subspace in the spec, which decides its colour.
        positions: on the axis, ascending, `[n]`.
        results: by position and seed.
    """

    group: str
    index: int
    positions: tuple[int, ...]
    results: dict[tuple[int, int | None], Result[R]]

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """The seeds that have a result, ascending."""
        return tuple(seeds_of(list(self.results.values())))

    def values(self, quantity: Callable[[Result[R]], float]) -> Float64[np.ndarray, "seeds n"]:
        """The quantity for every seed and position; NaN where there is no result."""
        found = [
            [quantity(self.results[at, seed]) if (at, seed) in self.results else np.nan for at in self.positions]
            for seed in self.seeds
        ]
        return np.array(found, dtype=np.float64)


@dataclass(frozen=True)
class SplitAxis(Generic[R]):
    """Split epochs as evenly spaced places, because they begin with 0 and then grow like powers.

    Subspaces that have no split epoch stand to the right of them, by name.

    Args:
        series: in the order of the spec.
        ticks: what stands at the positions 0, 1, 2, …
        label: of the axis; it says so where equal steps are not equal numbers of epochs.
        named: how many of the ticks, the last, are names of subspaces.
    """

    series: tuple[Series[R], ...]
    ticks: tuple[str, ...]
    label: str
    named: int

    def lay(self, ax: Axes) -> None:
        """Set ticks, limits and label of the horizontal axis of a panel."""
        slanted: dict[str, Any] = {"rotation": 30, "ha": "right"} if self.named > MOST_NAMES else {}
        ax.set_xticks(range(len(self.ticks)), self.ticks, **slanted)
        ax.set(xlim=(-0.5, len(self.ticks) - 0.5), xlabel=self.label)


def split_axis(results: Sequence[Result[R]]) -> SplitAxis[R]:
    """The axis of these results, in the order of the spec."""
    epochs = sorted({result.split_epoch for result in results if result.split_epoch is not None})
    names = list(dict.fromkeys(result.subspace for result in results if result.split_epoch is None))
    ticks: list[int | str] = [*epochs, *names]
    places = {tick: at for at, tick in enumerate(ticks)}
    grouped: dict[str, list[Result[R]]] = {}
    for result in results:
        grouped.setdefault(result.subspace if result.split_epoch is None else result.group, []).append(result)
    series = []
    for group, found in grouped.items():
        placed = {(places[_tick(result)], result.seed): result for result in found}
        positions = tuple(sorted({at for at, _ in placed}))
        series.append(Series(group, min(result.index for result in found), positions, placed))
    return SplitAxis(tuple(series), tuple(map(str, ticks)), _label(epochs), len(names))


def group_axes(results: Sequence[Result[R]]) -> dict[str, SplitAxis[R]]:
    """An axis for each group with split epochs, by its name, and one for all other subspaces, by the empty name."""
    grouped: dict[str, list[Result[R]]] = {}
    for result in results:
        grouped.setdefault("" if result.split_epoch is None else result.group, []).append(result)
    return {group: split_axis(found) for group, found in grouped.items()}


def draw_series(ax: Axes, series: Series[R], quantity: Callable[[Result[R]], float], **look: Any) -> None:
    """Draw the mean over seeds as a line with markers, and every seed thin behind it; gaps where not finite.

    Args:
        ax: of one panel.
        series: from `split_axis`.
        quantity: of a result.
        look: of the line, as matplotlib's `plot` takes it.
    """
    values = np.ma.masked_invalid(series.values(quantity))
    thin = {key: value for key, value in look.items() if key in ("color", "linestyle")}
    for row in values:
        ax.plot(series.positions, row, marker=".", markersize=3, linewidth=0.7, alpha=0.4, **thin)
    ax.plot(series.positions, values.mean(0), **{"marker": "o", "markersize": 4, **look})


def _tick(result: Result[Any]) -> int | str:
    return result.subspace if result.split_epoch is None else result.split_epoch


def _label(epochs: list[int]) -> str:
    if not epochs:
        return ""
    is_to_scale = len(set(np.diff(epochs))) < 2
    return "split epoch" if is_to_scale else "split epoch (not to scale)"
