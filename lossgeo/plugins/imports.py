"""Import of plugins: each once, under a name of its own, from the very bytes whose SHA-256 is recorded."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.abc import SourceLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NoReturn

from lossgeo.errors import SpecError
from lossgeo.plugins.plugin import Plugin
from lossgeo.variant import IMPORTED_SHA256, forget

PREFIX = "lossgeo_plugin_"
"""The beginning of the names of all modules of plugins."""

_loaded: dict[str, Plugin] = {}  # by the names of their modules, in the order of their import


def loaded() -> tuple[Plugin, ...]:
    """The files that were imported as plugins in this process, in order."""
    return tuple(_loaded.values())


def load(path: Path, expected: str | None = None) -> Plugin:
    """Import the plugin at `path`, unless it was imported before.

    Neither its folder nor the working directory becomes a place that modules are looked for in, and nothing is written
    beside it.

    Args:
        path: of the file.
        expected: SHA-256 that it must have, where another process has imported it already.

    Raises:
        SpecError: it cannot be read, has changed, or fails while it is imported.
    """
    content = _content(path)
    plugin = Plugin(path.name, path.resolve(), sha256(content).hexdigest())
    if expected not in (None, plugin.sha256):
        raise SpecError(f"{path}: expected the plugin that this run began with (SHA-256 {expected}), {_CHANGED}")
    name = f"{PREFIX}{re.sub(r'[^A-Za-z0-9_]', '_', path.stem)}_{plugin.sha256[:16]}"
    if name not in _loaded:
        if any(other.path == plugin.path for other in _loaded.values()):
            raise SpecError(f"{path}: expected the plugin that this process has imported before, {_CHANGED}")
        _import(name, plugin, content)
        _loaded[name] = plugin
    return plugin


_CHANGED = "got a file that was changed since; run the command again, or start Python anew"


@contextmanager
def forgetting() -> Iterator[None]:
    """Forget, at the end, the plugins that were imported within: another study may know others."""
    before = set(_loaded)
    try:
        yield
    finally:
        names = set(_loaded) - before
        forget(names)
        for name in names:
            del _loaded[name], sys.modules[name]


def refuse(place: str, error: BaseException) -> NoReturn:
    """Say in one line that a plugin could not be imported.

    Raises:
        SpecError: always.
    """
    what = " ".join(f"{type(error).__name__}: {error}".split())
    raise SpecError(f"{place}: expected a plugin that can be imported, got {what}; mend it or leave it out") from error


def plugin_at_fault(error: BaseException) -> Path | None:
    """The file of the plugin whose code raised an error, or called what did; None if none was on the way."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    files = [_loaded[name].path for frame in frames if (name := frame.f_globals.get("__name__")) in _loaded]
    return files[-1] if files else None


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise SpecError(f"{path}: expected the Python file of a plugin, got nothing of this name; see that it is there")
    try:
        return path.read_bytes()
    except OSError as error:
        raise SpecError(
            f"{path}: expected the file of a plugin, got an error ({error.strerror}); see its rights"
        ) from None


def _import(name: str, plugin: Plugin, content: bytes) -> None:
    """Execute the content as a module of that name; what it registered is taken back if it fails.

    Raises:
        SpecError: it fails.
    """
    loader = _Content(content, plugin.path)
    found = spec_from_file_location(name, plugin.path, loader=loader)
    if found is None:
        raise SpecError(f"{plugin.path}: expected the Python file of a plugin; rename it to end in .py")
    module = module_from_spec(found)
    setattr(module, IMPORTED_SHA256, plugin.sha256)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the code of somebody else may raise anything
        del sys.modules[name]
        forget({name})
        refuse(f"{plugin.path}{_line(error, plugin.path)}", error)


def _line(error: BaseException, path: Path) -> str:
    """The line of the file at which an error came about, after a colon; nothing if it is not known."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f":{error.lineno}"
    lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == str(path)]
    return f":{lines[-1]}" if lines else ""


class _Content(SourceLoader):
    """Gives the bytes that were read; compiled code is neither looked for nor kept."""

    def __init__(self, content: bytes, path: Path) -> None:
        self._content, self._path = content, path

    def get_filename(self, fullname: str) -> str:
        del fullname
        return str(self._path)

    def get_data(self, path: Any) -> bytes:
        del path
        return self._content

    def path_stats(self, path: Any) -> NoReturn:
        raise OSError(f"{path}: no compiled code is looked for")
