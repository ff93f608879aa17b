"""lossgeo: studies of loss landscapes, from a YAML spec to an HTML report."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lossgeo import figures
    from lossgeo.results import OpenStudy, open_study
    from lossgeo.spec.study import Study

__all__ = ["OpenStudy", "Study", "__version__", "figures", "open_study"]

__version__ = version("lossgeo")

HOMES = {"OpenStudy": "lossgeo.results", "open_study": "lossgeo.results", "Study": "lossgeo.spec.study"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line answers at once."""
    if name == "figures":
        return _Figures()
    if name in HOMES:
        return getattr(import_module(HOMES[name]), name)
    raise AttributeError(f"module 'lossgeo' has no attribute {name!r}")


class _Figures:
    """Stands for the module `lossgeo.figures` until something of it is asked for: plotting libraries take seconds."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module("lossgeo.figures"), name)

    def __dir__(self) -> list[str]:
        return dir(import_module("lossgeo.figures"))
