from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lossgeo import figures
from lossgeo.analyses.agreement import Agreement, AgreementRecord
from lossgeo.analyses.barrier import Barrier, BarrierRecord
from lossgeo.analyses.base import Result
from lossgeo.families.branches import Branches
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.landscape import Evaluation
from lossgeo.landscape.task import CLASSIFICATION, REGRESSION, Task
from lossgeo.measures.way import NETWORK, LossProfile, Way

T = np.linspace(0, 1, 5)
TABLE = np.array([[1, 1, 1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 1, 0, 0, 0, 0]], dtype=bool)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def hump(height: float, task: Task) -> LossProfile:
    loss = 4 * height * T * (1 - T)
    return LossProfile(T, Evaluation(loss, 1 - loss if task.has_accuracy else np.full(5, np.nan)))


def hull(split_epoch: int, seed: int, heights: tuple[float, ...], task: Task = CLASSIFICATION) -> Result[BarrierRecord]:
    """A hull with barriers of these heights on train, and of twice these on test."""
    ways = tuple(
        Way("corner 1", f"corner {i + 2}", {"train": hump(height, task), "test": hump(2 * height, task)})
        for i, height in enumerate(heights)
    )
    record = BarrierRecord(points=5, pairs=len(ways), ways=ways)
    family = Branches(split_epochs=(split_epoch,))
    return Result(f"hull_{split_epoch}", split_epoch, seed, family, Barrier(), record, group="hull", task=task)


def answers(
    *tables: np.ndarray, split_epoch: int | None = 0, subspace: str = "hull_0"
) -> list[Result[AgreementRecord]]:
    """A result a seed."""
    family = Simplex() if split_epoch is None else Branches(split_epochs=(split_epoch,))
    return [
        Result(subspace, 0, seed, family, Agreement(), AgreementRecord.of(table), group="hull")
        for seed, table in enumerate(tables)
    ]


def legend(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.legends[0].get_texts()]


def heights_of(fig: Figure, panel: int) -> set[float]:
    """All heights that a panel has lines through."""
    return {round(float(y), 6) for line in fig.axes[panel].lines for y in np.ma.compressed(line.get_ydata())}


def test_barriers_against_the_split_epoch_are_the_mean_and_the_largest() -> None:
    fig = figures.barrier_by_split([hull(0, 0, (0.1, 0.3)), hull(4, 0, (0.0, 0.02))])

    train_error, test_error, train_loss, test_loss = (heights_of(fig, panel) for panel in range(4))
    assert train_loss == train_error == {0.2, 0.3, 0.01, 0.02}
    assert test_loss == test_error == {0.4, 0.6, 0.02, 0.04}
    assert [tick.get_text() for tick in fig.axes[3].get_xticklabels()] == ["0", "4"]


def test_every_barrier_lies_within_the_panel_that_it_is_drawn_in() -> None:
    fig = figures.barrier_by_split([hull(0, seed, (0.1, 0.3)) for seed in (0, 1)])

    for panel, ax in enumerate(fig.axes):
        low, high = ax.get_ylim()
        assert low == 0
        assert max(heights_of(fig, panel)) < high


@pytest.mark.parametrize(("task", "rows"), [(CLASSIFICATION, 2), (REGRESSION, 1)])
def test_a_regression_has_no_panels_of_errors(task: Task, rows: int) -> None:
    results = [hull(0, 0, (0.1,), task), hull(1, 0, (0.0,), task)]

    ways, by_split = figures.barrier(results), figures.barrier_by_split(results)

    assert (len(ways.axes), len(by_split.axes)) == (2 * rows, 2 * rows)
    assert by_split.axes[-2].get_ylabel() == f"barrier in loss ({task.unit})"


def test_the_legend_has_the_network_only_where_a_way_leads_to_it() -> None:
    alone = hull(0, 0, (0.1,))
    way = Way("corner 1", NETWORK, {split: hump(0.5, CLASSIFICATION) for split in ("train", "test")})
    record = BarrierRecord(5, 1, (*alone.record.ways, way))
    beside = Result("hull_0", 0, 0, alone.family, Barrier(), record, group="hull")

    assert legend(figures.barrier([alone])) == ["between two corners"]
    assert legend(figures.barrier([beside])) == ["between two corners", "from a corner to the independent network"]


def test_agreement_is_drawn_for_a_corner_for_all_and_for_all_seeds() -> None:
    fig = figures.agreement(answers(TABLE, TABLE[:, ::-1]))

    # 5 of 10 are right at each corner, 4 at both, none in both seeds; by chance 0.5² and 0.4²
    assert heights_of(fig, 0) == {0.5, 0.4, 0.25, 0.0, 0.16}
    assert legend(fig) == ["each corner", "all corners", "all corners of all seeds", "if errors were independent"]


def test_a_single_seed_has_no_line_of_all_seeds() -> None:
    results = answers(TABLE)

    assert heights_of(figures.agreement(results), 0) == {0.5, 0.4, 0.25}
    assert "all corners of all seeds" not in legend(figures.agreement(results))
    assert "all corners of all seeds" not in legend(figures.agreement_by_corners(results))


def test_agreement_falls_with_the_number_of_corners_as_by_hand() -> None:
    fig = figures.agreement_by_corners(answers(TABLE, TABLE))

    first, *_, by_chance, between, _ = fig.axes[0].lines
    np.testing.assert_allclose(first.get_ydata(), [0.5, 0.4])
    np.testing.assert_allclose(by_chance.get_ydata(), [0.5, 0.25])
    np.testing.assert_allclose(between.get_ydata(), [0.4, 0.4])


def test_there_is_a_panel_for_every_subspace_and_none_without() -> None:
    results = [one for k in range(5) for one in answers(TABLE, split_epoch=k, subspace=f"hull_{k}")]

    fig = figures.agreement_by_corners(results)

    shown = [ax.get_title("left") for ax in fig.axes if ax.get_visible()]
    assert shown == [f"hull_{k}" for k in range(5)]


def test_the_bars_are_as_long_as_the_shares_of_examples_and_lie_end_to_end() -> None:
    fig = figures.right_corners(answers(TABLE))

    bars = [(bar.get_x(), bar.get_width()) for bar in fig.axes[0].patches]
    # none, one or both of two corners: 4, 2 and 4 of ten examples; by chance 0.25, 0.5 and 0.25
    expected = [(0, 0.4), (0.4, 0.2), (0.6, 0.4), (0, 0.25), (0.25, 0.5), (0.75, 0.25)]
    np.testing.assert_allclose(bars, expected, atol=1e-12)
    assert [text.get_text() for text in fig.axes[0].texts] == ["all: 40.0 %\nnone: 40.0 %"]


@pytest.mark.parametrize("name", ["agreement", "agreement_by_corners", "right_corners"])
def test_subspaces_without_a_split_epoch_are_drawn_by_their_names(name: str) -> None:
    fig = getattr(figures, name)(answers(TABLE, TABLE, split_epoch=None, subspace="line"))
    fig.canvas.draw()

    words = {text.get_text() for ax in fig.axes for text in [*ax.get_xticklabels(), *ax.get_yticklabels()]}
    assert "line" in words | {ax.get_title("left") for ax in fig.axes}
