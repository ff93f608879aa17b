"""Where published data are looked for and how they are verified; nothing here can reach a network."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from hashlib import md5
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchvision

from lossgeo.datasets.cifar10 import Cifar10
from lossgeo.datasets.mnist import FashionMnist, Mnist
from lossgeo.datasets.pictures import Official
from lossgeo.errors import DataError

Content = Mapping[str, bytes]
SIZES = {"train": 5, "t10k": 3}


def idx(values: np.ndarray) -> bytes:
    """An array of bytes in the format of MNIST's files."""
    shape = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + shape + values.tobytes()


def pictures(part: str) -> np.ndarray:
    """Five or three pictures of 28 × 28 that nobody else has."""
    return np.random.default_rng(SIZES[part]).integers(0, 256, (SIZES[part], 28, 28), dtype=np.uint8)


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> Content:
    """A published MNIST of eight pictures: its files by name, with sums that the kind expects."""
    files: dict[str, bytes] = {}
    for part, size in SIZES.items():
        files[f"MNIST/raw/{part}-images-idx3-ubyte"] = idx(pictures(part))
        files[f"MNIST/raw/{part}-labels-idx1-ubyte"] = idx(np.arange(size, dtype=np.uint8))
    sums = {name: md5(data, usedforsecurity=False).hexdigest() for name, data in files.items()}
    monkeypatch.setattr(Mnist, "files", sums)
    return files


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test alone, and no way to a network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in ("mnist", "cifar"):
        monkeypatch.setattr(f"torchvision.datasets.{module}.download_and_extract_archive", no_network)
    return tmp_path / "cache" / "lossgeo" / "data"


def no_network(*_: object, **__: object) -> None:
    raise URLError("no route to host")


def put(files: Content, folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def reads_of(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that data are read from, as they are read."""
    folders: list[Path] = []
    original: Callable[..., Official] = Mnist.read_files

    def noting(self: Mnist, folder: Path, *, download: bool) -> Official:
        folders.append(folder)
        return original(self, folder, download=download)

    monkeypatch.setattr(Mnist, "read_files", noting)
    return folders


def test_pictures_and_classes_are_read_as_they_were_published(content: Content, tmp_path: Path) -> None:
    found = Mnist().official([put(content, tmp_path)])

    np.testing.assert_array_equal(found.train_inputs.numpy(), pictures("train")[:, None])
    np.testing.assert_array_equal(found.test_inputs.numpy(), pictures("t10k")[:, None])
    assert (found.train_targets.tolist(), found.test_targets.tolist()) == ([0, 1, 2, 3, 4], [0, 1, 2])


def test_what_is_read_is_bytes_and_class_numbers(content: Content, tmp_path: Path) -> None:
    found = Mnist().official([put(content, tmp_path)])

    assert (found.train_inputs.dtype, found.train_targets.dtype) == (torch.uint8, torch.int64)


def test_the_first_folder_that_has_all_files_is_read(
    content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / "nowhere", put(content, tmp_path / "first"), put(content, tmp_path / "second")]
    read = reads_of(monkeypatch)

    Mnist().official(folders)

    assert read == [tmp_path / "first"]


def test_a_folder_that_lacks_a_file_is_passed_over(
    content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [put(content, tmp_path / "first"), put(content, tmp_path / "second")]
    (folders[0] / next(iter(content))).unlink()
    read = reads_of(monkeypatch)

    Mnist().official(folders)

    assert read == [tmp_path / "second"]


def test_the_cache_is_looked_at_last(
    content: Content, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(content, cache)
    read = reads_of(monkeypatch)

    Mnist().official([tmp_path / "nowhere"])
    Mnist().official([put(content, tmp_path / "named")])

    assert read == [cache, tmp_path / "named"]


def test_a_file_with_another_md5_is_refused_and_named(content: Content, tmp_path: Path) -> None:
    folder, name = put(content, tmp_path / "data"), "MNIST/raw/t10k-images-idx3-ubyte"
    damaged = bytearray(content[name])
    damaged[-1] ^= 1
    (folder / name).write_bytes(damaged)

    with pytest.raises(DataError) as caught:
        Mnist().official([folder])

    found, expected = (md5(data, usedforsecurity=False).hexdigest() for data in (damaged, content[name]))
    assert str(caught.value) == (
        f"{folder / name}: MD5 {found}, expected {expected}; this is not the published mnist file: "
        f"delete it to have it looked for elsewhere or downloaded again"
    )


def test_a_wrong_file_is_refused_before_anything_is_read(
    content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put({**content, "MNIST/raw/train-labels-idx1-ubyte": b"not labels"}, tmp_path)
    read = reads_of(monkeypatch)

    with pytest.raises(DataError):
        Mnist().official([folder])

    assert read == []


def test_data_that_are_nowhere_are_described_with_all_that_helps(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        FashionMnist().official([tmp_path / "one", tmp_path / "two"])

    lines = str(caught.value).splitlines()
    assert lines[0].startswith(
        "fashion_mnist: the data set is in none of the data folders, and downloading it failed ("
    )
    assert lines[1:] == [
        "  files:",
        "    FashionMNIST/raw/train-images-idx3-ubyte",
        "    FashionMNIST/raw/train-labels-idx1-ubyte",
        "    FashionMNIST/raw/t10k-images-idx3-ubyte",
        "    FashionMNIST/raw/t10k-labels-idx1-ubyte",
        "  looked for in:",
        f"    {tmp_path / 'one'}",
        f"    {tmp_path / 'two'}",
        f"    {cache}",
        (
            "  To put them there by hand, copy the files with this layout into one of the folders, or name another "
            "folder with --data DIR or LOSSGEO_DATA."
        ),
        "  Without any data set: lossgeo run specs/quickstart.yaml",
    ]


@pytest.mark.parametrize("dataset", [Mnist(), FashionMnist(), Cifar10()], ids=lambda dataset: str(dataset.kind))
def test_data_that_are_nowhere_stop_a_run_before_its_first_job(dataset: Mnist, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"{dataset.kind}: the data set is in none of the data folders"):
        dataset.prepare([tmp_path])


def test_a_cache_that_cannot_be_written_is_a_data_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with pytest.raises(DataError, match="mnist: the data set is in none of the data folders"):
        Mnist().official([])


def downloads(content: Content, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let downloads put `content` into place; gives their names as they happen."""
    names: list[str] = []

    def fetch(_url: str, *, download_root: str, filename: str, **_: object) -> None:
        names.append(filename)
        name = filename.removesuffix(".gz")
        Path(download_root, name).write_bytes(content[f"MNIST/raw/{name}"])

    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", fetch)
    return names


def test_what_was_downloaded_is_found_in_the_cache_the_next_time(
    content: Content, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = downloads(content, monkeypatch)

    Mnist().official([])
    Mnist().official([])

    assert len(names) == 4
    assert {str(path.relative_to(cache)) for path in cache.rglob("*ubyte")} == set(content)


def test_a_download_that_is_not_the_published_file_is_refused(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**content, "MNIST/raw/t10k-labels-idx1-ubyte": idx(np.array([9, 9, 9], dtype=np.uint8))}
    downloads(other, monkeypatch)

    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte: MD5 .*; this is not the published mnist file"):
        Mnist().official([])


def test_the_sums_of_cifar10_are_those_that_torchvision_knows() -> None:
    source = torchvision.datasets.CIFAR10
    known = [*source.train_list, *source.test_list, (source.meta["filename"], source.meta["md5"])]

    assert Cifar10.files == {f"{source.base_folder}/{name}": total for name, total in known}


def test_pictures_of_cifar10_have_their_channels_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (4, 3072), dtype=np.uint8)
    files = {
        "data_batch_1": {"data": rows, "labels": [7, 0, 9, 3]},
        "test_batch": {"data": rows[:2], "labels": [1, 2]},
        "batches.meta": {"label_names": list("abcdefghij")},
    }
    written = {f"cifar-10-batches-py/{name}": pickle.dumps(value) for name, value in files.items()}
    sums = {name: md5(data, usedforsecurity=False).hexdigest() for name, data in written.items()}
    listed = [(name.split("/")[1], total) for name, total in sums.items()]
    source = torchvision.datasets.CIFAR10
    monkeypatch.setattr(Cifar10, "files", sums)
    monkeypatch.setattr(source, "train_list", listed[:1])
    monkeypatch.setattr(source, "test_list", listed[1:2])
    monkeypatch.setattr(source, "meta", {**source.meta, "md5": listed[2][1]})

    found = Cifar10().official([put(written, tmp_path)])

    np.testing.assert_array_equal(found.train_inputs.numpy(), rows.reshape(4, 3, 32, 32))
    assert (found.train_targets.tolist(), found.test_targets.tolist()) == ([7, 0, 9, 3], [1, 2])
