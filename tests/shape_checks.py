"""What the import hook of the tests puts around every function of the mathematics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from beartype import beartype
from beartype.roar import BeartypeDecorHintPep673Exception

F = TypeVar("F", bound=type | Callable[..., Any])


def checked(function: F) -> F:
    """The function with its annotations checked at every call; as it is if it returns `Self`, which needs a class."""
    try:
        return beartype(function)
    except BeartypeDecorHintPep673Exception:
        return function
