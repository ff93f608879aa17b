"""The setting of a training: the loss that a step minimises, and the landscape that is monitored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jaxtyping import Float

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.forward import NetworkFunction
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.mode import Mode
from lossgeo.landscape.weights import NO_WEIGHTS, Layout
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class Measured:
    """The loss at one weight vector on one batch.

    Args:
        loss: mean over the batch, differentiable in the weights.
        correct: how many answers to the batch are correct; None where answers are neither right nor wrong.
        seen: means and variances of the batch at every BatchNorm layer, by name.
    """

    loss: Float[Tensor, ""]
    correct: Tensor | None = None
    seen: Mapping[str, Tensor] = field(default_factory=dict)


class Setting(ABC):
    """The setting of a training: the loss of a batch as a function of the weights, and the landscape to monitor.

    What is random of a step is drawn by ``draw``, before it; ``measure`` draws nothing.
    """

    validation: Landscape
    """The landscape monitored after every epoch; the statistics of BatchNorm layers are estimated anew there."""

    @property
    def device(self) -> torch.device:
        """The device that the loss is computed on, and the parameters are."""
        return torch.device("cpu")

    statistics: Layout
    """Names and shapes of the BatchNorm statistics that the training keeps."""

    @property
    @abstractmethod
    def size(self) -> int:
        """N, the number of training examples; 1 for a loss without examples."""

    @abstractmethod
    def draw(self, index: Tensor, augmentation: Generator, dropout: Generator) -> Any:
        """The batch of the examples with these numbers, `[b]` int64, with everything else that is random in a step."""

    @abstractmethod
    def measure(self, theta: Float[Tensor, " D"], batch: Any) -> Measured:
        """The loss at θ on a drawn batch, in the precision of θ."""


@dataclass(frozen=True)
class Batch:
    """Training examples of one step.

    Args:
        inputs, targets: augmented.
        masks: what hidden units are multiplied with, by name; see :class:`lossgeo.landscape.mode.Mode`.
    """

    inputs: Tensor
    targets: Tensor
    masks: Mapping[str, Tensor]


@dataclass(frozen=True)
class NetworkSetting(Setting):
    """The setting of a network that is trained on examples.

    Args:
        network, layout: the network, and where its parameters lie in the weight vector.
        examples: to train on.
        validation: the landscape that is followed.
        statistics: names and shapes of the BatchNorm statistics that the training keeps.
    """

    network: NetworkFunction
    layout: Layout
    examples: Examples
    validation: Landscape
    statistics: Layout = NO_WEIGHTS

    @property
    def size(self) -> int:
        return len(self.examples)

    @property
    def device(self) -> torch.device:
        return self.examples.device

    def draw(self, index: Tensor, augmentation: Generator, dropout: Generator) -> Batch:
        """The augmented examples, and the masks of their hidden units."""
        inputs, targets = self.examples.augmented(index, augmentation)
        masks = self.network.masks(len(index), dropout)
        return Batch(inputs, targets, {name: mask.to(self.device) for name, mask in masks.items()})

    def measure(self, theta: Float[Tensor, " D"], batch: Batch) -> Measured:
        # BatchNorm layers use the statistics of the batch itself.
        mode = Mode(masks=batch.masks, seen={} if self.statistics.shapes else None)
        outputs = self.network.forward(self.layout.split(theta), batch.inputs.to(theta.dtype), mode)
        task = self.examples.task
        return Measured(
            loss=task.losses(outputs, batch.targets).mean(),
            correct=task.correct(outputs.detach(), batch.targets).sum() if task.has_accuracy else None,
            seen=mode.seen or {},
        )


@dataclass(frozen=True)
class FormulaSetting(Setting):
    """The setting of descent on a formula of the weights: an epoch is one step along the whole gradient.

    Args:
        formula: weight vectors `[n D]` → their losses `[n]`, differentiable.
        validation: the landscape of the same formula.
    """

    formula: Callable[[Tensor], Tensor]
    validation: Landscape
    statistics: Layout = NO_WEIGHTS

    @property
    def size(self) -> int:
        return 1

    def draw(self, index: Tensor, augmentation: Generator, dropout: Generator) -> None:
        """Draw nothing, because no step differs from another."""

    def measure(self, theta: Float[Tensor, " D"], batch: Any) -> Measured:  # noqa: ARG002  # there is no batch
        return Measured(self.formula(theta[None])[0])
