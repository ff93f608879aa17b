"""Reading the text of a spec file, or explaining in one line why that is impossible."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lossgeo.documents.suggestions import nearest
from lossgeo.errors import SpecError

LARGEST = 2**20  # bytes

KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def text_of(path: Path) -> str:
    """The text of the spec at `path`, without a byte order mark.

    Raises:
        SpecError: the file is missing, unreadable, not a regular file, larger than 1 MiB, or not UTF-8.
    """
    try:
        content = regular_bytes(path)
    except FileNotFoundError:
        raise SpecError(f"{path}: expected a spec file, got nothing of this name; {remedy(path)}") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise SpecError(f"{path}: expected a spec file, got an error ({reason}); check its name and rights") from None
    return decoded(content, path)


def regular_bytes(path: Path) -> bytes:
    """The bytes of the regular file at `path`, opened without waiting, so that a pipe cannot block."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            what = KINDS.get(stat.S_IFMT(mode), "a device")
            raise SpecError(f"{path}: expected a spec file, got {what}; name a YAML file")
        content = b""
        while len(content) <= LARGEST and (block := os.read(descriptor, LARGEST + 1 - len(content))):
            content += block
    finally:
        os.close(descriptor)
    if len(content) > LARGEST:
        raise SpecError(f"{path}: expected at most 1 MiB of YAML, got more; a spec holds options, not data")
    return content


def decoded(content: bytes, path: Path) -> str:
    """The text in UTF-8 `content`; of another encoding the error gives the first byte that reveals it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SpecError(f"{path}:1:1: expected UTF-8 text, got UTF-16; save the file as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lines = content[: error.start].decode("utf-8-sig").splitlines(keepends=True) or [""]
        at_start = lines[-1].endswith(("\n", "\r"))
        line, column = (len(lines) + 1, 1) if at_start else (len(lines), len(lines[-1]) + 1)
        byte = content[error.start]
        raise SpecError(
            f"{path}:{line}:{column}: expected UTF-8 text, got the byte 0x{byte:02x}; save the file as UTF-8"
        ) from None


def remedy(path: Path) -> str:
    """Advice about a missing spec: the file with the nearest name in its folder, or all specs there."""
    try:
        specs = sorted(entry for entry in path.parent.iterdir() if entry.suffix in {".yaml", ".yml"})
    except OSError:
        return f"there is no folder {str(path.parent)!r}"
    names = {entry.stem: entry for entry in specs}
    neighbour = nearest(path.stem, names)
    if neighbour is not None:
        return f"did you mean {str(names[neighbour])!r}?"
    return (
        f"there are {', '.join(entry.name for entry in specs)}"
        if specs
        else f"there is no spec in {str(path.parent)!r}"
    )
