"""Every malformed spec of ``malformed.md`` gives the whole message that stands beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lossgeo.documents.loader import read_text
from lossgeo.errors import SpecError
from lossgeo.spec.study import Study

SECTION = re.compile(
    r"^## (?P<name>.*)\n\n```yaml\n(?P<spec>[^`]*)```\n\n```text\n(?P<message>[^`]*)\n```$", re.MULTILINE
)
EXAMPLES = [
    found.group("name", "spec", "message")
    for found in SECTION.finditer(Path(__file__).with_name("malformed.md").read_text("utf-8"))
]


@pytest.mark.parametrize(("spec", "message"), [pytest.param(*rest, id=name) for name, *rest in EXAMPLES])
def test_a_malformed_spec_is_refused_with_exactly_this_message(spec: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_text(spec, "specs/x.yaml", Study)

    assert str(caught.value) == message


def test_all_examples_are_found() -> None:
    text = Path(__file__).with_name("malformed.md").read_text("utf-8")

    assert len(EXAMPLES) == text.count("\n## ") > 20
