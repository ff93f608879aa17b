from __future__ import annotations

import numpy as np
import pytest
import torch

from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.training.optimizer import Adam, AdamW, Sgd, learning_rate_factor


def test_a_stream_belongs_to_its_seed_and_name_whatever_was_drawn_before() -> None:
    expected = torch.rand(5, generator=stream(3, "order"))
    torch.rand(100, generator=stream(3, "dropout"))

    assert torch.equal(torch.rand(5, generator=stream(3, "order")), expected)


@pytest.mark.parametrize("other", [(1, "order"), (0, "dropout"), (0, "subspace", "order"), (0, "order", 1)])
def test_streams_of_other_names_or_neighbouring_seeds_are_uncorrelated(other: tuple[int, str]) -> None:
    pair = [torch.randn(10_000, generator=stream(*name)).numpy() for name in ((0, "order"), other)]

    assert abs(np.corrcoef(pair[0], pair[1])[0, 1]) < 4 / np.sqrt(10_000)


def test_the_global_generator_of_torch_is_left_alone() -> None:
    before = torch.random.get_rng_state()

    torch.rand(5, generator=stream(0, "order"))

    assert torch.equal(torch.random.get_rng_state(), before)


def test_pinned_work_runs_on_one_thread() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)

    with pinned():
        inside = torch.get_num_threads()

    after = torch.get_num_threads()
    torch.set_num_threads(before)
    assert (inside, after) == (1, 3)


def test_pinned_work_uses_deterministic_kernels_and_full_precision() -> None:
    with pinned():
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_float32_matmul_precision() == "highest"


def test_pinned_work_flushes_denormals_to_zero() -> None:
    tiny = torch.full((8,), 2e-38)

    with pinned():
        inside = (tiny / 4).tolist()

    assert inside == [0.0] * 8


def test_settings_are_restored_after_pinned_work_that_fails() -> None:
    threads, tiny = torch.get_num_threads(), torch.full((8,), 2e-38)

    with pytest.raises(RuntimeError, match="inside"), pinned():
        raise RuntimeError("inside")

    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory  # as torch has it
    assert (tiny / 4).min() > 0


def test_the_constant_schedule_leaves_the_learning_rate() -> None:
    assert [learning_rate_factor("constant", step, 7) for step in range(7)] == [1.0] * 7


def test_the_cosine_schedule_is_that_of_torch() -> None:
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=9)
    expected = []
    for _ in range(9):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()

    found = [learning_rate_factor("cosine", step, 9) for step in range(9)]

    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (AdamW(lr=0.1, weight_decay=0.3, betas=(0.8, 0.9)), {"lr": 0.1, "weight_decay": 0.3, "betas": (0.8, 0.9)}),
        (Adam(lr=0.2, betas=(0.7, 0.9)), {"lr": 0.2, "weight_decay": 0, "betas": (0.7, 0.9)}),
        (Sgd(lr=0.3, momentum=0.5, nesterov=True), {"lr": 0.3, "momentum": 0.5, "nesterov": True, "weight_decay": 0}),
    ],
)
def test_an_optimizer_hands_its_options_to_torch(options: AdamW | Adam | Sgd, expected: dict[str, object]) -> None:
    group = options.over([torch.zeros(1, requires_grad=True)]).param_groups[0]

    assert {name: group[name] for name in expected} == expected


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(ValueError, match="momentum > 0 where nesterov is true"):
        Sgd(momentum=0.0, nesterov=True)
