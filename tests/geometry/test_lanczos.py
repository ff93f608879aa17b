from __future__ import annotations

from math import isnan

import numpy as np
import pytest
import torch
from mathematics_toys import frame, normal
from torch import Tensor

from lossgeo.geometry.lanczos import Ends, lanczos

EXACT = torch.float64


def ends_of(spectrum: Tensor, *, steps: int = 200, tolerance: float = 1e-9, seed: int = 0) -> Ends:
    """Of a dense matrix with that spectrum in a random frame."""
    axes = frame(len(spectrum), len(spectrum), seed=seed)
    matrix = axes.T @ (spectrum.to(EXACT)[:, None] * axes)
    start = normal(len(spectrum), seed=seed + 1, dtype=EXACT)
    return lanczos(lambda vector: matrix @ vector, start, steps=steps, tolerance=tolerance)


def spread(*parts: Tensor) -> Tensor:
    return torch.cat([part.to(EXACT) for part in parts])


SPECTRA = {
    "a negative end that is small against the largest": spread(
        torch.tensor([-0.002]), torch.linspace(-0.001, 0.001, 290), torch.linspace(0.1, 1, 9)
    ),
    "a largest eigenvalue that is small against the smallest": spread(torch.tensor([-50.0, 0.01]), torch.zeros(60)),
    "clustered ends": spread(
        torch.linspace(-1.001, -1, 12), torch.linspace(-0.5, 0.5, 120), torch.linspace(2, 2.001, 12)
    ),
    "eigenvalues that are there many times": spread(torch.full((40,), -1.0), torch.zeros(40), torch.full((40,), 3.0)),
    "no negative eigenvalue": torch.linspace(0.5, 1.5, 80),
    "no positive eigenvalue": torch.linspace(-1.5, -0.5, 80),
    "fewer dimensions than steps": torch.linspace(-1, 7, 17),
    "two dimensions": torch.tensor([-1.0, 7.0]),
    "one dimension": torch.tensor([-3.0]),
    "a null space and one direction": spread(torch.zeros(99), torch.tensor([1.0])),
}


@pytest.mark.parametrize("spectrum", SPECTRA.values(), ids=SPECTRA)
def test_both_ends_are_those_of_the_chosen_spectrum(spectrum: Tensor) -> None:
    found = ends_of(spectrum)

    size = float(spectrum.abs().max())
    assert found.smallest.value == pytest.approx(float(spectrum.min()), abs=1e-10 * size)
    assert found.largest.value == pytest.approx(float(spectrum.max()), abs=1e-10 * size)
    assert max(found.smallest.residual, found.largest.residual) < 1e-8 * size


def test_the_zero_operator_has_both_ends_at_zero_after_one_step() -> None:
    found = ends_of(torch.zeros(30))

    assert (found.smallest.value, found.smallest.residual) == (0, 0)
    assert (found.largest.value, found.largest.residual) == (0, 0)
    assert found.steps == 1


def test_there_are_no_more_steps_than_dimensions() -> None:
    assert ends_of(torch.linspace(-1, 7, 17), tolerance=0.0).steps == 17


def test_an_invariant_space_ends_the_search_where_rounding_is_all_that_is_left() -> None:
    spectrum = spread(torch.full((40,), -1.0), torch.zeros(40), torch.full((40,), 3.0))

    assert ends_of(spectrum, tolerance=0.0).steps == 3


def test_steps_that_are_used_up_leave_residuals_that_tell() -> None:
    spectrum = spread(torch.linspace(-1, 0, 400), torch.linspace(0, 30, 100))

    found = ends_of(spectrum, steps=8)

    assert found.steps == 8
    assert found.smallest.residual > 1e-3
    for end in (found.smallest, found.largest):
        assert float((spectrum - end.value).abs().min()) <= end.residual


def test_what_is_not_converged_lies_within_the_spectrum() -> None:
    spectrum = spread(torch.linspace(-1, 0, 400), torch.linspace(0, 30, 100))

    for steps in range(1, 30):
        found = ends_of(spectrum, steps=steps)
        assert -1 <= found.smallest.value <= found.largest.value <= 30


def test_a_null_space_does_not_pass_for_the_lower_end() -> None:
    spectrum = spread(torch.tensor([-1e-3]), torch.zeros(4998), torch.tensor([1.0]))
    start = normal(5000, seed=1, dtype=EXACT)

    found = lanczos(lambda vector: spectrum * vector, start, tolerance=1e-3)

    # after two products a vector of the null space has a residual of 2e-5, a fiftieth of the tolerance times λ_max
    assert found.smallest.value == pytest.approx(-1e-3, rel=1e-5)


def test_found_eigenvalues_do_not_return_as_copies() -> None:
    spectrum = spread(torch.linspace(-0.01, 0.01, 600), torch.tensor([-0.011, 1e6]))
    images: list[Tensor] = []

    def product(vector: Tensor) -> Tensor:
        images.append(vector)
        return spectrum * vector

    lanczos(product, normal(602, dtype=EXACT), steps=120, tolerance=0.0)

    krylov = torch.stack(images[:-2])
    torch.testing.assert_close(krylov @ krylov.T, torch.eye(len(krylov), dtype=EXACT), rtol=0, atol=1e-12)


def test_the_residual_is_that_of_a_product_of_its_own() -> None:
    images: list[tuple[Tensor, Tensor]] = []
    matrix = normal(25, 25, dtype=EXACT)
    matrix = matrix + matrix.T

    def product(vector: Tensor) -> Tensor:
        images.append((vector, matrix @ vector))
        return images[-1][1]

    found = lanczos(product, normal(25, seed=1, dtype=EXACT), steps=6)

    assert len(images) == 6 + 2
    for end, (vector, image) in zip((found.smallest, found.largest), images[-2:], strict=True):
        assert float(vector.norm()) == pytest.approx(1, rel=1e-14)
        assert end.value == pytest.approx(float(vector @ matrix @ vector), rel=1e-12)
        assert end.residual == pytest.approx(float((image - end.value * vector).norm()), rel=1e-9)


def test_float32_vectors_give_the_ends_to_the_rounding_of_float32() -> None:
    spectrum = torch.cat([torch.tensor([-0.01]), torch.linspace(-0.005, 0.005, 400), torch.linspace(0.1, 1, 9)])

    found = lanczos(lambda vector: spectrum * vector, normal(410))

    assert found.smallest.value == pytest.approx(-0.01, abs=1e-6)
    assert found.largest.value == pytest.approx(1, abs=1e-6)
    assert max(found.smallest.residual, found.largest.residual) < 1e-5


def test_it_agrees_with_a_dense_solver_on_a_matrix_without_structure() -> None:
    matrix = normal(150, 150, dtype=EXACT)
    matrix = matrix + matrix.T

    found = lanczos(lambda vector: matrix @ vector, normal(150, seed=1, dtype=EXACT), tolerance=1e-9)

    values = np.linalg.eigvalsh(matrix.numpy())
    np.testing.assert_allclose([found.smallest.value, found.largest.value], values[[0, -1]], rtol=1e-12)


def test_products_that_are_not_finite_leave_both_ends_unknown() -> None:
    found = lanczos(lambda vector: vector * torch.inf, torch.ones(3))

    assert all(isnan(number) for end in (found.smallest, found.largest) for number in (end.value, end.residual))


@pytest.mark.parametrize(("start", "steps"), [(torch.zeros(3), 5), (torch.ones(3), 0)])
def test_a_start_of_zero_or_no_steps_are_refused(start: Tensor, steps: int) -> None:
    with pytest.raises(ValueError, match="needs a step and a start other than 0"):
        lanczos(lambda vector: vector, start, steps=steps)
