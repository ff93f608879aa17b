from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import numpy as np
import pytest
from engine_toys import Numbers, Slow, Toy, published, run_inline

from lossgeo.engine import codec
from lossgeo.engine.store import Store
from lossgeo.errors import MissingResult, StoreError

RESULT = Numbers(np.arange(3.0), 3.0)


def test_a_published_result_is_in_the_store_and_loads_the_same(tmp_path: Path) -> None:
    store, job = Store(tmp_path), Toy()

    store.publish(job, RESULT, {"host": "here"})

    assert job in store
    assert job in Store(tmp_path)
    assert Toy("other") not in store
    assert store.load(job).total == 3.0
    np.testing.assert_array_equal(store.load(job).values, RESULT.values)
    assert store.provenance(job) == {"host": "here"}


def test_the_inputs_beside_a_result_hash_to_the_name_of_its_folder(tmp_path: Path) -> None:
    folder = published(Toy(), tmp_path)

    assert hashlib.sha256((folder / "job.json").read_bytes()).hexdigest() == folder.name == Toy().key
    assert folder.parent.name == folder.name[:2]


def test_the_manifest_holds_size_and_sha256_of_every_other_file(tmp_path: Path) -> None:
    folder = published(Toy(), tmp_path)

    manifest = json.loads((folder / "manifest.json").read_bytes())
    others = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}
    assert manifest["key"] == folder.name
    assert manifest["files"] == {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in others.items()
    }
    assert sorted(others) == ["arrays.safetensors", "job.json", "provenance.json", "result.json"]


def test_a_missing_result_says_what_and_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingResult, match=rf"^curve: expected a result of Toy .* in {tmp_path}, got none; .*lossgeo"):
        Store(tmp_path).load(Toy("curve"))
    with pytest.raises(MissingResult):
        Store(tmp_path).provenance(Toy("curve"))


def test_asking_an_empty_store_writes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "store"

    assert Toy() not in Store(root)
    assert not root.exists()


def test_a_result_that_vanishes_during_a_run_is_missing(tmp_path: Path) -> None:
    store, job = Store(tmp_path), Toy()
    store.publish(job, RESULT, {})

    store.folder(job).rename(tmp_path / "elsewhere")

    assert job not in store
    with pytest.raises(MissingResult):
        store.load(job)


def test_a_record_that_changed_without_a_new_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(Toy(), tmp_path)
    monkeypatch.setattr(codec, "load", lambda *_: (_ for _ in ()).throw(TypeError("Numbers.total: expected int")))

    with pytest.raises(StoreError, match=r"Numbers.total: expected int; .*raise `version` of Toy"):
        Store(tmp_path).load(Toy())


def test_nothing_is_left_aside_after_publishing(tmp_path: Path) -> None:
    published(Toy(), tmp_path)

    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_result_that_cannot_be_encoded_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)

    with pytest.raises(TypeError, match=r"Numbers\.total: expected float"):
        store.publish(Toy(), Numbers(np.zeros(1), "much"), {})  # type: ignore[arg-type]

    assert list(tmp_path.iterdir()) == []


def test_publishing_the_same_result_again_keeps_the_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Store(tmp_path).publish(Toy(), RESULT, {"by": "first"})

    Store(tmp_path).publish(Toy(), RESULT, {"by": "second"})

    assert Store(tmp_path).provenance(Toy()) == {"by": "first"}
    assert caplog.records == []


def test_publishing_another_result_keeps_the_first_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Store(tmp_path).publish(Toy(), RESULT, {})

    Store(tmp_path).publish(Toy(), Numbers(np.arange(3.0), 4.0), {})

    assert Store(tmp_path).load(Toy()).total == 3.0
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message.startswith(f"NONDETERMINISM key={Toy().key}: toy: expected the stored result.json of ")


def test_what_others_keep_in_a_folder_called_tmp_stays(tmp_path: Path) -> None:
    theirs = tmp_path / "tmp" / "mydata"
    theirs.mkdir(parents=True)

    run_inline([Toy()], tmp_path)

    assert theirs.exists()


def test_leftovers_of_dead_runs_are_removed_when_a_run_starts(tmp_path: Path) -> None:
    leftover = tmp_path / "tmp" / f"{Toy().key}.{'0123' * 8}"
    leftover.mkdir(parents=True)
    (leftover / "job.json").touch()

    run_inline([Toy()], tmp_path)

    assert not leftover.exists()


def test_what_a_live_run_is_writing_is_left_alone(tmp_path: Path) -> None:
    live = tmp_path / "tmp" / f"{Slow().key}.{'0123' * 8}"
    live.mkdir(parents=True)

    with Store(tmp_path).lock(Slow()):
        Store(tmp_path).prepare()

    assert live.exists()


def test_a_store_can_be_moved(tmp_path: Path) -> None:
    published(Toy(), tmp_path / "a")

    (tmp_path / "a").rename(tmp_path / "b c\nd")

    assert Toy() in Store(tmp_path / "b c\nd")
