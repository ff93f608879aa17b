from __future__ import annotations

import os
from pathlib import Path

import pytest
from toy_spec import Menu

from lossgeo.documents.loader import read
from lossgeo.errors import SpecError


def complaint(path: Path) -> str:
    """What is said about a file that cannot be read."""
    with pytest.raises(SpecError) as caught:
        read(path, Menu)
    return str(caught.value)


def spec(folder: Path, content: bytes) -> Path:
    """A spec file with this content."""
    path = folder / "menu.yaml"
    path.write_bytes(content)
    return path


def test_a_file_is_read_and_overridden(tmp_path: Path) -> None:
    path = spec(tmp_path, b"\xef\xbb\xbftitle: caf\xc3\xa9\r\n")

    assert read(path, Menu, ["guests=[2]"]) == Menu(title="café", guests=(2,))


def test_a_fault_names_the_file(tmp_path: Path) -> None:
    path = spec(tmp_path, b"title: 3\n")

    assert complaint(path).startswith(f"{path}:1:8: title: got 3 (number)")


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    neighbour = spec(tmp_path, b"")
    path = tmp_path / "mneu.yaml"

    assert (
        complaint(path) == f"{path}: expected a spec file, got nothing of this name; did you mean {str(neighbour)!r}?"
    )


def test_a_missing_suffix_is_found(tmp_path: Path) -> None:
    neighbour = spec(tmp_path, b"")

    assert complaint(tmp_path / "menu").endswith(f"did you mean {str(neighbour)!r}?")


def test_a_missing_file_like_no_other_lists_what_is_there(tmp_path: Path) -> None:
    spec(tmp_path, b"")

    assert complaint(tmp_path / "x").endswith("got nothing of this name; there are menu.yaml")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "no" / "x.yaml").endswith(f"there is no folder {str(tmp_path / 'no')!r}")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path) == f"{tmp_path}: expected a spec file, got a folder; name a YAML file"


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    assert complaint(path) == f"{path}: expected a spec file, got a pipe; name a YAML file"


def test_a_device_is_refused() -> None:
    assert complaint(Path("/dev/zero")) == "/dev/zero: expected a spec file, got a device; name a YAML file"


def test_a_name_with_a_nul_character_is_refused() -> None:
    assert "expected a spec file, got an error (embedded null byte)" in complaint(Path("a\0b"))


def test_a_file_under_a_file_is_refused(tmp_path: Path) -> None:
    assert "got an error (Not a directory)" in complaint(spec(tmp_path, b"") / "x.yaml")


def test_a_file_of_one_mebibyte_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    start = b"title: x\n#"
    largest = start + b" " * (2**20 - len(start))

    assert read(spec(tmp_path, largest), Menu) == Menu(title="x")
    assert complaint(spec(tmp_path, largest + b" ")).endswith(
        "expected at most 1 MiB of YAML, got more; a spec holds options, not data"
    )


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (b"title: x\nnote: caf\xe9\n", ":2:10: expected UTF-8 text, got the byte 0xe9; save the file as UTF-8"),
        (b"title: x\n\xff", ":2:1: expected UTF-8 text, got the byte 0xff; save the file as UTF-8"),
        (b"\x80", ":1:1: expected UTF-8 text, got the byte 0x80; save the file as UTF-8"),
        ("title: x\n".encode("utf-16"), ":1:1: expected UTF-8 text, got UTF-16; save the file as UTF-8"),
        (
            b"title: x\0",
            ":1:9: expected printable text, got the character U+0000; delete it\n    title: x·\n            ^",
        ),
        (b"title: x\r\n\x07", ":2:1: expected printable text, got the character U+0007; delete it\n    ·\n    ^"),
    ],
)
def test_a_file_that_is_not_printable_utf_8_is_refused_at_the_first_wrong_byte(
    tmp_path: Path, content: bytes, ending: str
) -> None:
    path = spec(tmp_path, content)

    assert complaint(path) == f"{path}{ending}"
