"""The kinds of jobs: where the engine and the mathematics meet."""

from lossgeo.stages.analyse import Analyse
from lossgeo.stages.joined import Joined
from lossgeo.stages.problem import TrainedOn
from lossgeo.stages.record import Epoch, Fit
from lossgeo.stages.train import FitSubspace, Train, TrainNetwork
from lossgeo.stages.trunk import TrainBranch, Trunk

__all__ = [
    "Analyse",
    "Epoch",
    "Fit",
    "FitSubspace",
    "Joined",
    "Train",
    "TrainBranch",
    "TrainNetwork",
    "TrainedOn",
    "Trunk",
]
