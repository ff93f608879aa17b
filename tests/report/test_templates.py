"""Templates: where they are found, what is ignored, and the names that their cells have at hand."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest
from quick_call import quick_call
from tiny_study import Finished

from lossgeo.plugins.imports import forgetting, load
from lossgeo.report.render import SETUP
from lossgeo.report.sections import ignored_templates
from lossgeo.shipped import TEMPLATES, find_template

GUIDE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"### `(\w+)`\n.*?```python\n(.*?)```", GUIDE, re.DOTALL)

OTHER = '''
from lossgeo.analyses.curvature import Curvature


class Bend(Curvature, kind="bend"):
    """Curvature under a name of somebody's own."""
'''


def names_at_hand() -> set[str]:
    """What the setup of a notebook leaves behind, its parameter, and the name of a section's analysis."""
    tree = ast.parse(SETUP)
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    deleted = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)}
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return (stored | imported | {"run_dir", "name"}) - deleted


def test_the_guide_documents_the_names_that_there_are() -> None:
    documented = [name for name, _ in EXAMPLES]

    assert sorted(documented) == sorted(names_at_hand())


@pytest.mark.parametrize(("name", "code"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_the_examples_of_the_guide_run(name: str, code: str, finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.report, tmp_path / "reports" / "tiny")
    (tmp_path / ".lossgeo").symlink_to(finished.store)
    at_hand = {"run_dir": str(tmp_path / "reports" / "tiny"), "name": "path"}

    exec(SETUP, at_hand)  # noqa: S102  # as a kernel does
    exec(code, at_hand)  # noqa: S102

    assert re.search(rf"\b{name}\b", code)


def test_a_template_beside_a_plugin_comes_after_that_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "bend.py").write_text("# %%\n")
    monkeypatch.chdir(tmp_path)

    beside = find_template("bend", tmp_path / "plugin")
    (tmp_path / TEMPLATES).mkdir()
    (tmp_path / TEMPLATES / "bend.py").write_text("# %%\n")

    assert beside == tmp_path / "plugin" / "bend.py"
    assert find_template("bend", tmp_path / "plugin") == Path(TEMPLATES, "bend.py")
    assert find_template("bend") == Path(TEMPLATES, "bend.py")


def test_a_template_that_is_named_after_no_section_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / TEMPLATES).mkdir()
    for name in ("curvatur", "plane", "bend", "introduction"):
        (tmp_path / TEMPLATES / f"{name}.py").write_text("# %%\n")
    (tmp_path / "other.py").write_text(OTHER)
    monkeypatch.chdir(tmp_path)

    without = ignored_templates()
    with forgetting():
        load(tmp_path / "other.py")
        within = ignored_templates()

    assert [line.split(":")[0] for line in without] == ["report_templates/bend.py", "report_templates/curvatur.py"]
    assert [line.split(":")[0] for line in within] == ["report_templates/curvatur.py"]
    assert "expected a kind of analysis (agreement, " in within[0]
    assert within[0].endswith("other_analyses, provenance; did you mean 'curvature'?")


def test_an_analysis_of_ones_own_has_the_section_of_the_working_directory_and_no_table_beside_it(
    finished: Finished, tmp_path: Path
) -> None:
    """Another analysis without a template has a table, under its title."""
    shutil.copytree(finished.folder, tmp_path / "study", symlinks=True)
    folder = tmp_path / "study"
    (folder / "other.py").write_text(OTHER)
    head, _, _ = (folder / "tiny.yaml").read_text().partition("analyses:\n")
    bends = ("{kind: bend, points: 11}", "{kind: bend, points: 12, name: again, title: Once more}")
    (folder / "bent.yaml").write_text(head + "analyses:\n" + "".join(f"  - {bend}\n" for bend in bends))
    (folder / TEMPLATES).mkdir()

    quick_call("run", "bent.yaml", "--plugin", "other.py", "--workers", "0", folder=folder)
    plain = (folder / "reports/bent/index.html").read_text(encoding="utf-8")
    (folder / TEMPLATES / "bend.py").write_text("# %% [markdown]\n# # How it bends\n\n# %%\nprose(f'Of {name}.')\n")
    (folder / TEMPLATES / "bent.py").write_text("# %%\n")
    done = quick_call("report", "bent.yaml", "--plugin", "other.py", folder=folder)

    page = (folder / "reports/bent/index.html").read_text(encoding="utf-8")
    assert "All rows of the analysis bend." in plain
    assert "<strong>Once more</strong>" in plain
    assert "All rows of the analysis" not in page
    assert "How it bends</h2>" in page
    assert "Of again." in page
    assert done.stderr.splitlines() == [line for line in done.stderr.splitlines() if "bent.py: ignored" in line]
    assert done.stderr
