"""The errors of lossgeo: each says where, what was expected, what came, and what to do."""

from __future__ import annotations


class LossgeoError(Exception):
    """Root of every error that lossgeo raises on purpose; `exit_code` is that of the command line."""

    exit_code = 1


class SpecError(LossgeoError):
    """A spec, an option or an override that cannot be understood; the text lists every fault."""

    exit_code = 2


class MissingResult(LossgeoError):
    """A result that no run has stored yet; the text names the command that computes it."""


class Diverged(LossgeoError):
    """A training whose loss is no longer a finite number."""


class ReportError(LossgeoError):
    """A report whose notebook did not run to its end."""


class DataError(LossgeoError):
    """A data set that is missing, incomplete or not the official one."""

    exit_code = 4


class StoreError(LossgeoError):
    """A store that cannot be written, or whose results cannot be trusted."""

    exit_code = 4


class WorkerError(LossgeoError):
    """Worker processes that this machine does not start."""

    exit_code = 4


class ClaimError(LossgeoError):
    """Claims of a complete study that do not hold or cannot be checked, raised for `--check-claims`."""

    exit_code = 5
