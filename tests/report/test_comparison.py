"""The words of captions for the networks that subspaces are compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossgeo.documents.loader import read_text
from lossgeo.engine.store import Store
from lossgeo.report.comparison import independent_network
from lossgeo.results import OpenStudy
from lossgeo.spec.study import Study

UNNAMED = "title: Words\nsubspaces: {line: {kind: simplex}, curve: {kind: bezier}}\n"
NAMED = """\
title: Words
networks: {a: {kind: trained}, b: {kind: trained, member: 1}}
subspaces:
  line: {kind: simplex}
  near: {kind: bezier, ends: [a, {kind: trained, member: 2}]}
  far: {kind: bezier, ends: [a, b]}
"""


@pytest.mark.parametrize(
    ("text", "subspaces", "expected"),
    [
        (UNNAMED, ["line", "curve"], "the independent network"),
        (UNNAMED, [], ""),
        (NAMED, ["line"], "the independent network (a)"),
        (NAMED, ["line", "near", "line"], "the independent network (a or b)"),
        (NAMED, ["line", "far"], "the independent network (a)"),
        (NAMED, ["far"], ""),
    ],
    ids=["unnamed", "nothing is compared", "named", "two names", "one without", "none fits"],
)
def test_a_caption_names_the_networks_that_its_subspaces_are_compared_with(
    text: str, subspaces: list[str], expected: str, tmp_path: Path
) -> None:
    study = OpenStudy(read_text(text, "words.yaml", Study), Store(tmp_path), tmp_path)

    assert independent_network(study, subspaces) == expected
