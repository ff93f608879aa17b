"""A plugin of pytest: options that name the plugins of lossgeo to be held to the laws."""

from __future__ import annotations

import os

import pytest

FILES = "LOSSGEO_PLUGINS"
"""Name of the environment variable with files and folders of plugins, separated as in PATH."""

ONLY = "LOSSGEO_ONLY_PLUGINS"
"""Name of the environment variable that leaves out shipped variants where it is 1."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--plugin`` and ``--only-plugins``."""
    group = parser.getgroup("lossgeo")
    group.addoption(
        "--plugin",
        action="append",
        default=[],
        metavar="PATH",
        help="hold the kinds of a plugin to the laws: a Python file, or a folder of some",
    )
    group.addoption("--only-plugins", action="store_true", help="leave out the kinds that are shipped with lossgeo")


def pytest_configure(config: pytest.Config) -> None:
    """Hand the options over by the environment, which the laws read when they are collected."""
    files = [str(path) for path in config.getoption("--plugin")]
    if files:
        os.environ[FILES] = os.pathsep.join(files)
    if config.getoption("--only-plugins"):
        os.environ[ONLY] = "1"
