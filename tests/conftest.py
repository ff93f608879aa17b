"""Shapes are checked while tests run: every annotation of the mathematics is enforced by beartype."""

from __future__ import annotations

import builtins
import os
from typing import TYPE_CHECKING

import pytest
from jaxtyping import install_import_hook

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB", "RAYON")}
"""Tiny products, and processes side by side: more threads would only wait for each other."""

os.environ.update(ONE_THREAD)  # before torch is imported, here and in the processes that tests start

import torch  # noqa: E402

builtins.Tensor, builtins.Generator = torch.Tensor, torch.Generator  # type: ignore[attr-defined]
"""Names that modules import for type checkers only, where the annotations of their functions are evaluated."""

install_import_hook(
    ["lossgeo.geometry", "lossgeo.landscape", "lossgeo.training", "lossgeo.families"], "shape_checks.checked"
)

if TYPE_CHECKING:
    from tiny_study import Finished


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The tiny study, run by the command line in one process; shared, so nothing may be written into it."""
    from tiny_study import call, once

    return once(tmp_path_factory, "finished", "run", "tiny.yaml", "--workers", "0", run_by=call)
