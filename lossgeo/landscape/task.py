"""What a network is asked to do: how its outputs are held against the targets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import cross_entropy


@dataclass(frozen=True)
class Task(ABC):
    """A loss of an example, and whether its answer is right where answers can be.

    Args:
        unit: of the loss.
        has_accuracy: whether an answer is right or wrong; if not, accuracies are NaN.
    """

    unit: str
    has_accuracy: bool

    @abstractmethod
    def losses(self, outputs: Float[Tensor, "b o"], targets: Tensor) -> Float[Tensor, " b"]:
        """The loss of every example, differentiable in the outputs."""

    @abstractmethod
    def correct(self, outputs: Float[Tensor, "b o"], targets: Tensor) -> Bool[Tensor, " b"]:
        """Which examples are answered correctly.

        Raises:
            ValueError: if no answer of this task is right or wrong.
        """


class Classification(Task):
    """Cross-entropy of classes, in nats; the answer is the largest output. Targets are class numbers, `[b]` int64."""

    def losses(self, outputs: Float[Tensor, "b o"], targets: Tensor) -> Float[Tensor, " b"]:
        """−log softmax(outputs) of the class."""
        return cross_entropy(outputs, targets, reduction="none")

    def correct(self, outputs: Float[Tensor, "b o"], targets: Tensor) -> Bool[Tensor, " b"]:
        """Whether the largest output is that of the class."""
        return outputs.argmax(1) == targets


class Regression(Task):
    """Squared error, the mean over the outputs. Targets are `[b o]`, as the outputs."""

    def losses(self, outputs: Float[Tensor, "b o"], targets: Tensor) -> Float[Tensor, " b"]:
        """Mean of (output − target)²."""
        return (outputs - targets).square().mean(1)

    def correct(self, outputs: Float[Tensor, "b o"], targets: Tensor) -> Bool[Tensor, " b"]:  # noqa: ARG002
        """Undefined."""
        raise ValueError(
            "a regression has no correct answers: accuracy and agreement are undefined; ask for its losses instead"
        )


CLASSIFICATION = Classification(unit="nats", has_accuracy=True)
REGRESSION = Regression(unit="squared error", has_accuracy=False)
