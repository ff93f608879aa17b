"""Claims: published values to compare with those of a study. They are data; nothing in them is evaluated as code."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from lossgeo.landscape.task import Task
from lossgeo.variant import Model

Scalar = bool | int | float | str
Where = dict[str, Scalar | tuple[Scalar, ...]]
Statistic = Literal["mean", "min", "max", "median", "last"]
Relation = Literal["within", "above", "below"]

TRAINING, STUDY = "training", "study"
OWN_TABLES = (TRAINING, STUDY)
"""Tables that every study has."""
RESERVED = (*OWN_TABLES, "claims")
"""Tables of a report that are of no analysis, so that none may be called like one."""

COLUMNS_OF_TRAINING = (
    *("subspace", "seed", "member", "epoch", "train_loss", "train_accuracy", "penalty"),
    *("validation_loss", "validation_accuracy", "is_best", "corner_cosine", "corner_distance_weight_distance"),
)
COLUMNS_OF_STUDY = ("weights", "train", "validation", "test", "seeds", "epochs", "batch_size", "loss_unit")
"""The columns of these tables, which `lossgeo.results` fills."""

OF_EXAMPLES = {"split", "train", "validation", "test", "batch_size", "loss_unit"}
OF_ANSWERS = {"accuracy", "error", "correct"}

TOY_NUMBERS = "the numbers of a smoke run mean nothing"


class Operand(Model):
    """The second number of a claim; what it leaves out is as in the claim, and its filter is added to the claim's."""

    table: str | None = Field(default=None, description="name of a table; null: that of the claim")
    where: Where = Field(default={}, description="column → value, added to the filter of the claim")
    column: str | None = Field(default=None, description="column of the table; null: that of the claim")
    statistic: Statistic | None = Field(default=None, description="statistic of the rows; null: that of the claim")


class Selection(Model):
    """A number for each seed: some rows of a table, a column of them, and the statistic that makes them one number."""

    table: str = Field(description="the name of an analysis of this spec, 'training' or 'study'")
    where: Where = Field(
        default={}, description="column → the value its rows have, or a list of such values; an empty list takes any"
    )
    column: str = Field(description="column of the table, of numbers or truth values")
    statistic: Statistic = Field(default="mean", description="statistic of the rows of a seed; last: the last row")

    def values(self, column: str) -> tuple[Scalar, ...]:
        """Values that the filter wants in a column; none where any value will do."""
        wanted = self.where.get(column, ())
        return wanted if isinstance(wanted, tuple) else (wanted,)

    def overlaid(self, operand: Operand) -> Selection:
        """The selection with the options of `operand` in place of its own."""
        return Selection(
            table=operand.table or self.table,
            where={**self.where, **operand.where},
            column=operand.column or self.column,
            statistic=operand.statistic or self.statistic,
        )


class Claim(Selection):
    """A published value, and the number of this study to compare with it."""

    minus: Operand | None = Field(default=None, description="number to subtract, seed by seed")
    over: Operand | None = Field(default=None, description="number to divide by, seed by seed")
    comparison: Relation = Field(default="within", description="how the number compares with `published`")
    published: float = Field(description="the published value; for above and below, the border")
    tolerance: float = Field(default=0.0, ge=0, description="for within: largest difference of the mean over seeds")
    statement: str = Field(default="", max_length=1000, description="the claim as a sentence")
    source: str = Field(min_length=1, max_length=300, description="where the value is published")
    finding: str = Field(default="", max_length=2000, description="explanation of a claim that does not hold")
    unjudged: str = Field(
        default="",
        max_length=500,
        description="why this study's number is shown beside the published one without a verdict",
    )

    @model_validator(mode="after")
    def _is_one_comparison(self) -> Self:
        if self.minus is not None and self.over is not None:
            raise ValueError("'minus' or 'over', not both")
        if self.tolerance and self.comparison != "within":
            raise ValueError(f"no 'tolerance' where the comparison is {self.comparison!r}; it is for 'within'")
        return self

    @property
    def second(self) -> Selection | None:
        """The number that is subtracted or divides; None if there is none."""
        operand = self.minus or self.over
        return None if operand is None else self.overlaid(operand)

    def smoke(self) -> Self:
        """The claim without a verdict, and without sizes and outcomes in its filter, which differ at toy size.

        Tables, columns and words stay, so that a smoke run still finds their misspellings.
        """
        operands = {
            name: operand.model_copy(update={"where": _any_size(operand.where)})
            for name, operand in (("minus", self.minus), ("over", self.over))
            if operand is not None
        }
        return self.model_copy(update={"where": _any_size(self.where), "unjudged": TOY_NUMBERS, **operands})


def is_defined(column: str, task: Task) -> bool:
    """Whether a column of a table means something: splits and accuracies do not, of a formula of the weights.

    >>> from lossgeo.landscape.task import CLASSIFICATION, FORMULA
    >>> [is_defined(column, FORMULA) for column in ("loss", "barrier_error", "split")]
    [True, False, False]
    >>> is_defined("split", CLASSIFICATION)
    True
    """
    return task.has_examples or not (column in OF_EXAMPLES or OF_ANSWERS & set(column.split("_")))


def _any_size(where: Where) -> Where:
    """The filter with any value in place of numbers and truth values."""
    return {column: wanted if _is_worded(wanted) else () for column, wanted in where.items()}


def _is_worded(wanted: Scalar | tuple[Scalar, ...]) -> bool:
    return all(isinstance(value, str) for value in (wanted if isinstance(wanted, tuple) else (wanted,)))
