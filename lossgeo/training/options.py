"""The options of a training, as a spec writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from lossgeo.training.optimizer import AdamW, Optimizer, Schedule
from lossgeo.variant import Model, merged

SMOKE_EPOCHS = 2


class Training(Model):
    """The options of a training: optimizer, schedule, batches, epochs, penalty and early stopping."""

    optimizer: Optimizer = Field(default=AdamW(), description="the optimizer and its options: adamw, adam or sgd")
    schedule: Schedule = Field(default="constant", description="learning rate over the steps; cosine: falls to 0")
    batch_size: int = Field(default=128, ge=1, description="examples in a step; the last step of an epoch has the rest")
    epochs: int = Field(default=10, ge=1, description="number of passes through the training examples")
    l2: float = Field(
        default=0.0, ge=0, description="λ of the penalty ½ λ ‖θ‖² on the weights where the loss is evaluated; 0: none"
    )
    early_stopping: int | None = Field(
        default=None, ge=1, description="stop after N epochs without a lower validation loss; null: never"
    )

    def changed(self, changes: Mapping[str, Any]) -> Training:
        """The same training with some options changed; those of its optimizer by `optimizer: {…}`.

        Raises:
            pydantic.ValidationError: if they are no options, or not valid beside the others.
        """
        return Training.model_validate(merged(self.model_dump(), changes)) if changes else self

    def smoke(self) -> Training:
        """The same training at toy size: two short epochs."""
        return self.model_copy(update={"epochs": min(self.epochs, SMOKE_EPOCHS)})
