"""The options of a training, as a spec writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from lossgeo.documents.faults import Fault, describe
from lossgeo.training.optimizer import AdamW, LearningRateSchedule, Optimizer
from lossgeo.variant import Model, merged

SMOKE_EPOCHS = 2
SMOKE_BATCH = 256
SMOKE = {"epochs": SMOKE_EPOCHS, "batch_size": SMOKE_BATCH}
"""Largest options of a training at toy size; a data set of toy size has as many examples as a batch."""


class Training(Model):
    """The options of a training: optimizer, schedule, batches, epochs, penalty and early stopping."""

    optimizer: Optimizer = Field(default=AdamW(), description="the optimizer and its options: adamw, adam or sgd")
    schedule: LearningRateSchedule = Field(
        default="constant", description="learning rate over the steps; cosine: falls to 0"
    )
    batch_size: int = Field(default=128, ge=1, description="examples in a step; the last step of an epoch has the rest")
    epochs: int = Field(
        default=10, ge=1, description="number of passes through the training examples; of a formula: steps"
    )
    l2: float = Field(
        default=0.0, ge=0, description="λ of the penalty ½ λ ‖θ‖² on the weights where the loss is evaluated; 0: none"
    )
    early_stopping: int | None = Field(
        default=None, ge=1, description="stop after N epochs without a lower validation loss; null: never"
    )

    def faults(self, examples: int) -> Iterator[Fault]:
        """The fault of a batch larger than the number of training examples: a step would silently take fewer."""
        if self.batch_size > examples:
            expected = f"at most {examples:,}: all training examples, in one step an epoch"
            yield Fault(("batch_size",), describe(self.batch_size), expected)

    def changed(self, changes: Mapping[str, Any]) -> Training:
        """The same training with some options changed; those of its optimizer by `optimizer: {…}`.

        Raises:
            pydantic.ValidationError: if they are no options, or not valid beside the others.
        """
        return Training.model_validate(merged(self.model_dump(), changes)) if changes else self

    def smoke(self) -> Training:
        """The same training at toy size: two short epochs, in batches no larger than a toy data set."""
        return self.model_copy(update=smaller_training({"epochs": self.epochs, "batch_size": self.batch_size}))


def smaller_training(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a training, or changes to it, at toy size."""
    return {**options, **{name: min(options[name], most) for name, most in SMOKE.items() if name in options}}
