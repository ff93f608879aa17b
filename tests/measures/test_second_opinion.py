from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest
from mathematics_toys import Analytic, toy_subject

from lossgeo.analyses.intrinsic_dimension import IntrinsicDimension, _sample
from lossgeo.families.simplex import Simplex
from lossgeo.measures.second_opinion import EXTRA, SecondOpinion, second_opinion

LANDSCAPE = Analytic(30, lambda theta: theta.sum(1))
NEEDS = pytest.mark.skipif(find_spec("skdim") is None, reason=f"needs {EXTRA}")


def sample(vertices: int, n: int = 500) -> np.ndarray:
    return _sample(toy_subject(Simplex(vertices=vertices), LANDSCAPE), n)


@NEEDS
@pytest.mark.filterwarnings("ignore")  # of the other library and of what it imports
@pytest.mark.parametrize("vertices", [2, 3])
def test_the_other_library_finds_the_dimension_of_a_simplex(vertices: int) -> None:
    found = second_opinion(sample(vertices), 20)

    assert found is not None
    assert found.lpca == pytest.approx(vertices - 1, abs=0.05)
    assert found.twonn == pytest.approx(vertices - 1, rel=0.15)


def test_there_is_no_opinion_where_the_library_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossgeo.measures.second_opinion.find_spec", lambda _name: None)

    assert second_opinion(sample(2, 30), 5) is None


class Estimator:
    """Stands for both estimators: says how many points and neighbours it was given."""

    def fit_pw(self, points: np.ndarray, n_neighbors: int) -> Estimator:
        """Its local estimates are both."""
        self.dimension_pw_ = np.array([len(points), n_neighbors])
        return self

    def fit(self, points: np.ndarray) -> Estimator:
        """Its estimate is the number of coordinates."""
        self.dimension_ = points.shape[1]
        return self


def test_an_opinion_is_the_mean_of_local_ranks_and_the_one_global_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    package, estimators = ModuleType("skdim"), ModuleType("skdim.id")
    package.__spec__ = ModuleSpec("skdim", None)
    vars(estimators).update(lPCA=Estimator, TwoNN=Estimator)
    monkeypatch.setitem(sys.modules, "skdim", package)
    monkeypatch.setitem(sys.modules, "skdim.id", estimators)

    found = second_opinion(np.zeros((30, 4)), 6)

    assert found == SecondOpinion(lpca=18.0, twonn=4.0)


def test_the_points_that_were_estimated_are_kept() -> None:
    asked = IntrinsicDimension(samples=60, neighbours=(5,), controls=19)
    subject = toy_subject(Simplex(vertices=3), LANDSCAPE)

    found = asked.compute(subject).sample

    np.testing.assert_array_equal(found, _sample(subject, 60))
