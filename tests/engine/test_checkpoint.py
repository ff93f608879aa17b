from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lossgeo.engine.checkpoint import Checkpoint


@dataclass(frozen=True)
class State:
    """Of a toy job."""

    step: int
    weights: np.ndarray


def state(step: int) -> State:
    return State(step, np.arange(6, dtype=np.float32) + step)


def test_a_checkpoint_comes_back_in_another_process_bit_for_bit(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "key", seconds_between=0).save(lambda: state(3), State)

    found = Checkpoint(tmp_path / "key").load(State)

    assert found is not None
    assert found.step == 3
    assert found.weights.tobytes() == state(3).weights.tobytes()


def test_only_the_last_checkpoint_is_kept(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "key", seconds_between=0)

    checkpoint.save(lambda: state(1), State)
    checkpoint.save(lambda: state(2), State)

    found = checkpoint.load(State)
    assert found is not None
    assert found.step == 2
    assert len(list((tmp_path / "key").iterdir())) == 1


def test_nothing_is_written_before_the_time_has_come(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "key", seconds_between=3600).save(lambda: pytest.fail("the state was made"), State)

    assert not (tmp_path / "key").exists()


def test_a_job_without_a_checkpoint_starts_from_its_beginning(tmp_path: Path) -> None:
    assert Checkpoint(tmp_path / "key").load(State) is None


@pytest.mark.parametrize("damage", ["truncate", "flip", "append"])
def test_a_damaged_checkpoint_is_not_believed(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    checkpoint = Checkpoint(tmp_path / "key", seconds_between=0)
    checkpoint.save(lambda: state(1), State)
    (path,) = (tmp_path / "key").iterdir()
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-1] ^= 1
    path.write_bytes({"truncate": content[:-5], "flip": content, "append": content + b"x"}[damage])

    found = checkpoint.load(State)

    assert found is None
    assert "damaged checkpoint" in caplog.text


def test_a_checkpoint_of_another_form_is_not_taken_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    @dataclass(frozen=True)
    class Other:
        epoch: int

    checkpoint = Checkpoint(tmp_path / "key", seconds_between=0)
    checkpoint.save(lambda: state(1), State)

    assert checkpoint.load(Other) is None
    assert "another version" in caplog.text


def test_a_checkpoint_that_a_kill_left_half_written_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    (tmp_path / "key" / ".abc").write_bytes(b"half")

    assert Checkpoint(tmp_path / "key").load(State) is None


def test_clearing_leaves_nothing(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "key", seconds_between=0)
    checkpoint.save(lambda: state(1), State)

    checkpoint.clear()

    assert not (tmp_path / "key").exists()
