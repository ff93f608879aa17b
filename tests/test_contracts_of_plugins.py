"""The laws as authors of plugins run them: from the installed package, in a process of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_study import environment

from lossgeo.contracts.chosen import covering

EXAMPLES = Path(__file__).parent / "plugins"

BROKEN = """
from elsewhere_is_nothing import no_such_name
"""

LAWLESS = '''
import torch

from lossgeo.architectures.mlp import Mlp


class Noisy(Mlp, kind="noisy"):
    """A network whose outputs are drawn at random."""

    def forward(self, parameters, inputs, mode):
        outputs = super().forward(parameters, inputs, mode)
        return outputs + torch.randn_like(outputs)
'''


def laws(folder: Path, *options: str, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            *options,
            "--pyargs",
            "lossgeo.contracts",
        ],
        cwd=folder,
        env={**environment(), **changed},
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )


def test_the_example_plugins_keep_the_laws(tmp_path: Path) -> None:
    done = laws(tmp_path, "-vv", "-p", "lossgeo.contracts.options", "--plugin", str(EXAMPLES), "--only-plugins")

    met = set(re.findall(r"\[(\S*)\] PASSED", done.stdout))
    assert done.returncode == 0, done.stdout[-3000:]
    assert {"families-elliptic_arc", "problems-sphere", "analyses-hessian_trace", "architectures-gated"} <= met
    assert any(re.fullmatch(r"hessian_trace-.*", pair) for pair in met)
    assert any(re.fullmatch(r".*-elliptic_arc", pair) and not pair.startswith("families") for pair in met)
    assert not any("mlp" in pair and "gated" not in pair and "hessian_trace" not in pair for pair in met)


def test_a_plugin_that_breaks_a_law_fails(tmp_path: Path) -> None:
    (tmp_path / "noisy.py").write_text(LAWLESS)
    environment = {"LOSSGEO_PLUGINS": str(tmp_path / "noisy.py"), "LOSSGEO_ONLY_PLUGINS": "1"}

    done = laws(tmp_path, "-k", "deterministic or draws_nothing or described", **environment)

    failed = re.findall(r"FAILED \S*::(\w+)\[", done.stdout)
    assert done.returncode == 1
    assert failed == ["test_a_pass_without_dropout_is_deterministic", "test_a_pass_draws_nothing_at_random"]


def test_a_plugin_that_cannot_be_imported_is_told_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)

    done = laws(tmp_path, LOSSGEO_PLUGINS=os.fspath(tmp_path))

    assert done.returncode != 0
    assert re.search(r"broken\.py:2: expected a plugin that can be imported, got ModuleNotFoundError", done.stdout)


@pytest.mark.parametrize(("left", "right"), [(1, 5), (5, 1), (3, 3), (4, 3), (3, 4)])
def test_a_covering_meets_everything_in_as_few_pairs_as_there_can_be(left: int, right: int) -> None:
    pairs = covering(range(left), range(right))

    assert {one for one, _ in pairs} == set(range(left))
    assert {other for _, other in pairs} == set(range(right))
    assert len(pairs) == max(left, right)


def test_a_covering_of_nothing_is_empty() -> None:
    assert covering([], [1]) == covering([1], []) == []
