"""What people read about the package, wherever it appears: docstrings that make sense alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from test_layers import EVERY, MODULES, Module

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(node: ast.Module | Definition, place: str) -> Iterator[tuple[str, ast.Module | Definition]]:
    """The module, its public classes, and their public methods and functions."""
    yield place or "the module", node
    for child in [] if isinstance(node, ast.FunctionDef) else node.body:
        if isinstance(child, Definition) and not child.name.startswith(("_", "test_")):  # a law is told by its name
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

    undocumented = [place for place in bare if not _is_documented_above(module, place)]
    assert [place for place in undocumented if not place.startswith("test_")] == []  # its name is its docstring


FRAGMENTS = (
    *("That of", "That", "Those", "This", "Itself", "Its", "It", "They", "Their", "Them"),
    *("The same as", "The same for", "The same of", "The same.", "The same,", "The same;"),
    *("Of", "In", "On", "At", "By", "As", "For", "To", "With", "Without", "Between", "Before", "After", "Beside"),
    *("Where", "When", "Unless", "If", "Because", "So that", "Also", "Else", "Otherwise", "And", "Or", "But"),
    *("One.", "One,", "One:", "One a", "One an", "One each", "One less", "One more", "Zero.", "None.", "None,"),
    *("Nothing", "Not", "No,", "Yes", "Always", "Never", "Undefined", "Unchanged", "Both,"),
    *("What it", "What they", "How it", "How they", "Whether it", "Whether they"),
)
"""Openings of docstrings that make sense only below the name that they belong to."""

FRAGMENT = re.compile(rf"(?:{'|'.join(map(re.escape, FRAGMENTS))})(?![\w-])")
FEWEST_WORDS = 3


def _documented(module: Module) -> Iterator[tuple[str, str]]:
    """What has a docstring in a module, private names too, and the first paragraph of it on one line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Module | Definition) and (text := ast.get_docstring(node)):
            yield getattr(node, "name", "the module"), " ".join(text.split("\n\n")[0].split())


@EVERY
def test_no_docstring_needs_the_name_above_it(module: Module) -> None:
    assert {name: text for name, text in _documented(module) if FRAGMENT.match(text)} == {}


@EVERY
def test_a_docstring_begins_with_a_sentence(module: Module) -> None:
    found = dict(_documented(module))

    assert {name: text for name, text in found.items() if not text.endswith(".")} == {}
    assert {name: text for name, text in found.items() if len(text.split()) < FEWEST_WORDS} == {}
