"""Pictures in files ``<part>/<class>/<file>``, in a folder or in an archive that is never unpacked."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from gzip import GzipFile
from hashlib import file_digest, sha256
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from lossgeo.errors import DataError

PARTS = ("train", "test")

DECOMPRESSED_BY: Mapping[str, Callable[[Path], BufferedIOBase]] = {
    ".tar": lambda path: path.open("rb"),
    ".tar.gz": GzipFile,
    ".tar.xz": lzma.LZMAFile,
}

UNREADABLE = (
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    RecursionError,
)
"""The exceptions that reading a damaged archive raises."""


class PictureFile(NamedTuple):
    """A picture file: its part, its class, its name and its content."""

    part: str
    category: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Limits:
    """The most bytes that are read: twice what `files` pictures of `pixels` pixels should take, against bombs."""

    files: int
    pixels: int

    @property
    def file(self) -> int:
        """The most bytes of one file: an uncompressed picture, with room for a preview and a colour profile."""
        return 2**17 + 2 * 3 * self.pixels

    @property
    def archive(self) -> int:
        """The most bytes of an archive without its compression, headers included."""
        return 2**26 + self.files * (2**13 + 2 * 3 * self.pixels)


def picture_files(source: Path, limits: Limits) -> Iterator[PictureFile]:
    """Every file of a folder or archive, in any order; hidden files, whose names begin with a dot, are skipped.

    Raises:
        DataError: if there is anything but files of at most `limits` in places ``<part>/<class>/<file>``: links and
            devices are refused.
    """
    return _in_folder(source, limits) if source.is_dir() else _in_archive(source, limits)


def stamp(source: Path, limits: Limits) -> str:
    """SHA-256 of the bytes of an archive, or of the places and bytes of all files in a folder."""
    if not source.is_dir():
        with source.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    files = sorted((*file[:3], sha256(file.content).hexdigest()) for file in _in_folder(source, limits))
    return sha256(repr(files).encode()).hexdigest()


def _in_folder(source: Path, limits: Limits) -> Iterator[PictureFile]:
    for path in source.rglob("*"):
        name = path.relative_to(source).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise DataError(
                f"{path}: expected a file or a folder, got a link or a device; copy what it stands for here"
            )
        if path.is_dir() or _is_hidden(name):
            continue
        _check_size(source, name, path.stat().st_size, limits)
        yield PictureFile(*_placed(source, name), path.read_bytes())


def _in_archive(source: Path, limits: Limits) -> Iterator[PictureFile]:
    ending = next((ending for ending in DECOMPRESSED_BY if source.name.endswith(ending)), None)
    if ending is None:
        raise DataError(f"{source}: expected a folder or a file that ends in {', '.join(DECOMPRESSED_BY)}")
    try:
        with DECOMPRESSED_BY[ending](source) as file:
            stream = Bounded(file, source, limits.archive)
            with tarfile.open(fileobj=stream, mode="r|", bufsize=2**16) as archive:  # type: ignore[call-overload]  # it only reads
                yield from _members(archive, source, limits)
    except UNREADABLE as error:
        raise DataError(f"{source}: cannot be read to its end ({error}); get it anew") from error


def _members(archive: tarfile.TarFile, source: Path, limits: Limits) -> Iterator[PictureFile]:
    for member in archive:
        name = member.name.removeprefix("./")
        if member.isdir() or _is_hidden(name):
            continue
        file = archive.extractfile(member) if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) else None
        if file is None:
            raise DataError(f"{source}: {name!r}: expected a file or a folder, got a link or a device")
        _check_size(source, name, member.size, limits)
        place = _placed(source, name)
        yield PictureFile(*place, file.read())


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") and part not in (".", "..") for part in name.split("/"))


def _placed(source: Path, name: str) -> tuple[str, str, str]:
    """The part, the class and the name that the path of a file stands for."""
    part, *others = name.split("/")
    if part not in PARTS or len(others) != 2 or any(other in ("", ".", "..") for other in others):
        raise DataError(
            f"{source}: {name!r}: expected nothing but train/<class>/<file> and test/<class>/<file>; take it away"
        )
    return part, others[0], others[1]


def _check_size(source: Path, name: str, size: int, limits: Limits) -> None:
    if size > limits.file:
        raise DataError(f"{source}: {name!r}: expected a picture of at most {limits.file:,} bytes, got {size:,}")


class Bounded:
    """A stream of which at most `most` bytes are read."""

    def __init__(self, file: BufferedIOBase, source: Path, most: int) -> None:
        self.file = file
        self.source = source
        self.most = most
        self.taken = 0

    def read(self, size: int) -> bytes:
        """The next `size` bytes.

        Raises:
            DataError: if there are more than `most`.
        """
        content = self.file.read(size)
        self.taken += len(content)
        if self.taken > self.most:
            raise DataError(
                f"{self.source}: expected at most {self.most:,} bytes without compression, for as many pictures "
                f"of that size as the spec states; got more: state how many there are, and of what size"
            )
        return content
