"""The task behind a loss: outputs of a network are compared with targets, or it is a formula of the weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Bool, Float, Int64

from lossgeo.lazy import functional

if TYPE_CHECKING:
    from torch import Tensor

WHOLE = "whole"
"""The name of the one landscape of a loss that is a mean over no examples, beside the names of splits."""


@dataclass(frozen=True)
class Task(ABC):
    """A loss of an example, and whether its answers are right where answers can be.

    An example may have many positions, as a sequence has: its loss is then the mean over them, and each has an answer.

    Args:
        unit: of the loss; empty where it has none.
        has_accuracy: whether an answer is right or wrong; if not, accuracies are NaN.
        has_examples: whether the loss is a mean over examples, which come in splits.
    """

    unit: str
    has_accuracy: bool
    has_examples: bool = True

    @abstractmethod
    def losses(self, outputs: Float[Tensor, "b ..."], targets: Tensor) -> Float[Tensor, " b"]:
        """The loss of every example, the mean over its positions; differentiable in the outputs."""

    @abstractmethod
    def correct(self, outputs: Float[Tensor, "b ..."], targets: Tensor) -> Bool[Tensor, "b ..."]:
        """Which answers are correct: an answer for each example, or for each of its positions.

        Raises:
            ValueError: if no answer of this task is right or wrong.
        """

    def answers(self, outputs: Float[Tensor, "b ..."]) -> Int64[Tensor, "b ..."]:
        """The classes that are answered: one an example, or one for each of its positions.

        Raises:
            ValueError: if no answer of this task is a class.
        """
        del outputs
        raise ValueError("this task has no answers that are classes: accuracy and disagreement are undefined")

    def splits(self, *wanted: str) -> tuple[str, ...]:
        """The names of the wanted splits, or that of the one landscape for a loss without examples.

        >>> CLASSIFICATION.splits("train", "test"), FORMULA.splits("train", "test")
        (('train', 'test'), ('whole',))
        """
        return wanted if self.has_examples else (WHOLE,)

    def on(self, split: str, text: str) -> str:
        """A text with the split before it; unchanged for a loss without examples.

        >>> CLASSIFICATION.on("test", "loss"), FORMULA.on("test", "loss")
        ('test loss', 'loss')
        """
        return f"{split} {text}" if self.has_examples else text


class Classification(Task):
    """Cross-entropy of classes, in nats; the answer is the largest output.

    Outputs are `[b … c]`, targets class numbers `[b …]` int64: one an example, or one for each of its positions.
    """

    def losses(self, outputs: Float[Tensor, "b ..."], targets: Tensor) -> Float[Tensor, " b"]:
        """The cross-entropy −log softmax(outputs) of the class, the mean over positions."""
        if targets.dim() == 1:
            return functional.cross_entropy(outputs, targets, reduction="none")
        each = functional.cross_entropy(outputs.flatten(0, -2), targets.flatten(), reduction="none")
        return each.view(len(targets), -1).mean(1)

    def correct(self, outputs: Float[Tensor, "b ..."], targets: Tensor) -> Bool[Tensor, "b ..."]:
        """Whether the largest output is that of the right class."""
        return self.answers(outputs) == targets

    def answers(self, outputs: Float[Tensor, "b ..."]) -> Int64[Tensor, "b ..."]:
        """The class of the largest output."""
        return outputs.argmax(-1)


class Regression(Task):
    """Squared error, the mean over the outputs. Targets are `[b … o]`, as the outputs."""

    def losses(self, outputs: Float[Tensor, "b ..."], targets: Tensor) -> Float[Tensor, " b"]:
        """The mean of (output − target)² over outputs and positions."""
        return (outputs - targets).square().flatten(1).mean(1)

    def correct(self, outputs: Float[Tensor, "b ..."], targets: Tensor) -> Bool[Tensor, "b ..."]:  # noqa: ARG002
        """Refuse the question: a regression has no right and wrong answers."""
        raise ValueError(
            "a regression has no correct answers: accuracy and agreement are undefined; ask for its losses instead"
        )


class OfWeights(Task):
    """A loss that is a formula of the weights: there are no examples, outputs or targets."""

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:  # noqa: ARG002
        """Refuse the question: a formula of the weights has no outputs."""
        raise ValueError("a formula of the weights has no outputs: evaluate its landscape instead")

    def correct(self, outputs: Tensor, targets: Tensor) -> Tensor:  # noqa: ARG002
        """Refuse the question: a formula of the weights has no answers."""
        raise ValueError("a formula of the weights has no answers: ask for its loss instead")


CLASSIFICATION = Classification(unit="nats", has_accuracy=True)
REGRESSION = Regression(unit="squared error", has_accuracy=False)
FORMULA = OfWeights(unit="", has_accuracy=False, has_examples=False)
