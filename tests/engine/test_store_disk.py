"""Disks that are full, or that must not be written to."""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from engine_toys import Numbers, Toy, run_inline

from lossgeo.engine.store import Store
from lossgeo.errors import StoreError

BIG = Numbers(np.zeros(100_000), 0.0)


def publish_with_little_room(root: Path, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
    try:
        Store(root).publish(Toy(), BIG, {})
    except StoreError as error:
        answer.send(str(error))


def test_a_full_disk_leaves_nothing_half_published(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    writer = spawn.Process(target=publish_with_little_room, args=(tmp_path, sender))
    writer.start()

    message = receiver.recv()

    writer.join()
    assert str(tmp_path) in message
    assert "the disk is full or a limit is reached" in message
    assert "MB free" in message
    assert Toy() not in Store(tmp_path)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_all_of_a_result_is_on_the_disk_before_it_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, rename = os.fsync, Path.rename

    def syncing(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").readlink().name.partition(".")[0])
        sync(descriptor)

    def renaming(self: Path, target: Path) -> Path:
        done.append("renamed")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "rename", renaming)
    key = Toy().key

    Store(tmp_path).publish(Toy(), BIG, {})

    *files, folder, renamed, among, above = done
    assert sorted(files) == ["arrays", "job", "manifest", "provenance", "result"]
    assert files[-1] == "manifest"
    assert (folder, renamed, among, above) == (key, "renamed", key[:2], "objects")


@pytest.mark.parametrize("step", ["fsync", "mkdir", "rename", "open"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_failure_at_any_step_leaves_nothing_and_names_the_path(
    step: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **_: object) -> None:
        raise OSError(number, os.strerror(number), *map(str, arguments[:1]))

    with monkeypatch.context() as patch:
        patch.setattr(os if step == "fsync" else Path, step, fail)
        with pytest.raises(StoreError, match=os.strerror(number)):
            Store(tmp_path).publish(Toy(), BIG, {})

    assert Toy() not in Store(tmp_path)
    assert list(tmp_path.glob("tmp/*")) == []


def test_a_store_that_cannot_be_written_is_reported_before_any_job_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "mkdir", fail)

    with pytest.raises(
        StoreError, match=r"got 'Read-only file system'; make .* writable, or choose .* --store or LOSS"
    ):
        run_inline([Toy()], tmp_path / "store")


def test_a_complete_store_that_cannot_be_written_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_inline([Toy()], tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    for step in ("mkdir", "rename"):
        monkeypatch.setattr(Path, step, fail)

    assert run_inline([Toy()], tmp_path).reused == (Toy(),)
    assert Store(tmp_path).load(Toy()).values.shape == (64,)


def test_a_damaged_result_in_a_store_that_cannot_be_written_counts_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run_inline([Toy()], tmp_path)
    (Store(tmp_path).folder(Toy()) / "result.json").write_text("{}")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "rename", fail)

    assert Toy() not in Store(tmp_path)
    assert "it cannot be set aside (Read-only file system)" in caplog.text
