"""Pictures that are read from folders and archives, and the copy that is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from picture_toys import SIZE, archive, completed, dataset, encoded, folder, pixels, planted
from PIL import Image

from lossgeo.datasets import decoding
from lossgeo.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "lossgeo" / "data" / "decoded"


def decodings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The sources that are decoded, as they are."""
    sources: list[Path] = []
    original: Callable[..., object] = decoding.decoded

    def noting(files: object, source: Path, size: int) -> object:
        sources.append(source)
        return original(files, source, size)

    monkeypatch.setattr(decoding, "decoded", noting)
    return sources


def test_pictures_are_read_in_the_order_of_classes_and_names(tmp_path: Path) -> None:
    found = completed(folder(planted(), tmp_path), tmp_path).official([tmp_path])

    expected = np.stack([pixels(number).transpose(2, 0, 1) for number in range(12)])
    np.testing.assert_array_equal(found.train_inputs.numpy(), expected)
    assert found.train_targets.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    assert (found.train_inputs.dtype, found.train_targets.dtype) == (torch.uint8, torch.int64)


def test_pictures_of_the_test_set_keep_their_classes_in_another_order(tmp_path: Path) -> None:
    found = completed(folder(planted(), tmp_path), tmp_path).official([tmp_path])

    known = {pixels(12 + i).transpose(2, 0, 1).tobytes(): i // 2 for i in range(6)}
    assert [known[one.tobytes()] for one in found.test_inputs.numpy()] == found.test_targets.tolist()
    assert found.test_targets.tolist() != sorted(found.test_targets.tolist())


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tar.xz"])
def test_an_archive_has_the_digest_of_its_folder(ending: str, tmp_path: Path) -> None:
    from_folder = completed(folder(planted(), tmp_path), tmp_path)
    from_archive = completed(archive(planted(), tmp_path, ending), tmp_path)

    assert from_archive.sha256 == from_folder.sha256
    assert torch.equal(from_archive.official([tmp_path]).test_inputs, from_folder.official([tmp_path]).test_inputs)


def test_the_digest_changes_with_one_pixel(tmp_path: Path) -> None:
    files, other = planted(), pixels(7)
    other[2, 3, 1] ^= 1
    one = completed(folder(files, tmp_path), tmp_path)

    changed = completed(folder({"train/bee/3.png": encoded(other)}, tmp_path), tmp_path)

    assert changed.sha256 != one.sha256


def test_the_digest_changes_with_one_class(tmp_path: Path) -> None:
    files = planted()
    one = completed(folder(files, tmp_path / "one"), tmp_path / "one")
    files["train/ant/9.png"] = files.pop("train/bee/0.png")

    assert completed(folder(files, tmp_path / "two"), tmp_path / "two").sha256 != one.sha256


def test_a_picture_that_changed_is_noticed_though_a_decoded_copy_is_kept(tmp_path: Path) -> None:
    own = completed(folder(planted(), tmp_path), tmp_path)
    own.prepare([tmp_path])
    folder({"train/bee/3.png": encoded(pixels(99))}, tmp_path)

    with pytest.raises(DataError, match=rf"own: the decoded pictures: SHA-256 [0-9a-f]{{64}}, expected {own.sha256}"):
        own.prepare([tmp_path])


def test_pictures_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = completed(archive(planted(), tmp_path), tmp_path)
    sources = decodings(monkeypatch)

    first, second = (own.official([tmp_path]) for _ in range(2))

    assert sources == [tmp_path / "own.tar"]
    assert torch.equal(first.train_inputs, second.train_inputs)
    assert torch.equal(first.test_targets, second.test_targets)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1] + bytes([data[-1] ^ 1]), lambda data: data[:50], lambda _: b""]
)
def test_a_damaged_copy_is_decoded_again(
    damage: Callable[[bytes], bytes], cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = completed(archive(planted(), tmp_path), tmp_path)
    first = own.official([tmp_path])
    (copy,) = cache.iterdir()
    copy.write_bytes(damage(copy.read_bytes()))
    sources = decodings(monkeypatch)

    second, _ = (own.official([tmp_path]) for _ in range(2))

    assert len(sources) == 1
    assert torch.equal(first.train_inputs, second.train_inputs)


def test_a_copy_is_kept_only_of_what_the_spec_names(cache: Path, tmp_path: Path) -> None:
    completed(archive(planted(), tmp_path), tmp_path)

    assert not cache.exists()


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = completed(archive(planted(), tmp_path), tmp_path)
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert len(own.official([tmp_path]).train_inputs) == 12


def test_another_number_of_pictures_is_refused_though_a_copy_is_kept(tmp_path: Path) -> None:
    own = completed(archive(planted(), tmp_path), tmp_path)
    own.prepare([tmp_path])

    with pytest.raises(DataError, match=r"own\.tar: train: expected 13 pictures, got 12; .*write train_files: 12"):
        own.model_copy(update={"train_files": 13}).prepare([tmp_path])


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    hidden = {"train/.DS_Store": b"", ".git/objects/x": b"", "train/ant/._0.png": b"\0"}

    plain, more = completed(folder(planted(), tmp_path), tmp_path), completed(folder(hidden, tmp_path), tmp_path)

    assert (
        plain
        == more
        == completed(archive({**planted(), **hidden}, tmp_path), tmp_path).model_copy(update={"source": "own"})
    )


def test_jpeg_is_read_as_pillow_decodes_it(tmp_path: Path) -> None:
    jpeg = encoded(pixels(0), "JPEG")

    found = completed(folder({**planted(), "train/ant/0.png": jpeg}, tmp_path), tmp_path).official([tmp_path])

    np.testing.assert_array_equal(found.train_inputs[0].permute(1, 2, 0).numpy(), np.asarray(Image.open(BytesIO(jpeg))))


def test_the_options_say_what_an_example_is_and_how_many_there_are() -> None:
    own = dataset("own", test=4)

    assert (own.inputs, own.outputs) == ((3, SIZE, SIZE), 3)
    assert own.sizes == {"train": 8, "validation": 4, "test": 4}
    with pytest.raises(ValueError, match=r"train [+] validation of at most 12 examples"):
        dataset("own", validation=5)


def test_a_smoke_run_takes_no_more_than_there_are() -> None:
    assert dataset("own").smoke().sizes == {"train": 8, "validation": 4, "test": 6}
