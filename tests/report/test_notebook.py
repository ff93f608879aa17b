from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_cells import attribute, one, soup_of

from lossgeo.errors import ReportError
from lossgeo.report.completeness import IncompleteReport, stop_of
from lossgeo.report.notebook import assemble, execute
from lossgeo.report.page import Front, export
from lossgeo.report.section import Section

Written = Callable[..., Section]

SETUP = """
from pathlib import Path
import pandas as pd
from matplotlib import pyplot as plt
from lossgeo.report import display
folder = Path(run_dir)
"""

FIGURE = """
fig, axis = plt.subplots(figsize=(4, 3))
axis.plot([0, 1], [1, 0])
display.figure(fig, "line", r"Loss < 1 along $\\theta(t)$.", folder)
"""
TABLE = 'display.table(pd.DataFrame({"subspace": ["line"], "loss": [1e-5]}), "Losses.")'


@pytest.fixture
def section(tmp_path: Path) -> Written:
    """Write a percent script of the given cells, Markdown where one begins with '#', and return the section of it."""

    def write(*cells: str, name: str = "toy") -> Section:
        path = tmp_path / f"{name}.py"
        path.write_text("\n\n".join(map(percent_cell, cells)), encoding="utf-8")
        return Section(path)

    return write


def percent_cell(source: str) -> str:
    if source.startswith("#"):
        return "# %% [markdown]\n" + "\n".join(f"# {line}" for line in source.splitlines())
    return f"# %%\n{source}"


def test_sections_run_to_a_page_with_their_figures_and_tables(section: Written, tmp_path: Path) -> None:
    notebook = assemble([section("# Loss", FIGURE, "## In numbers", TABLE)], SETUP)

    page = export(execute(notebook, tmp_path / "run"), Front("Toy"))

    soup = soup_of(page)
    assert (tmp_path / "run/figures/line.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "run/notebook.ipynb").is_file()
    assert [heading.text for heading in soup.select("h1, h2, h3")] == ["Toy", "Loss", "In numbers"]
    assert attribute(one(soup, "figure.picture img"), "src").startswith("data:image/png;base64,")
    assert attribute(one(soup, "figure.picture img"), "alt") == r"Loss < 1 along $\theta(t)$."
    assert one(soup, "figure.picture figcaption math") is not None
    assert [cell.text for cell in soup.select("td")] == ["line", "1 × 10⁻⁵"]


def test_two_runs_of_one_notebook_give_the_same_bytes(section: Written, tmp_path: Path) -> None:
    chatter = "import warnings\nprint(object(), Path.cwd())\nwarnings.warn('careful', stacklevel=1)"
    notebook = assemble([section("# Loss", FIGURE, TABLE, chatter)], SETUP)

    runs = [execute(notebook, tmp_path / name) for name in ("first", "second")]

    first, second = ((tmp_path / name / "notebook.ipynb").read_bytes() for name in ("first", "second"))
    assert first == second
    assert export(runs[0], Front("Toy")) == export(runs[1], Front("Toy"))


def test_a_notebook_holds_no_time_address_or_folder_of_this_machine(
    section: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_CANARY", "hush-4711")
    chatter = "print(object(), folder.resolve() / 'x', Path.home() / 'y')\nundefined"

    with pytest.raises(IncompleteReport):
        execute(assemble([section(chatter)], SETUP), tmp_path / "run")

    text = (tmp_path / "run/notebook.partial.ipynb").read_text()
    assert "<object object> ./x ~/y" in text
    assert not [
        trace for trace in ("0x", str(tmp_path), str(Path.home()) + "/", "hush-4711", "start_time") if trace in text
    ]


@pytest.mark.parametrize(
    ("death", "cause"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import os; os._exit(0)", "Kernel died"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Kernel died"),
        ("import time; time.sleep(60)", "no end within its 2 seconds"),
    ],
)
def test_whatever_ends_a_notebook_early_is_a_failure_that_names_the_cell(
    section: Written, tmp_path: Path, death: str, cause: str
) -> None:
    notebook = assemble([section("# Fine", "print(1)"), section("x = 1", death, "print(2)", name="curvature")], SETUP)

    with pytest.raises(IncompleteReport, match=rf"section 'curvature', cell 2 \('{death[:9]}.*{cause}") as failure:
        execute(notebook, tmp_path / "run", timeout_seconds=2 if "sleep" in death else 120)

    partial = json.loads((tmp_path / "run/notebook.partial.ipynb").read_text())
    page = soup_of(export(failure.value.notebook, Front("Toy", banner=failure.value.banner)))
    assert not (tmp_path / "run/notebook.ipynb").exists()
    assert len(partial["cells"]) == len(failure.value.notebook.cells)
    assert "stopped at cell 7 of 9, in section “curvature”" in one(page, ".banner").text


def test_a_cell_that_never_ran_is_a_failure_whatever_the_runner_said(section: Written, tmp_path: Path) -> None:
    notebook = execute(assemble([section("x = 1")], SETUP), tmp_path)
    notebook.cells[-2].execution_count = None
    notebook.cells[-2].metadata["papermill"] = {"status": "completed"}

    assert stop_of(notebook) == (len(notebook.cells) - 2, "the kernel ended before this cell")


def test_a_run_that_succeeds_removes_the_partial_notebook_of_one_that_did_not(section: Written, tmp_path: Path) -> None:
    with pytest.raises(IncompleteReport):
        execute(assemble([section("1 / 0")], ""), tmp_path / "run")

    execute(assemble([section("1 / 1")], ""), tmp_path / "run")

    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notebook.ipynb"]


def test_a_module_beside_the_results_is_not_imported(section: Written, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/colorsys.py").write_text("raise SystemExit('a stray module was imported')")

    execute(assemble([section("import colorsys, sys\nassert '' not in sys.path")], ""), tmp_path / "run")


def test_braces_in_a_folder_name_are_letters(section: Written, tmp_path: Path) -> None:
    folder = tmp_path / "{run.__class__} 'θ'"

    execute(assemble([section("assert run_dir == '.'")], ""), folder)

    assert (folder / "notebook.ipynb").is_file()


def test_a_section_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"missing\.py: expected a jupytext percent script, got .*No such file"):
        assemble([Section(tmp_path / "missing.py")], "")


def test_cells_have_the_same_ids_every_time(section: Written) -> None:
    path = section("# One", "two = 2")

    first, second = assemble([path], SETUP), assemble([path], SETUP)

    assert [cell.id for cell in first.cells] == ["lossgeo-parameters", "lossgeo-setup", "toy-0", "toy-1", "lossgeo-end"]
    assert first == second


def test_a_section_of_an_analysis_knows_its_name_and_bears_its_title(section: Written, tmp_path: Path) -> None:
    template = section("# Loss\n\nWhat a loss is.", "print(f'this is {name}')").template
    first, second = Section(template, "near", "Near the end"), Section(template, "far", is_repeated=True)

    page = soup_of(export(execute(assemble([first, second], ""), tmp_path / "run"), Front("Toy")))

    assert [heading.text for heading in page.select("h2")] == ["Near the end", "Loss"]
    assert page.text.count("this is near") == page.text.count("this is far") == 1
    assert page.text.count("What a loss is.") == 1
    assert page.text.count("Read as above: “Loss”.") == 1


def test_a_failure_names_the_analysis_and_counts_only_the_cells_of_the_template(
    section: Written, tmp_path: Path
) -> None:
    template = section("# Loss", "1 / 0").template

    with pytest.raises(IncompleteReport, match=r"section 'far', cell 2 \('1 / 0'"):
        execute(assemble([Section(template, "far")], ""), tmp_path / "run")
