from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from toy_cells import attribute, one, soup_of

from lossgeo.errors import ReportError
from lossgeo.report import display
from lossgeo.report.aside import write_aside
from lossgeo.report.block import Block
from lossgeo.report.guard import check
from lossgeo.report.table import number


def drawing() -> Figure:
    fig = Figure(figsize=(4, 3))
    fig.subplots().plot([0, 1])
    return fig


def cells(block: Block, column: int) -> list[str]:
    rows = soup_of(block.html).select("tbody tr")
    return [row.select("td")[column].text for row in rows]


def test_a_figure_is_saved_shown_and_closed(tmp_path: Path) -> None:
    fig, axis = plt.subplots(figsize=(4, 3))
    axis.plot([0, 1])

    block = display.figure(fig, "loss.curve-0", 'What "to" see < here.', tmp_path, layout="wide")

    soup = soup_of(block.html)
    assert (tmp_path / "figures/loss.curve-0.png").is_file()
    assert soup.select("figure.picture.wide")
    assert one(soup, "figcaption").text == attribute(one(soup, "img"), "alt") == 'What "to" see < here.'
    assert 300 < int(attribute(one(soup, "img"), "width")) < 420
    assert not plt.fignum_exists(fig.number)


def test_the_same_drawing_is_saved_as_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        display.figure(drawing(), name, "", tmp_path)

    assert (tmp_path / "figures/a.png").read_bytes() == (tmp_path / "figures/b.png").read_bytes()


OUTSIDE = ["../x", "", "A", "a/b", ".hidden", "x.", "a" * 193, "a\n"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_figure_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="figure: expected a name"):
        display.figure(drawing(), name, "", tmp_path)

    assert list(tmp_path.iterdir()) == []


def solid() -> go.Figure:
    return go.Figure(go.Scatter3d(x=[0, 1], y=[0, 1], z=[0, 1]))


def test_an_interactive_figure_is_a_file_beside_the_page_with_a_link_to_it(tmp_path: Path) -> None:
    block = display.interactive(solid(), "loss.curve-3d", "What <to> see: $x^2$.", tmp_path)

    soup = soup_of(block.html)
    assert attribute(one(soup, "a"), "href") == "figures/loss.curve-3d.html"
    assert (tmp_path / "figures/loss.curve-3d.html").is_file()
    assert "What <to> see" in one(soup, "aside.note").text
    check(block.html)


def test_an_interactive_figure_has_all_it_needs_within_itself(tmp_path: Path) -> None:
    display.interactive(solid(), "x", "What <to> see.", tmp_path)

    soup = soup_of((tmp_path / "figures/x.html").read_text(encoding="utf-8"))
    assert soup.select("[src], link, iframe, base") == []
    assert len(str(soup.select("script"))) > 1_000_000  # the library itself
    assert one(soup, "body > p").text == "What <to> see."


def test_an_interactive_figure_may_reach_nothing_and_offers_no_upload(tmp_path: Path) -> None:
    display.interactive(solid(), "x", "", tmp_path)

    soup = soup_of((tmp_path / "figures/x.html").read_text(encoding="utf-8"))
    policy = attribute(one(soup, "meta[http-equiv=Content-Security-Policy]"), "content")
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert '"showSendToCloud": false' in soup.select("script")[-1].text


def test_the_same_interactive_figure_is_saved_as_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        display.interactive(solid(), "x", "", tmp_path / folder)

    assert (tmp_path / "a/figures/x.html").read_bytes() == (tmp_path / "b/figures/x.html").read_bytes()


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_interactive_figure_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="figure: expected a name"):
        display.interactive(solid(), name, "", tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_numbers_are_set_as_a_typesetter_would() -> None:
    texts = [number(value, spec) for value, spec in [(-0.5, ".2f"), (1e-5, ".4g"), (-2e10, ".1e"), (float("inf"), "g")]]

    assert texts == ["−0.50", "1 × 10⁻⁵", "−2.0 × 10¹⁰", "∞"]


def test_a_table_formats_each_kind_of_cell() -> None:
    frame = pd.DataFrame(
        {"name": ["<b>", "$x$"], "loss": [0.123456, np.nan], "count": [7, 407050], "ok": [True, False]}
    )

    block = display.table(frame, "Losses.", {"loss": ".2f"})

    assert cells(block, 0) == ["<b>", "x"]
    assert cells(block, 1) == ["0.12", "–"]
    assert cells(block, 2) == ["7", "407,050"]
    assert cells(block, 3) == ["yes", "no"]


def test_columns_of_numbers_stand_at_the_right_and_texts_at_the_left() -> None:
    frame = pd.DataFrame(
        {"name": ["a"], "loss": [1.0], "interval": ["0.8 – 0.9"], "bracketed": ["[−1, 2]"], "missing": [None]}
    )

    header = soup_of(display.table(frame).html).select("th")

    assert [cell.get("class") for cell in header] == [None, ["number"], ["number"], ["number"], ["number"]]


def test_a_format_for_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"table: no columns \['los'\]; the frame has \['loss'\]"):
        display.table(pd.DataFrame({"loss": [1.0]}), "", {"los": ".2f"})


def test_an_empty_table_still_has_its_head() -> None:
    block = display.table(pd.DataFrame({"loss": []}))

    assert one(soup_of(block.html), "th").text == "loss"


def test_a_listing_is_shown_letter_by_letter() -> None:
    text = "title: <b>*x* $y$</b>\n  - &amp;"

    block = display.listing(text, "Spec", folded=False)

    soup = soup_of(block.html)
    assert one(soup, "pre").text == text
    assert one(soup, "details").has_attr("open")


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("old")

    write_aside(tmp_path / "page.html", "new θ")

    assert (tmp_path / "page.html").read_text(encoding="utf-8") == "new θ"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_folder_that_cannot_be_made_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("a file where a folder should be")

    with pytest.raises(ReportError, match=r"figures: expected a folder to write into \(File exists\); choose another"):
        write_aside(tmp_path / "figures" / "x.png", b"x")


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.png").mkdir()

    with pytest.raises(ReportError, match=r"x\.png: a file of 1 bytes could not be written \(.*\); free space"):
        write_aside(tmp_path / "x.png", b"x")

    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]
