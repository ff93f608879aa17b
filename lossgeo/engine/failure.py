"""Failures: what went wrong in a job, as plain values that travel between processes."""

from __future__ import annotations

import traceback
from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """The reason why a job has no result."""

    kind: str
    """The name of the exception's class, such as ``Diverged`` or ``StoreError``."""
    message: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """The failure that an exception stands for."""
        return cls(type(error).__name__, str(error), "".join(traceback.format_exception(error)))
