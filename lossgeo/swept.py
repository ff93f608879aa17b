"""The effect of a sweep on the trained subspaces of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lossgeo.lazy import pandas as pd
from lossgeo.results import OpenStudy, TrainingResult
from lossgeo.spec.sweep import Values, values_of


@dataclass(frozen=True)
class SweptFit:
    """The training of a subspace at a setting of the sweep, after the epoch whose weights the study selects.

    Args:
        setting: dotted path → value.
        is_base: whether they are the spec's own.
        index: place of the subspace in the spec, which decides its colour.
        training: that of the subspace at the setting.
    """

    setting: Values
    is_base: bool
    index: int
    training: TrainingResult

    @property
    def cosine(self) -> float:
        """The cosine of two corners, mean over pairs of corners."""
        return float(self.training.history.corner_cosines[self.training.selected + 1].mean())

    @property
    def distance(self) -> float:
        """The distance between two corners in weight space, mean over pairs."""
        return float(self.training.history.corner_distances[self.training.selected + 1].mean())

    @property
    def accuracy(self) -> float:
        """The accuracy on validation examples, mean over the monitored points; NaN in a regression."""
        return float(self.training.history.validation_accuracy[self.training.selected])

    @property
    def loss(self) -> float:
        """The loss on validation examples, mean over the monitored points, in the unit of the task."""
        return float(self.training.history.validation_loss[self.training.selected])

    def row(self) -> dict[str, Any]:
        """The row of this fit in a tidy table."""
        return {
            **self.setting,
            "subspace": self.training.name,
            "seed": self.training.seed,
            "epoch": self.training.selected + 1,
            "corner_cosine": self.cosine,
            "corner_weight_distance": self.distance,
            "validation_accuracy": self.accuracy,
            "validation_loss": self.loss,
        }


def with_base(study: OpenStudy) -> list[tuple[Values, OpenStudy]]:
    """The settings of the sweep in the order of the spec, the spec's own values at their place, or else first."""
    own = values_of(study.spec, study.spec.sweep)
    different = {tuple(values.items()): setting for values, setting in study.settings}
    known = {**different, tuple(own.items()): study}
    asked = [tuple(values.items()) for values, _ in study.jobs.settings]
    if tuple(own.items()) not in asked:
        asked.insert(0, tuple(own.items()))
    return [(dict(values), known[values]) for values in asked if values in known]


def affected(study: OpenStudy) -> list[str]:
    """The trained subspaces whose selected weights differ at some setting, in the order of the spec."""

    def differs(name: str, seed: int) -> bool:
        return any(
            setting.jobs.subspaces[name, seed].key != study.jobs.subspaces[name, seed].key
            or setting.spec.select != study.spec.select
            for _, setting in study.settings
        )

    trained = {name for (name, _), weights in study.jobs.subspaces.items() if weights.training is not None}
    return [
        name
        for name in study.spec.subspaces
        if name in trained and any(differs(name, seed) for seed in study.spec.seeds)
    ]


def swept_fits(study: OpenStudy) -> list[SweptFit]:
    """The stored fits of the affected subspaces: setting, subspace, seed; missing ones are left out."""
    names, places = affected(study), list(study.spec.families)
    return [
        SweptFit(values, setting is study, places.index(training.name), training)
        for values, setting in with_base(study)
        for training in setting.trainings(names)
    ]


def sweep_table(study: OpenStudy) -> pd.DataFrame:
    """A row for each setting, affected subspace and seed, with a column for each path of the sweep."""
    return pd.DataFrame([fit.row() for fit in swept_fits(study)])
