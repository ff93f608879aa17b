"""The quantities that say how good networks are: accuracy or error where a task has them, and the loss in its unit."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np

from lossgeo.landscape.landscape import Evaluation
from lossgeo.landscape.task import Task
from lossgeo.statistics import POSITIVE, SHARE

QuantityName = Literal["accuracy", "error", "loss"]


@dataclass(frozen=True)
class Differences:
    """The format of differences of a quantity: those of shares are in percentage points.

    Args:
        factor: what they are multiplied with.
        unit: of what comes out.
        within: the least and the largest that can come out.
        spec: a format with the sign.
    """

    factor: float
    unit: str
    within: tuple[float, float]
    spec: str


@dataclass(frozen=True)
class Quantity:
    """A quantity of a task, and how its values are written.

    Args:
        name: accuracy and error are shares of the examples, the loss is their mean.
        task: whose it is.
    """

    name: QuantityName
    task: Task

    @property
    def is_share(self) -> bool:
        """Whether values lie between 0 and 1 and have no unit."""
        return self.name != "loss"

    @property
    def label(self) -> str:
        """The name of the quantity, with the unit of a loss."""
        return self.name if self.is_share or not self.task.unit else f"{self.name} ({self.task.unit})"

    def on(self, split: str) -> str:
        """The label with the split before it; without a split for a loss without examples."""
        return self.task.on(split, self.label)

    def over(self, split: str) -> str:
        """The label followed by the examples of a split; without them for a loss without examples."""
        return f"{self.label} on the {split} examples" if self.task.has_examples else self.label

    @property
    def within(self) -> tuple[float, float]:
        """The least and the largest possible value."""
        if self.is_share:
            return SHARE
        return POSITIVE if self.task.has_examples else (-inf, inf)

    @property
    def differences(self) -> Differences:
        """The format of a difference of two values."""
        if self.is_share:
            return Differences(100.0, "points", (-100.0, 100.0), "+.2f")
        return Differences(1.0, self.task.unit or "loss", (-inf, inf), f"+{self.digits(4)}")

    def digits(self, count: int) -> str:
        """A format with a number of decimals; of significant digits for squared errors, which have no natural scale."""
        return f".{count}{'f' if self.is_share or self.task.has_accuracy else 'g'}"

    def column(self, heading: str) -> tuple[str, str, tuple[float, float]]:
        """A column of a table over seeds under a heading: its format, of four digits, and the possible values."""
        return heading, self.digits(4), self.within

    def of(self, found: Evaluation) -> np.ndarray:
        """The values of this quantity in an evaluation, `[n]`."""
        return values(found, self.name)


def values(found: Evaluation, name: QuantityName) -> np.ndarray:
    """The values of a quantity at n weight vectors, `[n]`; a regression has NaN for all but the loss."""
    found_values: np.ndarray = 1 - found.accuracy if name == "error" else getattr(found, name)
    return found_values


def shown(task: Task, *names: QuantityName) -> tuple[Quantity, ...]:
    """The wanted quantities that the task has, in the same order: for a regression the loss alone.

    >>> from lossgeo.landscape.task import CLASSIFICATION, REGRESSION
    >>> [found.label for task in (CLASSIFICATION, REGRESSION) for found in shown(task, "error", "loss")]
    ['error', 'loss (nats)', 'loss (squared error)']
    """
    return tuple(Quantity(name, task) for name in names if name == "loss" or task.has_accuracy)


def chosen(task: Task, name: QuantityName | None = None) -> Quantity:
    """The quantity of a name; by default the error, or the loss where there is none.

    Raises:
        ValueError: if the task does not have it.
    """
    wanted: tuple[QuantityName, ...] = ("error", "loss") if name is None else (name,)
    found = shown(task, *wanted)
    if not found:
        raise ValueError(f"quantity: a task whose loss is a {task.unit} has no {name}; ask for 'loss'")
    return found[0]
