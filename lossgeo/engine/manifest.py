"""Manifests: the size and SHA-256 of every file of a stored result, and the check that they hold."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from lossgeo.engine.codec import ARRAYS, SCALARS
from lossgeo.engine.key import digest, to_json

JOB, PROVENANCE, MANIFEST = "job.json", "provenance.json", "manifest.json"
FILES = (JOB, PROVENANCE, SCALARS, ARRAYS)
SCHEMA = 1
MANIFEST_BYTES = 65_536  # many times what a manifest takes


class Damaged(Exception):  # it is a finding about a folder
    """A folder that is not the complete, unchanged result that its name promises."""


@dataclass(frozen=True)
class Sum:
    """The expected state of a file: its size in bytes and the SHA-256 of its content."""

    size: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> Sum:
        """The size and SHA-256 of some content."""
        return cls(len(content), digest(content))

    def __str__(self) -> str:
        return f"{self.size} bytes with sha256 {self.sha256}"


def render(key: str, sums: Mapping[str, Sum]) -> bytes:
    """The text of a result's manifest, which has one spelling, so that it too can be checked byte for byte."""
    files = {name: asdict(total) for name, total in sums.items()}
    return to_json({"schema": SCHEMA, "key": key, "files": files})


def verify(folder: Path, key: str) -> dict[str, Sum]:
    """The sums of the files in `folder`, after checking that it is the complete, unchanged result with this key.

    Raises:
        Damaged: it is not; the text names the file, what was expected and what came.
    """
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise Damaged("expected a folder, got another kind of file")
    _, manifest = _inspect(folder / MANIFEST)
    sums = {name: _inspect(folder / name)[0] for name in FILES}
    expected = render(key, sums)
    if manifest != expected:
        raise Damaged(_difference(manifest, sums) or f"{MANIFEST}: expected {expected!r}, got {manifest[:500]!r}")
    if sums[JOB].sha256 != key:
        raise Damaged(f"{JOB}: expected sha256 {key}, got {sums[JOB].sha256}")
    return sums


def _inspect(path: Path) -> tuple[Sum, bytes]:
    """The size, the SHA-256 and the first bytes of a regular file."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Damaged(f"{path.name}: expected a regular file, got a link, folder or device")
        with path.open("rb") as file:
            beginning = file.read(MANIFEST_BYTES)
            file.seek(0)
            sha256 = file_digest(file, "sha256").hexdigest()
            return Sum(file.tell(), sha256), beginning
    except (FileNotFoundError, PermissionError) as error:
        raise Damaged(f"{path.name}: expected a readable file, got {error.strerror!r}") from error


def _difference(manifest: bytes, sums: Mapping[str, Sum]) -> str | None:
    """How the files differ from their manifest; None if the manifest itself cannot be understood."""
    try:
        claims: dict[str, dict[str, Any]] = json.loads(manifest)["files"]
        promised = {name: Sum(claims[name]["size"], claims[name]["sha256"]) for name in sums}
    except (ValueError, KeyError, TypeError):
        return None
    differing = [name for name, total in sums.items() if promised[name] != total]
    return "; ".join(f"{name}: expected {promised[name]}, got {sums[name]}" for name in differing) or None
