"""What people read about the package, wherever it appears: docstrings that make sense alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from test_layers import EVERY, MODULES, Module

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(node: ast.Module | Definition, place: str) -> Iterator[tuple[str, ast.Module | Definition]]:
    """The module, its public classes, and their public methods and functions."""
    yield place or "the module", node
    for child in [] if isinstance(node, ast.FunctionDef) else node.body:
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield from _public(child, f"{place}.{child.name}".strip("."))


def _imported(module: Module) -> dict[str, tuple[str, str]]:
    """Name in a module → the module of the package that it is imported from, and its name there."""
    return {
        alias.asname or alias.name: (node.module.removeprefix("lossgeo."), alias.name)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("lossgeo")
        for alias in node.names
    }


def _bases(module: Module, name: str) -> Iterator[ast.ClassDef]:
    """The classes of the package that a class derives from, however far up."""
    here = {node.name: node for node in module.tree.body if isinstance(node, ast.ClassDef)}
    for base in here[name].bases if name in here else []:
        base_name = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
        if base_name in here:
            yield here[base_name]
            yield from _bases(module, base_name)
        elif base_name in _imported(module):
            origin, original = _imported(module)[base_name]
            yield from (node for node in MODULES[origin].tree.body if _is_class(node, original))
            yield from _bases(MODULES[origin], original)


def _is_class(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == name


def _is_documented_above(module: Module, place: str) -> bool:
    """Whether a method, such as ``Class.method``, overrides one whose contract a base class documents."""
    name, _, method = place.partition(".")
    inherited = [node for base in _bases(module, name) for node in base.body if isinstance(node, Definition)]
    return any(node.name == method and ast.get_docstring(node) for node in inherited)


@EVERY
def test_everything_public_has_a_docstring_or_overrides_what_has_one(module: Module) -> None:
    bare = [place for place, node in _public(module.tree, "") if not ast.get_docstring(node)]

    assert [place for place in bare if not _is_documented_above(module, place)] == []
