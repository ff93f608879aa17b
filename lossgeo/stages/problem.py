"""What the loss is."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from lossgeo.architectures.base import Architecture
from lossgeo.datasets.base import Dataset, Split
from lossgeo.engine.context import Context
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.normalization import CALIBRATION_EXAMPLES, BatchNorm, Normalization
from lossgeo.landscape.weights import Layout
from lossgeo.training.setting import Setting
from lossgeo.variant import Model


class TrainedOn(Model):
    """What the loss is: a network and the data that it is trained on."""

    architecture: Architecture
    dataset: Dataset

    @property
    def layout(self) -> Layout:
        """Where each parameter of the network lies in the weight vector."""
        return self.architecture.layout(self.dataset.inputs, self.dataset.outputs)

    def initialise(self, count: int, generator: Generator) -> Tensor:
        """`count` independent initialisations, `[count D]`."""
        layout = self.layout
        return torch.stack([self.architecture.initialise(layout, generator) for _ in range(count)])

    @property
    def statistics(self) -> Layout:
        """Names and shapes of the BatchNorm statistics of the network."""
        return self.architecture.statistics(self.dataset.inputs)

    def landscape(self, context: Context, split: Split, batch_norm: BatchNorm = "recalibrate") -> NetworkLandscape:
        """Mean loss and accuracy on a split of the data, and what BatchNorm layers normalise with there."""
        splits = self.dataset.split(context.folders)
        normalization = Normalization(self.statistics, batch_norm, splits["train"].first(CALIBRATION_EXAMPLES))
        return NetworkLandscape(self.architecture, self.layout, splits[split], normalization)

    def setting(self, context: Context) -> Setting:
        """The network with its training examples and its validation landscape."""
        return Setting(
            network=self.architecture,
            layout=self.layout,
            examples=self.dataset.split(context.folders)["train"],
            validation=self.landscape(context, "validation"),
            statistics=self.statistics,
        )
