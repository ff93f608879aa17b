"""What a sweep did to the trained subspaces of a study."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lossgeo.results import OpenStudy
from lossgeo.spec.sweep import Values, values_of
from lossgeo.stages import FitSubspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SweptFit:
    """How a subspace was trained at a setting of the sweep, after the epoch whose weights the study selects.

    Args:
        setting: dotted path → value.
        is_base: whether they are the spec's own.
        subspace: its name in the spec.
        index: its place in the spec, which decides its colour.
        seed: of the study.
        epoch: the selected one, from 1.
        cosine: of two corners, the mean over pairs of corners.
        distance: of two corners in weight space, the mean over pairs.
        accuracy: mean over the monitored points on the validation examples.
        loss: the same, in nats.
    """

    setting: Values
    is_base: bool
    subspace: str
    index: int
    seed: int
    epoch: int
    cosine: float
    distance: float
    accuracy: float
    loss: float

    def row(self) -> dict[str, Any]:
        """The row of a tidy table."""
        return {
            **self.setting,
            "subspace": self.subspace,
            "seed": self.seed,
            "epoch": self.epoch,
            "corner_cosine": self.cosine,
            "corner_weight_distance": self.distance,
            "validation_accuracy": self.accuracy,
            "validation_loss_nats": self.loss,
        }


def with_base(study: OpenStudy) -> list[tuple[Values, OpenStudy]]:
    """The settings of the sweep in the order of the spec, the spec's own values at their place, or else first."""
    own = values_of(study.study, study.study.sweep)
    different = {tuple(values.items()): setting for values, setting in study.settings}
    known = {**different, tuple(own.items()): study}
    asked = [tuple(values.items()) for values, _ in study.jobs.settings]
    if tuple(own.items()) not in asked:
        asked.insert(0, tuple(own.items()))
    return [(dict(values), known[values]) for values in asked if values in known]


def affected(study: OpenStudy) -> list[str]:
    """The trained subspaces whose selected weights are others at some setting, in the order of the spec."""

    def differs(name: str, seed: int) -> bool:
        return any(
            setting.jobs.fits[name, seed] != study.jobs.fits[name, seed] or setting.study.select != study.study.select
            for _, setting in study.settings
        )

    trained = {name for (name, _), fit in study.jobs.fits.items() if isinstance(fit, FitSubspace)}
    return [
        name
        for name in study.study.subspaces
        if name in trained and any(differs(name, seed) for seed in study.study.seeds)
    ]


def swept_fits(study: OpenStudy) -> list[SweptFit]:
    """The stored fits of the affected subspaces: setting, subspace, seed; missing ones are left out."""
    names = affected(study)
    return [
        fit
        for values, setting in with_base(study)
        for name in names
        for fit in _fits(name, values, setting, is_base=setting is study)
    ]


def sweep_table(study: OpenStudy) -> pd.DataFrame:
    """A row for each setting, affected subspace and seed, with a column for each path of the sweep."""
    import pandas as pd

    return pd.DataFrame([fit.row() for fit in swept_fits(study)])


def _fits(name: str, values: Values, study: OpenStudy, *, is_base: bool) -> Iterator[SweptFit]:
    for seed in study.study.seeds:
        job = study.jobs.fits[name, seed]
        if not isinstance(job, FitSubspace) or job in study.missing:
            continue
        history = study.store.load(job).history
        last = len(history.validation_loss) - 1
        epoch = history.best_epoch if study.study.select == "best" else last
        yield SweptFit(
            setting=values,
            is_base=is_base,
            subspace=name,
            index=list(study.study.subspaces).index(name),
            seed=seed,
            epoch=epoch + 1,
            cosine=float(history.corner_cosines[epoch + 1].mean()),
            distance=float(history.corner_distances[epoch + 1].mean()),
            accuracy=float(history.validation_accuracy[epoch]),
            loss=float(history.validation_loss[epoch]),
        )
