"""Folders and archives that are not what they should be: each is refused, and says why."""

from __future__ import annotations

import re
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from picture_toys import Files, archive, dataset, encoded, folder, pixels, planted

from lossgeo.datasets.image_folder import ImageFolder
from lossgeo.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def bomb(side: int) -> bytes:
    """A PNG of a few bytes whose header says `side` × `side`."""
    content = bytearray(encoded(pixels(0)))
    content[16:24] = side.to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


PICTURES = {
    "larger": (encoded(pixels(0, 6)), r"expected 5 × 5 RGB, got 6 × 6 RGB; nothing is resized"),
    "grey": (encoded(pixels(0), mode="L"), r"expected 5 × 5 RGB, got 5 × 5 L;"),
    "transparent": (encoded(pixels(0), mode="RGBA"), r"expected 5 × 5 RGB, got 5 × 5 RGBA;"),
    "a text": (b"not a picture", r"expected a picture \(JPEG or PNG\), got another file"),
    "empty": (b"", r"expected a picture \(JPEG or PNG\), got another file"),
    "cut off": (encoded(pixels(0))[:-30], r"expected a picture \(JPEG or PNG\), got another file"),
    "another format": (encoded(pixels(0), "GIF"), r"expected a picture \(JPEG or PNG\), got another file"),
    "a bomb": (
        bomb(50_000),
        r"expected a picture \(JPEG or PNG\), got another file \(Image size \(2500000000 pixels\)",
    ),
    "a smaller bomb": (bomb(10_000), r"expected 5 × 5 RGB, got 10000 × 10000 RGB"),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("plant", [folder, archive])
def test_a_file_that_is_no_such_picture_is_named(
    plant: Callable[[Files, Path], ImageFolder], name: str, tmp_path: Path
) -> None:
    content, message = PICTURES[name]

    with pytest.raises(DataError, match=r"own(\.tar)?: 'train/bee/2\.png': " + message):
        plant({**planted(), "train/bee/2.png": content}, tmp_path).prepare([tmp_path])


def without(prefix: str) -> Files:
    return {name: content for name, content in planted().items() if not name.startswith(prefix)}


CONTENTS: dict[str, tuple[Files, str]] = {
    "no test": (
        without("test/"),
        r"expected the same classes in train and test, got \['ant', 'bee', 'cat'\] in one of them",
    ),
    "no train": (without("train/"), r"expected the same classes in train and test"),
    "a class less": (without("test/bee"), r"expected the same classes in train and test, got \['bee'\] in one of them"),
    "a picture less": (without("train/bee/2"), r"train: expected 12 pictures, got 11; .*write train_files: 11"),
    "a picture more": ({**planted(), "test/cat/x.png": encoded(pixels(0))}, r"test: expected 6 pictures, got 7"),
    "two classes": (
        {name.replace("bee", "cat/b").replace("cat/b/", "cat/b"): content for name, content in planted().items()},
        r"expected 3 classes, got 2; write classes: 2",
    ),
    "another part": (
        {**planted(), "other/ant/0.png": b""},
        r"'other/ant/0\.png': expected nothing but train/<class>/<file>",
    ),
    "too deep": ({**planted(), "train/ant/x/0.png": b""}, r"'train/ant/x/0\.png': expected nothing but"),
    "a file beside": ({**planted(), "README": b""}, r"'README': expected nothing but"),
    "too large": (
        {**planted(), "train/ant/0.png": bytes(200_000)},
        r"expected a picture of at most 131,222 bytes, got 200,000",
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("plant", [folder, archive])
def test_anything_but_the_pictures_that_are_stated_is_refused(
    plant: Callable[[Files, Path], ImageFolder], name: str, tmp_path: Path
) -> None:
    files, message = CONTENTS[name]

    with pytest.raises(DataError, match=message):
        plant(files, tmp_path).prepare([tmp_path])


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, target: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.size, found.linkname = kind, size, target
    return found


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            member("train/ant/l", tarfile.SYMTYPE, target="/etc/passwd"),
            "expected a file or a folder, got a link or a device",
        ),
        (member("train/ant/l", tarfile.LNKTYPE, target="train/ant/0.png"), "expected a file or a folder, got a link"),
        (member("train/ant/l", tarfile.FIFOTYPE), "expected a file or a folder, got a link or a device"),
        (member("train/ant/l", tarfile.CHRTYPE), "expected a file or a folder, got a link or a device"),
        (member("train/../0.png"), "expected nothing but train/<class>/<file>"),
        (member("../train/ant/0.png"), "expected nothing but train/<class>/<file>"),
        (member("/train/ant/0.png"), "expected nothing but train/<class>/<file>"),
        (member("train/ant/"), "expected nothing but train/<class>/<file>"),
    ],
    ids=lambda value: f"{value.type!r} {value.name}" if isinstance(value, tarfile.TarInfo) else "",
)
def test_names_and_links_of_an_archive_are_not_trusted(bad: tarfile.TarInfo, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        archive(planted(), tmp_path, more=(bad,)).prepare([tmp_path])


def test_a_picture_that_is_in_an_archive_twice_is_refused(tmp_path: Path) -> None:
    again = {"./train/ant/0.png": encoded(pixels(0))}

    with pytest.raises(DataError, match=r"own\.tar: 'train/ant/0\.png': expected once, got twice"):
        archive({**planted(), **again}, tmp_path).prepare([tmp_path])


@pytest.mark.parametrize("name", ["train/ant/x.png", ".hidden", "train/ant/.hidden"])
def test_an_archive_of_far_more_bytes_than_the_pictures_need_is_not_read_to_its_end(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"at most 6[\d,]+ bytes without compression|a picture of at most"):
        archive(planted(), tmp_path, ".tar.gz", more=(member(name, size=80_000_000),)).prepare([tmp_path])


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tar.xz"])
def test_an_archive_that_ends_early_is_a_data_error(ending: str, tmp_path: Path) -> None:
    own = archive(planted(), tmp_path, ending)
    path = tmp_path / f"own{ending}"
    content = path.read_bytes()

    for end in range(0, len(content) * 9 // 10, len(content) // 7):
        path.write_bytes(content[:end])
        with pytest.raises(DataError):
            own.prepare([tmp_path])


def test_a_file_of_another_ending_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "own.zip").write_bytes(b"PK")

    with pytest.raises(
        DataError, match=r"own\.zip: expected a folder or a file that ends in \.tar, \.tar\.gz, \.tar\.xz"
    ):
        dataset("own.zip").prepare([tmp_path])


@pytest.mark.parametrize("place", ["train/ant/l.png", "train/dog"])
def test_a_link_in_a_folder_is_refused(place: str, tmp_path: Path) -> None:
    own = folder(planted(), tmp_path)
    (tmp_path / "own" / place).symlink_to(tmp_path / "own" / ("train/ant/0.png" if "." in place else "train/ant"))

    with pytest.raises(DataError, match=rf"{place}: expected a file or a folder, got a link or a device"):
        own.prepare([tmp_path])
