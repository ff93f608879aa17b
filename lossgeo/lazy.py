"""torch and pandas, imported at their first use: that takes seconds, and most commands compute nothing.

Modules of the library import `torch` from here, and the types in their annotations for type checkers only. Python's own
``importlib.util.LazyLoader`` would put an unfinished torch in place, which libraries that ask for it would then load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas  # noqa: ICN001
    import torch
    from torch.nn import functional

__all__ = ["functional", "pandas", "torch"]


class LazyModule:
    """Stands for a module, and imports it when something of it is first used."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)  # an ordinary attribute from now on, as fast as that of a module
        return value


if not TYPE_CHECKING:
    pandas, torch, functional = map(LazyModule, ("pandas", "torch", "torch.nn.functional"))
