"""Whatever comes in, only a `SpecError` comes out, and soon."""

from __future__ import annotations

import random
import sys
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_spec import Menu

from lossgeo.documents.loader import read_text
from lossgeo.documents.writer import flow
from lossgeo.errors import SpecError
from lossgeo.spec.study import Study
from lossgeo.variant import Model

SPEC = """\
title: A study
dataset: {kind: digits, train: 1000}
architecture: {kind: mlp, hidden: [16], activation: relu}
training: {optimizer: {kind: adamw, lr: 1e-3}, epochs: 2}
seeds: [0, 1]
subspaces:
  line: {kind: simplex, vertices: 2}
  curve: {kind: mlp_curve, hidden: [10]}
analyses:
  - {kind: plane, of: [line, curve], points: 11}
"""
FORBIDDEN = {
    "exec",
    "compile",
    "os.system",
    "os.exec",
    "subprocess.Popen",
    "socket.connect",
    "import",
    "os.remove",
    "os.mkdir",
}
WORDS = [
    *"[]{},:&*!|>'\"%@`#?-\n\t\0 ",
    "kind",
    "line",
    "1e400",
    "no",
    "~",
    "<<",
    "---",
    "...",
    "\\U",
    "é",
    "\u2028",
    "\ud7ff",
]
keys = st.sampled_from(
    ["title", "seeds", "kind", "line", "training", "optimizer", "lr", "of", "subspaces", "analyses", ""]
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), keys, st.text(max_size=5)
)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4).map(tuple) | st.dictionaries(keys, inner, max_size=5)
)


def is_accepted(text: str, model: type[Model], *overrides: str) -> bool:
    """Whether `text` is a spec; any error but a `SpecError` escapes."""
    try:
        read_text(text, "x.yaml", model, overrides)
    except SpecError:
        return False
    return True


@pytest.mark.parametrize("seed", range(5))
def test_a_spec_with_random_edits_is_accepted_or_refused(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311

    for _ in range(60):
        letters = list(SPEC)
        for _ in range(dice.randint(1, 4)):
            start = dice.randrange(len(letters))
            letters[start : start + dice.randrange(4)] = dice.choice(WORDS)
        is_accepted("".join(letters), Study)


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_any_text_is_accepted_or_refused(text: str) -> None:
    is_accepted(text, Menu)
    is_accepted("title: x\n", Menu, text, f"title={text}")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(Study.model_fields)), trees))
def test_any_tree_is_accepted_or_refused(tree: dict[str, Any]) -> None:
    is_accepted(flow(tree), Study)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(Menu.model_fields)), trees))
def test_any_tree_is_accepted_or_refused_by_the_toy(tree: dict[str, Any]) -> None:
    is_accepted(flow(tree), Menu)


@pytest.mark.parametrize(
    "text",
    ["[" * 500_000, "{" * 500_000, "- " * 500_000, "? " * 500_000, "[" + "1," * 300_000 + "]", "a: " + "1" * 500_000],
    ids=["brackets", "braces", "dashes", "question marks", "a long list", "a long number"],
)
def test_a_bomb_is_refused_in_seconds(text: str) -> None:
    start = time.process_time()  # whatever else this machine has to do

    assert not is_accepted(text, Menu)

    assert time.process_time() - start < 5


def test_reading_a_spec_runs_nothing_and_writes_nothing() -> None:
    """Python's own audit events are watched while every faulty value of a tag, a kind or a path is read."""
    watched: list[str] = []
    is_reading = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if is_reading and (event in FORBIDDEN or (event == "open" and set("wax+") & set(str(arguments[1])))):
            watched.append(f"{event} {arguments}")

    sys.addaudithook(hook)
    for text in ("!!python/object/apply:os.system [ls]", "os.system", "torch.nn:Linear", "../../x", "{x.__class__}"):
        is_accepted(f"title: {text}\ndataset: {{kind: {text!r}, _target_: {text!r}}}\n", Study)
    is_reading = False

    assert watched == []
