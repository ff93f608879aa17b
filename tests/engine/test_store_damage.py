"""Whatever befalls a file of a result, the result is set aside and computed again, with one warning."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_toys import Toy, content, published, run_inline

from lossgeo.engine.store import Store
from lossgeo.errors import MissingResult

FILES = ["job.json", "result.json", "arrays.safetensors", "provenance.json", "manifest.json"]
JOB = Toy("damaged", needs=(Toy("sound"),))


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def truncate(share: float, less: int = 0) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, max(int(path.stat().st_size * share) - less, 0))


def replace_by(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.rename(path.parent.parent / "original")
        make(path)

    return damage


def zero_a_page(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(bytes(min(4096, len(data))) + data[4096:])


def swap(path: Path) -> None:
    (other,) = (p for p in path.parent.parent.parent.glob(f"*/*/{path.name}") if p.parent.name == Toy("sound").key)
    shutil.copy(other, path)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": truncate(0),
    "one byte": lambda path: os.truncate(path, 1),
    "half": truncate(0.5),
    "one byte short": truncate(1, less=1),
    "1 KB appended": lambda path: path.write_bytes(path.read_bytes() + bytes(1024)),
    "newline appended": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "page of zeros": zero_a_page,
    "deleted": lambda path: path.unlink(),
    "that of another job": swap,
    "a folder": replace_by(lambda path: path.mkdir()),
    "a dangling link": replace_by(lambda path: path.symlink_to("nowhere")),
    "a link to a password file": replace_by(lambda path: path.symlink_to("/etc/passwd")),
    "a link to the original": replace_by(lambda path: path.symlink_to(path.parent.parent / "original")),
    "a pipe": replace_by(os.mkfifo),
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_costs_one_recomputation(
    file: str, damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = published(JOB, tmp_path)
    sound = content(tmp_path)
    DAMAGES[damage](folder / file)

    outcome = run_inline([JOB], tmp_path)

    assert outcome.computed == (JOB,)
    assert content(tmp_path) == sound
    (record,) = caplog.records
    assert str(folder) in record.message
    assert ": expected " in record.message
    assert [place.name.partition(".")[0] for place in (tmp_path / "quarantine").iterdir()] == [JOB.key]


@pytest.mark.parametrize("file", FILES)
def test_every_flipped_bit_is_found(file: str, tmp_path: Path) -> None:
    path = published(JOB, tmp_path) / file
    sound = path.read_bytes()
    for bit in random.Random(0).sample(range(8 * len(sound)), 20):  # noqa: S311
        flip(path, bit)

        assert JOB not in Store(tmp_path)

        next((tmp_path / "quarantine").iterdir()).rename(path.parent)
        path.write_bytes(sound)
    assert JOB in Store(tmp_path)


def rewrite(**changes: object) -> Callable[[Path], object]:
    def damage(path: Path) -> None:
        manifest = json.loads(path.read_bytes())
        manifest.update(changes)
        kept = {name: value for name, value in manifest.items() if value is not None}
        path.write_text(json.dumps(kept, sort_keys=True, separators=(",", ":")))  # the spelling of the store

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text("{"),
        lambda path: path.write_text("[]"),
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.write_text(json.dumps(json.loads(path.read_bytes()))),
        rewrite(schema=2),
        rewrite(schema=None),
        rewrite(key="0" * 64),
        rewrite(files={}),
        rewrite(files={"job.json": {"size": "0", "sha256": 1}}),
    ],
)
def test_a_manifest_that_says_something_else_is_found(damage: Callable[[Path], object], tmp_path: Path) -> None:
    damage(published(JOB, tmp_path) / "manifest.json")

    assert run_inline([JOB], tmp_path).computed == (JOB,)


def test_a_sound_result_under_the_name_of_another_is_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = published(JOB, tmp_path)
    shutil.rmtree(folder)
    shutil.copytree(Store(tmp_path).folder(Toy("sound")), folder)

    assert JOB not in Store(tmp_path)
    assert "manifest.json: expected" in caplog.text


def test_a_manifest_that_agrees_with_other_inputs_is_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = published(JOB, tmp_path)
    shutil.rmtree(folder)
    shutil.copytree(Store(tmp_path).folder(Toy("sound")), folder)
    rewrite(key=JOB.key)(folder / "manifest.json")

    assert JOB not in Store(tmp_path)
    assert f"job.json: expected sha256 {JOB.key}, got {Toy('sound').key}" in caplog.text


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("nowhere"), Path.mkdir])
def test_what_is_no_result_in_the_place_of_one_is_set_aside(make: Callable[[Path], None], tmp_path: Path) -> None:
    folder = Store(tmp_path).folder(JOB)
    folder.parent.mkdir(parents=True)
    make(folder)

    outcome = run_inline([JOB], tmp_path)

    assert JOB in outcome.computed
    assert JOB in Store(tmp_path)


def test_the_warning_names_file_and_sums(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = published(JOB, tmp_path)
    path = folder / "arrays.safetensors"
    before = json.loads((folder / "manifest.json").read_bytes())["files"]["arrays.safetensors"]
    flip(path, 8 * path.stat().st_size - 1)

    with pytest.raises(MissingResult):
        Store(tmp_path).load(JOB)

    size, sha256 = before["size"], before["sha256"]
    assert (
        f"arrays.safetensors: expected {size} bytes with sha256 {sha256}, got {size} bytes with sha256 " in caplog.text
    )
    assert "set aside as" in caplog.text


def test_damage_to_a_dependency_that_is_not_needed_again_costs_nothing(tmp_path: Path) -> None:
    published(JOB, tmp_path)
    (Store(tmp_path).folder(Toy("sound")) / "result.json").unlink()

    assert run_inline([JOB], tmp_path).computed == ()


def test_times_of_files_mean_nothing(tmp_path: Path) -> None:
    folder = published(JOB, tmp_path)
    for path in folder.iterdir():
        os.utime(path, (0, 4e9))

    assert JOB in Store(tmp_path)


def test_damage_that_appears_while_publishing_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = store.folder(JOB)
    folder.mkdir(parents=True)
    (folder / "junk").touch()

    run_inline([Toy("sound")], tmp_path)
    store.publish(JOB, store.load(Toy("sound")), {})

    assert JOB in Store(tmp_path)
