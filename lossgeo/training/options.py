"""How weights are trained, as options of a spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from lossgeo.training.optimizer import AdamW, Optimizer, Schedule
from lossgeo.variant import Model, merged

SMOKE_EPOCHS = 2


class Training(Model):
    """How weights are trained."""

    optimizer: Optimizer = Field(default=AdamW(), description="adamw, adam or sgd, with its options")
    schedule: Schedule = Field(default="constant", description="of the learning rate, over all steps")
    batch_size: int = Field(
        default=128, ge=1, description="examples a step; the last step of an epoch takes what is left"
    )
    epochs: int = Field(default=10, ge=1, description="passes through the training examples")
    l2: float = Field(
        default=0.0, ge=0, description="λ of the penalty ½ λ ‖θ‖² on the weights that the loss is taken at"
    )
    early_stopping: int | None = Field(
        default=None, ge=1, description="stop after so many epochs without a lower validation loss"
    )

    def changed(self, changes: Mapping[str, Any]) -> Training:
        """The training with some of its options changed, those of its optimizer by `optimizer: {…}`.

        Raises:
            pydantic.ValidationError: if they are no options, or not valid beside the others.
        """
        return Training.model_validate(merged(self.model_dump(), changes)) if changes else self

    def smoke(self) -> Training:
        """Two short epochs."""
        return self.model_copy(update={"epochs": min(self.epochs, SMOKE_EPOCHS)})
