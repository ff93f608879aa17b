"""Shapes are checked while tests run: every annotation of the mathematics is enforced by beartype."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook(
    ["lossgeo.geometry", "lossgeo.landscape", "lossgeo.training", "lossgeo.families"], "shape_checks.checked"
)

torch.set_num_threads(1)  # tiny products, and processes side by side: more threads would only wait for each other

if TYPE_CHECKING:
    from tiny_study import Finished


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The tiny study, run by the command line in one process; shared, so nothing may be written into it."""
    from tiny_study import Finished, call, write_spec

    folder = tmp_path_factory.mktemp("finished")
    write_spec(folder)
    return Finished(folder, call("run", "tiny.yaml", "--workers", "0", folder=folder))
