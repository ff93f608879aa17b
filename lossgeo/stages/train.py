"""The kinds of jobs: where the engine and the mathematics meet."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from lossgeo.analyses.base import Analysis, Record, Subject
from lossgeo.architectures.base import Architecture
from lossgeo.datasets.base import Dataset, Split
from lossgeo.engine.context import Context
from lossgeo.engine.job import Job
from lossgeo.families.base import Family, TrainedFamily
from lossgeo.families.fitting import Fitting
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.train import train
from lossgeo.landscape.training import History, Setting, Single, Trainable, Trained, Training
from lossgeo.landscape.weights import Layout
from lossgeo.variant import Model

FLOPS_PER_WEIGHT_AND_EXAMPLE = 6.0
"""Forward and backward, one multiplication and one addition each in three products."""

FLOPS_PER_PARAMETER_AND_STEP = 100.0
"""An optimizer's step in the time that it takes: it is bound by memory, not arithmetic."""


class TrainedOn(Model):
    """What the loss is: a network and the data that it is trained on."""

    architecture: Architecture
    dataset: Dataset

    @property
    def layout(self) -> Layout:
        """Where each parameter of the network lies in the weight vector."""
        return self.architecture.layout(self.dataset.inputs, self.dataset.classes)

    def initialise(self, count: int, generator: Generator) -> Tensor:
        """`count` independent initialisations, `[count D]`."""
        layout = self.layout
        return torch.stack([self.architecture.initialise(layout, generator) for _ in range(count)])

    def landscape(self, context: Context, split: Split) -> Landscape:
        """Mean loss and accuracy on a split of the data."""
        examples = self.dataset.split(context.folders)[split]
        return NetworkLandscape(self.architecture, self.layout, examples)

    def setting(self, context: Context) -> Setting:
        """The network with its training examples and its validation landscape."""
        examples = self.dataset.split(context.folders)["train"]
        return Setting(self.architecture, self.layout, examples, self.landscape(context, "validation"))


Epoch = Literal["last", "best"]
"""Of a training: its last, or that of the lowest validation loss."""


@dataclass(frozen=True)
class Weights:
    """Parameters by name, after the last and after the best epoch of the training that they come from."""

    last: Mapping[str, np.ndarray]
    best: Mapping[str, np.ndarray]

    def parameters(self, epoch: Epoch) -> dict[str, Tensor]:
        """The parameters after that epoch."""
        chosen = self.best if epoch == "best" else self.last
        return {name: torch.from_numpy(value) for name, value in chosen.items()}


@dataclass(frozen=True)
class Fit(Weights):
    """What a training leaves behind: its parameters, and its history."""

    history: History

    @classmethod
    def of(cls, trained: Trained) -> Fit:
        """The record of a training."""
        last, best = ({name: value.numpy() for name, value in part.items()} for part in (trained.last, trained.best))
        return cls(last=last, best=best, history=trained.history)


@dataclass(frozen=True)
class Train(Job[Fit]):
    """A training from random initialisations; kinds of it say what is trained, and have random streams of their own."""

    problem: TrainedOn
    training: Training
    seed: int

    @property
    @abstractmethod
    def stream_names(self) -> tuple[str, ...]:
        """Of the random streams that belong to this training."""

    @property
    @abstractmethod
    def trainable(self) -> Trainable:
        """What is trained."""

    @property
    @abstractmethod
    def vectors(self) -> int:
        """How many weight vectors are trained together."""

    @abstractmethod
    def initial(self, anchors: Tensor, generator: Generator) -> dict[str, Tensor]:
        """The parameters to start from, given as many initialisations of the network, `[vectors D]`."""

    @pinned()
    def compute(self, context: Context) -> Fit:
        """Train."""
        streams = partial(stream, self.seed, *self.stream_names)
        anchors = self.problem.initialise(self.vectors, streams("init"))
        initial = self.initial(anchors, streams("features"))
        setting = self.problem.setting(context)
        return Fit.of(train(self.trainable, initial, setting, self.training, streams, context))

    @property
    def result_type(self) -> type[Fit]:
        """A fit."""
        return Fit

    @property
    def cost(self) -> float:
        """Of the passes through the network and the steps of the optimizer."""
        passes = FLOPS_PER_WEIGHT_AND_EXAMPLE * self.problem.dataset.train
        steps = FLOPS_PER_PARAMETER_AND_STEP * self.vectors * self.problem.dataset.train / self.training.batch_size
        return self.training.epochs * self.problem.layout.dimension * (passes + steps)


@dataclass(frozen=True)
class TrainNetwork(Train):
    """A network trained on its own; its parameter is `basis`, `[1 D]`. Members of one seed are independent."""

    member: int = 0
    version: ClassVar[int] = 1

    @property
    def stream_names(self) -> tuple[str, ...]:
        """One name a member."""
        return ("network", str(self.member))

    @property
    def trainable(self) -> Trainable:
        """The weights themselves."""
        return Single()

    @property
    def vectors(self) -> int:
        """One."""
        return 1

    def initial(self, anchors: Tensor, generator: Generator) -> dict[str, Tensor]:  # noqa: ARG002
        """The initialisation."""
        return {"basis": anchors}

    @property
    def label(self) -> str:
        """What is trained, and its seed."""
        return f"train {self.problem.architecture.kind} {self.member} · seed {self.seed}"


@dataclass(frozen=True)
class FitSubspace(Train):
    """A subspace of low loss, trained from scratch: the parameters of its family."""

    family: TrainedFamily
    version: ClassVar[int] = 1

    @property
    def stream_names(self) -> tuple[str, ...]:
        """The same for all families, so that they start and see their batches alike."""
        return ("subspace",)

    @property
    def trainable(self) -> Trainable:
        """Networks at random points of the family."""
        return Fitting(self.family)

    @property
    def vectors(self) -> int:
        """The anchors of the family."""
        return self.family.anchors

    def initial(self, anchors: Tensor, generator: Generator) -> dict[str, Tensor]:
        """The family laid through the initialisations."""
        return self.family.initial(anchors, generator)

    @property
    def label(self) -> str:
        """The family, and the seed."""
        return f"fit {self.family.kind} of {self.family.anchors} anchors · seed {self.seed}"


@dataclass(frozen=True)
class JoinNetworks(Job[Weights]):
    """The subspace spanned by networks that were trained on their own."""

    networks: tuple[TrainNetwork, ...]
    family: Family
    version: ClassVar[int] = 1

    @property
    def problem(self) -> TrainedOn:
        """What the networks were trained on."""
        return self.networks[0].problem

    @property
    def seed(self) -> int:
        """That of the networks."""
        return self.networks[0].seed

    def compute(self, context: Context) -> Weights:
        """Lay the family through the networks, after the last and after the best epoch."""
        found = [context.load(network) for network in self.networks]
        last, best = (self._through([one.parameters(epoch)["basis"] for one in found]) for epoch in ("last", "best"))
        return Weights(last=last, best=best)

    def _through(self, weights: list[Tensor]) -> dict[str, np.ndarray]:
        parameters = self.family.initial(torch.cat(weights), stream(self.seed, "joined"))
        return {name: value.numpy() for name, value in parameters.items()}

    @property
    def result_type(self) -> type[Weights]:
        """Weights."""
        return Weights

    @property
    def label(self) -> str:
        """The family, and the seed."""
        return f"join {len(self.networks)} networks · seed {self.seed}"


@dataclass(frozen=True)
class Analyse(Job[Record]):
    """An analysis of a subspace, with the network of the same seed where it needs one, at an epoch of the trainings."""

    analysis: Analysis
    fit: FitSubspace | JoinNetworks
    network: TrainNetwork | None
    epoch: Epoch
    version: ClassVar[int] = 1

    @pinned()
    def compute(self, context: Context) -> Record:
        """Hand the subject over to the analysis."""
        return self.analysis.compute(self._subject(context))

    def _subject(self, context: Context) -> Subject:
        fit, network = self.fit, self.network
        independent = None
        if network is not None:
            independent = context.load(network).parameters(self.epoch)["basis"][0]
        return Subject(
            family=fit.family,
            parameters=context.load(fit).parameters(self.epoch),
            independent=independent,
            landscape=partial(fit.problem.landscape, context),
            stream=partial(stream, fit.seed, self.analysis.kind, fit.key),
            progress=context.progress,
        )

    @property
    def result_type(self) -> type[Record]:
        """The record of the analysis."""
        return self.analysis.record

    @property
    def label(self) -> str:
        """The analysis, the family, and the seed."""
        family = self.fit.family
        return f"{self.analysis.kind} of {family.kind} with {family.anchors} anchors · seed {self.fit.seed}"

    @property
    def cost(self) -> float:
        """Of the weight vectors that it evaluates, on a test set of ten thousand."""
        return 2 * 1e4 * self.fit.problem.layout.dimension * self.analysis.evaluations(self.fit.family)
