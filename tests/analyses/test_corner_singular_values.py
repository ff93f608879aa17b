from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from mathematics_toys import Analytic, frame, normal, toy_subject

from lossgeo.analyses.base import Result, Subject
from lossgeo.analyses.singular_values import SingularValues
from lossgeo.families.simplex import Independent
from lossgeo.landscape.fitted import Fitted

D = 50


def subject_of(corners: torch.Tensor, split: torch.Tensor | None = None) -> Subject:
    family = Independent(vertices=len(corners))
    landscape = Analytic(corners.shape[1], lambda theta: theta.square().sum(1))
    origins = {} if split is None else {"initialisation": torch.zeros(corners.shape[1]), "split": split}
    return replace(toy_subject(family, landscape), fitted=Fitted(corners), origins=origins)


def test_planted_values_are_found_from_the_split_point() -> None:
    split = 100 * normal(D, seed=1)
    steps = torch.tensor([4.0, 3.0, 1.0])[:, None] * frame(3, D)

    record = SingularValues(draws=3).compute(subject_of((split + steps).float(), split))

    np.testing.assert_allclose(record.spectra["split"].sigma, [4, 3, 1], rtol=1e-4)
    np.testing.assert_allclose(record.lengths, [4, 3, 1], rtol=1e-4)
    assert record.start == "split"
    assert record.spectra["zero"].relative[1] < 0.02  # what all have in common hides the rest


def test_a_regular_simplex_has_equal_values_less_its_mean() -> None:
    record = SingularValues(draws=3).compute(subject_of((5 + 2 * frame(6, D)).float()))

    found = record.spectra["mean"]
    np.testing.assert_allclose(found.sigma, 2, rtol=1e-4)
    assert (found.rank, found.large, found.effective_rank) == (5, 5, pytest.approx(5))
    assert list(record.spectra) == ["zero", "mean"]
    assert record.start == "mean"


def test_a_flat_hull_has_values_that_vanish() -> None:
    corners = normal(6, 2, dtype=torch.float64) @ frame(2, D) + 3

    found = SingularValues(draws=3).compute(subject_of(corners.float())).spectra["mean"]

    assert found.large == 2
    assert found.relative[-1] < 1e-6
    assert found.effective_rank <= 2


@pytest.mark.parametrize("origin", ["zero", "mean", "split"])
def test_the_walks_have_the_values_of_steps_in_all_coordinates(origin: str) -> None:
    split, lengths = 2 * normal(D, seed=3).double(), torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    corners = split + lengths[:, None] * frame(3, D, seed=5)

    found = SingularValues(draws=1500).compute(subject_of(corners.float(), split.float())).spectra[origin].walks

    steps = normal(1500, 3, D, seed=7, dtype=torch.float64)
    ends = split + lengths[:, None] * steps / steps.norm(dim=2, keepdim=True)
    seen = {"zero": torch.zeros(D), "mean": ends.mean(1, keepdim=True), "split": split}[origin]
    expected = np.linalg.svd((ends - seen).numpy(), compute_uv=False)[:, : found.shape[1]]
    error = np.sqrt((found.var(0) + expected.var(0)) / 1500)
    assert (np.abs(found.mean(0) - expected.mean(0)) < 4.5 * error + 1e-5).all()


def test_random_corners_lie_within_the_envelope_of_the_walks() -> None:
    split = normal(2000, seed=1)

    record = SingularValues(draws=200).compute(subject_of(split + normal(8, 2000, seed=2), split))

    for spectrum in record.spectra.values():
        assert (spectrum.relative >= spectrum.relative_walks.min(0) - 1e-6).all()
        assert (spectrum.relative <= spectrum.relative_walks.max(0) + 1e-6).all()


def test_the_table_has_a_row_for_every_origin_and_value() -> None:
    table = SingularValues(draws=3).compute(subject_of(normal(4, D), normal(D, seed=1))).table()

    assert [(row["origin"], row["component"]) for row in table] == [
        *(("zero", i) for i in (1, 2, 3, 4)),
        *(("mean", i) for i in (1, 2, 3)),
        *(("split", i) for i in (1, 2, 3, 4)),
    ]
    assert {row["rank_bound"] for row in table if row["origin"] == "mean"} == {3}


def test_the_headline_has_the_effective_rank_and_the_last_value() -> None:
    record = SingularValues(draws=3).compute(subject_of((5 + 2 * frame(6, D)).float()))
    results = [Result("hull", 0, seed, Independent(vertices=6), SingularValues(), record) for seed in (0, 1)]

    found = SingularValues.headline(results)

    assert found.sentence == (
        "Seen from their mean the corners have an effective rank of 5.0 of at most 5 (hull); the last singular value "
        "is 1 of the first."
    )
