"""Families, networks, fits and jobs are told apart only in the files that define them: read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [path for folder in ("lossgeo", "report_templates") for path in sorted((ROOT / folder).rglob("*.py"))]
SOURCES = [path for path in SOURCES if not {"_shipped", "contracts"} & set(path.parts)]  # laws are of abstract classes
EVERY = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).with_suffix("").as_posix())

DEFAULTS = {"lossgeo/spec/study.py"}
"""Where variants are named as what a study has by default."""

WEIGHTS = {"Job", "Weights"}
"""What jobs and weights derive from."""


def classes(folder: str) -> Iterator[tuple[ast.ClassDef, Path]]:
    for path in SOURCES:
        if path.relative_to(ROOT).as_posix().startswith(f"lossgeo/{folder}/"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    yield node, path


def bases(node: ast.ClassDef) -> set[str]:
    return {base.id for base in ast.walk(ast.Tuple(node.bases, ast.Load())) if isinstance(base, ast.Name)}


VARIANTS = {
    node.name: path
    for folder in ("families", "networks")
    for node, path in classes(folder)
    if any(keyword.arg == "kind" for keyword in node.keywords)
}
"""Families and networks that a spec can name → the file of each."""

FAMILIES = {node.name: path for folder in ("families", "networks") for node, path in classes(folder)}
JOBS = {node.name: path for node, path in classes("stages") if bases(node) & (WEIGHTS | {"TrainingJob", "Joint"})}
TOLD = {**FAMILIES, **JOBS}


def test_what_is_looked_for_is_there() -> None:
    assert {
        "Simplex",
        "Bezier",
        "Branches",
        "Trajectory",
        "Independent",
        "MlpCurve",
        "TrainedNetwork",
        "EpochNetwork",
    } <= set(VARIANTS)
    assert {"Family", "TrainedFamily", "Network", "Point"} <= set(FAMILIES)
    assert {"Fit", "Kept", "Trunk", "Analyse", "Through", "Combined"} <= set(JOBS)


@EVERY
def test_a_variant_is_named_in_its_own_file_only(path: Path) -> None:
    if path.relative_to(ROOT).as_posix() in DEFAULTS:
        return
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imported = {
        alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("lossgeo.families", "lossgeo.networks"))
        for alias in node.names
    }

    assert imported & set(VARIANTS) == set()


@EVERY
def test_nobody_asks_what_kind_of_family_network_fit_or_job_something_is(path: Path) -> None:
    found = [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if asks(node, path)]

    assert found == []


def asks(node: ast.AST, path: Path) -> bool:
    """Whether it is `isinstance` of one of them elsewhere, `hasattr`, a `match`, or a comparison of a `kind`."""
    if isinstance(node, ast.Match):
        return True
    if isinstance(node, ast.Compare):
        return any(is_kind(part) for part in (node.left, *node.comparators))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    if node.func.id in ("isinstance", "issubclass"):
        named = {name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)}
        return any(TOLD.get(name, path) != path for name in named)
    return node.func.id == "hasattr" and ast.unparse(node.args[0]) != "os"


def is_kind(part: ast.AST) -> bool:
    """Whether it reads the kind of something that may be a family, a network or a job."""
    others = ("failure", "analysis", "value.dtype")
    return isinstance(part, ast.Attribute) and part.attr == "kind" and ast.unparse(part.value) not in others


@pytest.mark.parametrize(
    "told",
    [
        "isinstance(family, TrainedFamily)",
        "isinstance(job, Fit | Kept)",
        "issubclass(kind, Network)",
        "hasattr(family, 'epochs')",
        "family.kind == 'branches'",
        "result.family.kind in ('branches', 'trajectory')",
    ],
)
def test_asking_would_be_found(told: str) -> None:
    assert any(asks(node, ROOT / "elsewhere.py") for node in ast.walk(ast.parse(told)))
