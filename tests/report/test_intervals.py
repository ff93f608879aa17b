from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from lossgeo.report.intervals import intervals

ROWS: list[dict[str, Any]] = [
    {"name": "triangle", "k": 2, "loss": 1.0},
    {"name": "line", "k": 1, "loss": 0.2},
    {"name": "triangle", "k": 2, "loss": 3.0},
    {"name": "line", "k": 2, "loss": 0.5},
]
LOSS = {"loss": ("mean loss", ".2f", (0.0, np.inf))}


def test_a_group_has_the_mean_over_its_rows_with_the_interval_of_student() -> None:
    found = intervals(ROWS, {"name": "", "k": "$k$"}, LOSS)

    high = student.interval(0.95, 1, loc=2.0, scale=1.0)[1]
    assert found.to_dict("records")[0] == {"": "triangle", "$k$": 2, "mean loss": f"2.00 [0.00, {high:.2f}]"}


def test_groups_stand_in_the_order_of_their_first_rows() -> None:
    found = intervals(ROWS, {"name": "name", "k": "k"}, LOSS)

    assert list(zip(found["name"], found["k"], strict=True)) == [("triangle", 2), ("line", 1), ("line", 2)]


def test_a_value_that_is_missing_leaves_its_cell_empty() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "a", "loss": 1.0},
        {"name": "a", "loss": None},
        {"name": "b", "loss": float("nan")},
    ]

    assert list(intervals(rows, {"name": ""}, LOSS)["mean loss"]) == ["–", "–"]


def test_no_rows_make_an_empty_table() -> None:
    pd.testing.assert_frame_equal(intervals([], {"name": ""}, LOSS), pd.DataFrame([]))
