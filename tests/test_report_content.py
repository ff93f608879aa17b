"""The finished report of the tiny study, parsed: what it says is what the tables say, and all of it is there."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from math import degrees
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from quick_call import quick_call
from safetensors.numpy import load_file
from scipy.stats import t as student
from tiny_study import JOBS, SPEC, Finished, call, journal, without_torch, write_bare_templates

from lossgeo import figures, open_study
from lossgeo.documents.loader import read, read_text
from lossgeo.errors import MissingResult
from lossgeo.results import OpenStudy
from lossgeo.shipped import TEMPLATES, shipped
from lossgeo.spec.study import Study

KINDS = ("path", "plane", "intrinsic_dimension", "curvature")
SUBSPACES = ("line", "triangle", "curve")
TITLE = "A tiny study of <b>digits</b> & $D$ weights"


@pytest.fixture(scope="module")
def page(finished: Finished) -> BeautifulSoup:
    return BeautifulSoup((finished.report / "index.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def study(finished: Finished) -> OpenStudy:
    return open_study(finished.report)


def csv(finished: Finished, kind: str) -> pd.DataFrame:
    return pd.read_csv(finished.report / "tables" / f"{kind}.csv")


def one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    (found,) = page.select(selector)
    return found


def words(tag: Tag) -> str:
    return " ".join(tag.get_text().split())


def numbers_in(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text)


def with_interval(values: pd.Series, spec: str, low: float, high: float) -> str:
    """The mean over seeds with its 95 % interval, as scipy gives it, cut to what the quantity can be."""
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    ends = student.interval(0.95, len(values) - 1, loc=mean, scale=error) if error > 0 else (mean, mean)
    return f"{mean:{spec}} [{max(ends[0], low):{spec}}, {min(ends[1], high):{spec}}]"


# What stands at the top.


def test_the_title_is_that_of_the_spec_and_is_only_text(page: BeautifulSoup) -> None:
    heading = one(page, "h1")

    assert one(page, "title").get_text() == TITLE
    assert words(heading) == TITLE.replace("$", "")
    assert [child.name for child in heading.find_all(recursive=False)] == ["math"]


def test_the_description_is_only_text(page: BeautifulSoup) -> None:
    lead = one(page, "p.lead")

    assert words(lead) == "Two sentences about a *line*. Nothing <i>more</i>."
    assert lead.find() is None


def test_the_answer_is_that_of_the_summary(page: BeautifulSoup, finished: Finished) -> None:
    shown = [words(line) for line in page.select("section.answer > p")]

    assert shown == finished.summary()["answer"][:3]
    assert len(shown) == 3


def test_the_accuracies_of_the_answer_are_those_of_the_table(finished: Finished) -> None:
    points = csv(finished, "path").query("split == 'validation'")
    alone = points[points["place"] == "network"].groupby("seed")["accuracy"].first()
    losses = points[points["place"] == "network"].groupby("seed")["loss"].first()
    drawn = points[points["place"].isin(["route", "inside"])]
    spread = drawn[(drawn["place"] == "inside") | (drawn["subspace"] != "triangle")]
    means = spread.groupby(["subspace", "seed"], sort=False)[["accuracy", "loss"]].mean()
    means = means.groupby("subspace", sort=False).mean()

    said = finished.summary()["answer"][0]

    expected = [losses.mean(), *means["loss"], alone.mean(), *means["accuracy"], drawn["accuracy"].min()]
    assert list(means.index) == list(SUBSPACES)
    assert numbers_in(said) == [f"{value:.3f}" for value in expected]


def test_the_dimensions_of_the_answer_are_those_of_the_table(finished: Finished) -> None:
    found = csv(finished, "intrinsic_dimension")
    ranks = found[found["neighbours"] == 10].groupby("subspace", sort=False)["tangent_rank"].mean()
    inside = ((found["mle"] >= found["control_low"]) & (found["mle"] <= found["control_high"])).sum()

    said = numbers_in(finished.summary()["answer"][1])

    assert said[:3] == [f"{rank:.2f}" for rank in ranks]
    assert said[3:] == [str(inside), str(len(found))]


def test_the_turnings_of_the_answer_are_those_of_the_table(finished: Finished) -> None:
    shapes = csv(finished, "curvature").groupby("subspace", sort=False)
    turning = shapes["total_turning_radians"].mean().map(degrees)
    stretch = shapes[["length_weight_distance", "chord_weight_distance"]].apply(
        lambda part: (part["length_weight_distance"] / part["chord_weight_distance"]).mean()
    )

    said = numbers_in(finished.summary()["answer"][2])

    expected = [[f"{turning[name]:.1f}", f"{stretch[name]:.4f}"] for name in ("line", "curve")]
    assert sorted(said) == sorted([*expected[0], *expected[1]])


def test_the_headline_numbers_are_those_of_the_summary(page: BeautifulSoup, finished: Finished) -> None:
    shown = {words(one(item, "dt")): words(one(item, "dd")) for item in page.select(".numbers > div")}

    summarised = {number["label"]: number for number in finished.summary()["numbers"]}

    assert len(shown) == 1 + 3 + 1
    assert len(summarised) == 2 * (1 + 3) + 3 + 2 + 2  # the last two: curvature at the ends over that in the middle
    for text, value in shown.items():
        label, _, interval = text.partition(" [")
        number, digits = summarised[label], len(value.partition(".")[2])
        assert value == f"{number['mean']:.{digits}f}"
        assert interval == f"{number['low']:.{digits}f}, {number['high']:.{digits}f}]"
        assert number["seeds"] == 2
        assert number["low"] <= number["mean"] <= number["high"]


def test_the_interval_of_a_headline_number_is_that_of_the_seeds(finished: Finished) -> None:
    points = csv(finished, "path").query("split == 'validation' and place == 'inside' and subspace == 'triangle'")
    seeds = points.groupby("seed")["accuracy"].mean()

    (found,) = (
        number for number in finished.summary()["numbers"] if number["label"] == "mean validation accuracy, triangle"
    )

    low, high = student.interval(0.95, 1, loc=seeds.mean(), scale=seeds.std(ddof=1) / np.sqrt(2))
    assert found["mean"] == pytest.approx(seeds.mean(), abs=1e-12)
    assert (found["low"], found["high"]) == pytest.approx((max(low, 0), min(high, 1)), abs=1e-12)


def test_the_facts_name_data_network_and_seeds(page: BeautifulSoup) -> None:
    facts = words(one(page, "dl.facts"))

    assert "digits" in facts
    assert f"{64 * 8 + 8 + 8 * 10 + 10} weights" in facts
    assert "0, 1" in facts


# The sections.


def heading_of(template: str) -> str:
    """The first heading of a shipped section."""
    text = (shipped(TEMPLATES) / f"{template}.py").read_text(encoding="utf-8")
    found = re.search(r"^# # (.+)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_there_is_a_section_for_every_kind_of_analysis_in_the_order_of_the_spec(page: BeautifulSoup) -> None:
    found = [words(heading) for heading in page.select("h2")]

    assert found == [heading_of(name) for name in ("introduction", "training", *KINDS, "provenance")]


def test_the_links_of_the_contents_lead_to_the_headings(page: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in page.select("[id]")]

    for contents in page.select("nav.contents"):
        assert [link["href"] for link in contents.select("a")] == [f"#{name}" for name in ids]
    assert len(set(ids)) == len(ids) >= 7
    assert len(page.select("nav.contents")) == 2


def test_every_figure_has_a_picture_a_text_for_it_and_a_caption(page: BeautifulSoup) -> None:
    pictures = page.select("figure.picture")

    assert len(pictures) == 8
    for picture in pictures:
        assert len(str(one(picture, "img")["alt"])) > 40
        assert len(words(one(picture, "figcaption"))) > 40


def test_the_pictures_of_the_page_are_those_beside_it(page: BeautifulSoup, finished: Finished) -> None:
    shown = [base64.b64decode(str(image["src"]).partition("base64,")[2]) for image in page.select("img")]

    beside = {path.read_bytes() for path in (finished.report / "figures").glob("*.png")}

    assert set(shown) == beside
    assert all(picture.startswith(b"\x89PNG\r\n") for picture in shown)


def test_formulas_are_mathml_and_none_is_left_over(page: BeautifulSoup) -> None:
    formulas = page.select("main math")
    for details in page.select("details"):
        assert details.find("math") is None or "code" not in (details.get("class") or [])

    assert len(formulas) > 20
    assert len(page.select("math[display=block]")) >= 4
    assert page.select("merror") == []
    prose = " ".join(words(part) for part in page.select(".prose, figcaption, th, td"))
    assert "$" not in prose
    assert "\\" not in prose


def test_nothing_on_the_page_runs_or_is_fetched(page: BeautifulSoup) -> None:
    assert page.select("script, link, iframe, object, embed, base, form, video, audio, svg") == []
    attributes = [(tag.name, name, str(value)) for tag in page.find_all() for name, value in tag.attrs.items()]
    assert [found for found in attributes if found[1].startswith("on")] == []
    assert all(value.startswith("data:image/png;base64,") for _, name, value in attributes if name in ("src", "srcset"))
    links = [value for tag, name, value in attributes if name == "href"]
    assert all(link.startswith(("#", "https://")) for link in links)
    style = " ".join(tag.get_text() for tag in page.select("style"))
    assert "url(" not in style
    assert "@import" not in style


def test_all_code_is_folded(page: BeautifulSoup, finished: Finished) -> None:
    notebook = nbformat.read(finished.report / "notebook.ipynb", as_version=4)
    tags = {"hide", "parameters", "injected-parameters"}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and not tags & set(cell.metadata.tags)]

    folded = page.select("details.code")

    assert [tag for tag in folded if tag.has_attr("open")] == []
    assert [words(one(tag, "pre")) for tag in folded] == [" ".join(cell.source.split()) for cell in cells]
    assert all(highlight.find_parent("details") is not None for highlight in page.select(".highlight"))


def test_no_output_is_an_error_or_a_warning(page: BeautifulSoup) -> None:
    assert page.select(".output.error, .output.warning, .banner") == []


def test_the_notebook_ran_to_its_end(finished: Finished) -> None:
    notebook = nbformat.read(finished.report / "notebook.ipynb", as_version=4)
    nbformat.validate(notebook)

    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]

    assert counts == list(range(1, len(counts) + 1))
    assert not (finished.report / "notebook.partial.ipynb").exists()


# The tables of the page.


def cells(page: BeautifulSoup, heading: str) -> list[list[str]]:
    """The rows of the last table of a section."""
    (start,) = (tag for tag in page.select("h2") if words(tag) == heading)
    last: Tag | None = None
    for tag in start.find_all_next(["table", "h2"]):
        if tag.name == "h2":
            break
        last = tag
    assert last is not None
    return [[words(cell) for cell in row.select("td")] for row in last.select("tbody tr")]


def test_the_table_of_accuracies_has_the_intervals_of_the_seeds(page: BeautifulSoup, finished: Finished) -> None:
    points = csv(finished, "path").query("place in ('route', 'inside')").copy()
    inside_and_edges = points["subspace"] == "triangle"
    points.loc[inside_and_edges, "subspace"] += ", " + points["place"]
    grouped = points.groupby(["split", "subspace", "seed"])

    rows = {tuple(row[:2]): row[2:] for row in cells(page, heading_of("path"))}

    for split in ("train", "validation", "test"):
        for name in ("line", "triangle, route", "triangle, inside", "curve"):
            means, smallest, losses, largest = (
                grouped[column].agg(how)[split, name]
                for column, how in (
                    *(("accuracy", "mean"), ("accuracy", "min")),
                    *(("loss", "mean"), ("loss", "max")),
                )
            )
            assert rows[split, name][0].startswith(f"{means.mean():.4f}")
            assert rows[split, name][0] in (f"{means.mean():.4f}", with_interval(means, ".4f", 0, 1))
            assert rows[split, name][1] in (f"{smallest.mean():.4f}", with_interval(smallest, ".4f", 0, 1))
            assert rows[split, name][2] == with_interval(losses, ".4f", 0, np.inf)
            assert rows[split, name][3] == with_interval(largest, ".4f", 0, np.inf)
    assert {split for split, name in rows if name == "independent network"} == {"train", "validation", "test"}


def test_the_table_of_dimensions_is_that_of_the_tidy_table(page: BeautifulSoup, finished: Finished) -> None:
    found = csv(finished, "intrinsic_dimension").groupby(["subspace", "neighbours"], sort=False)

    rows = [row for row in cells(page, heading_of("intrinsic_dimension")) if row[0] in SUBSPACES]

    assert [[row[0], row[1]] for row in rows] == [list(map(str, group)) for group, _ in found]
    assert [row[2] for row in rows] == [str(value) for value in found["true_dimension"].first()]
    assert [row[4].split(" ")[0] for row in rows] == [f"{value:.3f}" for value in found["mle"].mean()]


def test_the_spec_with_every_default_is_on_the_page(page: BeautifulSoup, finished: Finished) -> None:
    written = (finished.report / "study.yaml").read_text(encoding="utf-8")

    listings = [tag.get_text() for tag in page.select("details.listing pre")]

    assert written.strip() in [text.strip() for text in listings]
    assert read_text(written, "study.yaml", Study) == read_text(SPEC, "tiny.yaml", Study)


def test_the_provenance_names_versions_and_no_person(page: BeautifulSoup, finished: Finished) -> None:
    listings = " ".join(tag.get_text() for tag in page.select("details.listing pre"))

    assert '"torch"' in listings
    assert finished.summary()["provenance"]["packages"]["torch"] in listings
    texts = [path.read_text(encoding="utf-8") for path in finished.report.glob("*.*") if path.is_file()]
    assert [text for text in texts if str(finished.folder) in text or f"{Path.home()}/" in text] == []


# What lies beside the page.


@pytest.mark.parametrize(
    ("kind", "rows"), [("path", 174), ("plane", 758), ("intrinsic_dimension", 12), ("curvature", 6)]
)
def test_the_table_of_a_kind_holds_every_observation(
    finished: Finished, study: OpenStudy, kind: str, rows: int
) -> None:
    found = csv(finished, kind)

    assert len(found) == rows
    assert set(zip(found["subspace"], found["seed"], strict=True)) == {(name, s) for name in SUBSPACES for s in (0, 1)}
    pd.testing.assert_frame_equal(found, study.table(kind), check_dtype=False)


def test_the_arrays_of_every_result_are_those_of_the_store(finished: Finished, study: OpenStudy) -> None:
    names = set()
    for question in study.jobs.questions:
        stored = load_file(study.store.folder(question.job) / "arrays.safetensors")
        name = f"{question.job.analysis.kind}-{question.subspace}-{question.seed}"
        names.add(f"{name}.npz")
        with np.load(finished.report / "arrays" / f"{name}.npz", allow_pickle=False) as written:
            assert set(written.files) == set(stored)
            for key, array in stored.items():
                np.testing.assert_array_equal(written[key], array, strict=True)
    assert {path.name for path in (finished.report / "arrays").iterdir()} == names


def test_the_folder_of_the_report_holds_what_is_promised(finished: Finished) -> None:
    assert {path.name for path in finished.report.iterdir()} == {
        *("index.html", "notebook.ipynb", "study.yaml", "summary.json", "run.json", ".lock"),
        *("tables", "arrays", "figures"),
    }
    assert {path.stem for path in (finished.report / "tables").iterdir()} == {*KINDS, "training", "study"}


def test_the_summary_is_plain_json(finished: Finished) -> None:
    text = (finished.report / "summary.json").read_text(encoding="utf-8")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    found = json.loads(text, parse_constant=refuse)
    assert (found["study"], found["title"], found["status"]) == ("tiny", TITLE, "complete")
    assert found["failures"] == []


def test_a_study_opens_from_its_report_wherever_both_were_moved(finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.folder, tmp_path / "moved")

    moved = open_study(tmp_path / "moved" / "reports" / "tiny")

    assert moved.missing == ()
    assert [(result.subspace, result.seed) for result in moved.results("plane")] == [
        (name, seed) for name in SUBSPACES for seed in (0, 1)
    ]
    assert read(moved.folder / "study.yaml", Study) == moved.spec


def test_a_study_says_which_analyses_it_has(study: OpenStudy) -> None:
    with pytest.raises(MissingResult, match=r"no analysis 'hessian'.*curvature, intrinsic_dimension, path, plane"):
        study.results("hessian")


def test_a_folder_without_a_report_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MissingResult, match="lossgeo run"):
        open_study(tmp_path)


# Rendering again.


def test_rendering_again_gives_the_same_bytes_and_tells_no_secret(finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.folder, tmp_path, dirs_exist_ok=True)
    elsewhere = {"PYTHONHASHSEED": "7", "CANARY": "canary-4711", "TZ": "Asia/Tokyo", **without_torch(tmp_path)}

    done = call("report", "tiny.yaml", folder=tmp_path, **elsewhere)

    again = tmp_path / "reports" / "tiny"
    assert (done.returncode, done.stdout) == (0, "reports/tiny/index.html\n")
    for name in ("index.html", "notebook.ipynb", "study.yaml"):
        assert (again / name).read_bytes() == (finished.report / name).read_bytes()
        assert b"canary-4711" not in (again / name).read_bytes()


OWN = """\
# %% [markdown]
# # My own curvature
# It is $\\kappa$.

# %%
results = study.results("curvature")
figure(
    figures.curvature([result for result in results if result.subspace == "curve"]),
    "my-curvature",
    "Curvature of the curve alone.",
    study.folder,
)

# %%
prose(f"There are {len(results)} results, <script>alert(1)</script> and `code`.")
"""


@pytest.fixture
def editing(finished: Finished, tmp_path: Path) -> Iterator[Finished]:
    """The finished study in a working directory with sections of its own."""
    shutil.copytree(finished.folder, tmp_path, dirs_exist_ok=True)
    write_bare_templates(tmp_path)
    yield Finished(tmp_path, finished.run)
    assert journal(tmp_path / ".lossgeo") == journal(finished.store)  # no job was run


def test_an_edited_section_is_rendered_without_running_a_job(editing: Finished) -> None:
    (editing.folder / TEMPLATES / "curvature.py").write_text(OWN, encoding="utf-8")

    done = quick_call("report", "tiny.yaml", folder=editing.folder)

    page = BeautifulSoup((editing.report / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert (done.returncode, done.stdout) == (0, "reports/tiny/index.html\n")
    assert editing.summary()["jobs"] == {"computed": 0, "reused": JOBS, "failed": 0, "blocked": 0}
    headings = [words(heading) for heading in page.select("h2")]
    assert "My own curvature" in headings
    assert "The section plane" in headings
    assert "There are 6 results, <script>alert(1)</script> and code." in words(one(page, "main"))
    assert page.select("script") == []
    assert words(one(page, "figcaption")) == "Curvature of the curve alone."
    assert (editing.report / "figures" / "my-curvature.png").is_file()


def test_an_edited_section_is_rendered_by_a_run_too(editing: Finished) -> None:
    (editing.folder / TEMPLATES / "curvature.py").write_text(OWN, encoding="utf-8")

    done = quick_call("run", "tiny.yaml", folder=editing.folder)

    assert done.returncode == 0
    assert editing.summary()["jobs"]["computed"] == 0
    assert "My own curvature" in (editing.report / "index.html").read_text(encoding="utf-8")


def test_a_section_that_fails_is_named_and_the_rest_is_kept(editing: Finished) -> None:
    broken = "# %% [markdown]\n# # Broken\n\n# %%\nstudy.results('no <b>such</b> kind')\n"
    (editing.folder / TEMPLATES / "plane.py").write_text(broken, encoding="utf-8")

    done = quick_call("report", "tiny.yaml", folder=editing.folder)

    page = BeautifulSoup((editing.report / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert (done.returncode, done.stdout) == (1, "")
    assert "report section 'plane', cell 2" in done.stderr
    assert "MissingResult" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Incomplete" in words(one(page, ".banner"))
    assert "plane" in words(one(page, ".banner"))
    assert "The section path" in [words(heading) for heading in page.select("h2")]
    assert (editing.report / "notebook.partial.ipynb").is_file()


# The figures as functions.


def drawn(name: str, results: list[Any]) -> Figure:
    """The figure of that name, drawn to the last pixel."""
    fig: Figure = getattr(figures, name)(results)
    fig.canvas.draw()
    plt.close(fig)
    return fig


FIGURES = [
    *(("path", "path"), ("plane", "plane"), ("dimension", "intrinsic_dimension")),
    *(("spectrum", "intrinsic_dimension"), ("curvature", "curvature")),
]


@pytest.mark.parametrize(("name", "kind"), FIGURES)
def test_a_figure_has_a_panel_for_every_subspace(study: OpenStudy, name: str, kind: str) -> None:
    fig = drawn(name, study.results(kind))

    titles = " ".join(ax.get_title("left") + ax.get_title() for ax in fig.axes)
    assert all(subspace in titles for subspace in SUBSPACES)


@pytest.mark.parametrize(("name", "kind"), FIGURES)
@pytest.mark.parametrize("lost", [("triangle", 1), ("line", 0)])
def test_a_seed_that_is_missing_leaves_a_gap(study: OpenStudy, name: str, kind: str, lost: tuple[str, int]) -> None:
    rest = [result for result in study.results(kind) if (result.subspace, result.seed) != lost]

    fig = drawn(name, rest)

    titles = " ".join(ax.get_title("left") + ax.get_title() for ax in fig.axes if ax.get_visible())
    assert len(rest) == 5
    assert all(subspace in titles for subspace in SUBSPACES)


@pytest.mark.parametrize(("name", "kind"), FIGURES)
def test_a_single_result_is_drawn(study: OpenStudy, name: str, kind: str) -> None:
    fig = drawn(name, study.results(kind)[:1])

    assert [ax for ax in fig.axes if ax.get_visible()]


def test_a_surface_that_is_missing_has_no_panel(study: OpenStudy) -> None:
    results = study.results("plane")

    def surfaces(fig: Figure) -> int:
        return sum(ax.get_visible() and ax.has_data() for ax in fig.axes)

    whole, part = surfaces(drawn("plane", results)), surfaces(drawn("plane", results[:-1]))

    assert part == whole - 1


def test_surfaces_of_loss_and_of_error_are_drawn(study: OpenStudy) -> None:
    fig = figures.plane(study.results("plane"), "loss")
    plt.close(fig)

    assert any("loss" in ax.get_ylabel() for ax in fig.axes)


def test_the_trainings_are_drawn_with_a_subspace_missing(study: OpenStudy) -> None:
    rest = [result for result in study.trainings() if result.name != "triangle"]

    fig = drawn("training", rest)

    assert len(rest) == 6
    assert all(len(ax.lines) == 6 for ax in fig.axes)


def test_figures_change_no_setting_and_leave_no_figure_open(study: OpenStudy) -> None:
    before = dict(plt.rcParams), plt.get_fignums()

    drawn("path", study.results("path"))

    assert (dict(plt.rcParams), plt.get_fignums()) == before
