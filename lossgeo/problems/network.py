"""The problem of a network on a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from jaxtyping import Float

from lossgeo.architectures.base import Architecture
from lossgeo.datasets.base import Dataset
from lossgeo.landscape.bfloat16 import in_bfloat16
from lossgeo.landscape.forward import NetworkFunction
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.normalization import CALIBRATION_EXAMPLES, BatchNorm, Normalization
from lossgeo.landscape.numerics import CPU, Numerics
from lossgeo.landscape.task import Task
from lossgeo.landscape.weights import Layout
from lossgeo.lazy import torch
from lossgeo.problems.base import Problem
from lossgeo.training.setting import NetworkSetting
from lossgeo.variant import Inert

if TYPE_CHECKING:
    from torch import Generator, Tensor


class NetworkProblem(Problem):
    """The mean loss of a network on the examples of a data set.

    It has no kind: a spec writes `architecture` and `dataset` at its top instead.
    """

    architecture: Architecture
    dataset: Dataset
    profile: Annotated[Numerics, Inert(CPU)] = CPU

    @property
    def numerics(self) -> Numerics:
        return self.profile

    def canonical_fields(self) -> dict[str, Any]:
        # The kind is left out: a spec never names it.
        return {name: value for name, value in super().canonical_fields().items() if name != "kind"}

    @property
    def layout(self) -> Layout:
        """The place of each parameter of the network in the weight vector."""
        return self.architecture.layout(self.dataset.inputs, self.dataset.outputs)

    @property
    def weight_count(self) -> int:
        return self.layout.dimension

    @property
    def task(self) -> Task:
        return self.dataset.task

    @property
    def sizes(self) -> Mapping[str, int]:
        return {str(split): size for split, size in self.dataset.sizes.items()}

    @property
    def statistics(self) -> Layout:
        return self.architecture.statistics(self.dataset.inputs)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        data = self.dataset
        return (
            ("Data", f"{data.kind}, {data.train:,} train, {data.validation:,} validation"),
            ("Network", f"{self.architecture.kind}, {self.weight_count:,} weights"),
        )

    def initialise(self, count: int, generator: Generator) -> Float[Tensor, "{count} D"]:
        """Independent initialisations by the law of the architecture."""
        layout = self.layout
        return torch.stack([self.architecture.initialise(layout, generator) for _ in range(count)])

    def landscape(self, folders: Sequence[Path], split: str, batch_norm: BatchNorm = "recalibrate") -> NetworkLandscape:
        """Mean loss and accuracy on a split of the data, with the statistics for BatchNorm layers there."""
        splits, device = {str(name): examples for name, examples in self.dataset.split(folders).items()}, self._device
        calibration = splits["train"].first(CALIBRATION_EXAMPLES).to(device)
        normalization = Normalization(self.statistics, batch_norm, calibration)
        return NetworkLandscape(self._network, self.layout, splits[split].to(device), normalization)

    def setting(self, folders: Sequence[Path]) -> NetworkSetting:
        """The network with its training examples and its validation landscape."""
        return NetworkSetting(
            network=self._network,
            layout=self.layout,
            examples=self.dataset.split(folders)["train"].to(self._device),
            validation=self.landscape(folders, "validation"),
            statistics=self.statistics,
        )

    @property
    def _device(self) -> str:
        return self.profile.device

    @property
    def _network(self) -> NetworkFunction:
        """The network, with products of the precision of the profile."""
        return in_bfloat16(self.architecture) if self.profile.precision == "bf16" else self.architecture

    def look_for(self, folders: Sequence[Path]) -> str | None:
        return self.dataset.look_for(folders)

    def prepare(self, folders: Sequence[Path]) -> None:
        self.dataset.prepare(folders)

    def smoke(self) -> NetworkProblem:
        return self.model_copy(update={"architecture": self.architecture.smoke(), "dataset": self.dataset.smoke()})
