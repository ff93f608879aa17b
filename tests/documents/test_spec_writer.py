from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_spec import Menu, Oven, Pie, Soup

from lossgeo.documents.loader import read_text
from lossgeo.documents.writer import flow, write
from lossgeo.spec.study import Study

numbers = st.floats(min_value=0, max_value=299, allow_nan=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
dishes = st.one_of(
    st.builds(Soup, salt=st.floats(min_value=1e-300, max_value=1)),
    st.builds(Pie, slices=st.integers().map(lambda half: 2 * half)),
)
menus = st.builds(
    Menu,
    title=texts.filter(bool),
    note=texts,
    oven=st.builds(
        Oven, degrees=numbers, minutes=st.none() | st.integers(), fan=st.booleans(), heat=numbers | st.just("auto")
    ),
    courses=st.lists(dishes, max_size=3).map(tuple),
    specials=st.dictionaries(texts, dishes, max_size=3),
    prices=st.dictionaries(
        st.text("abnoy", min_size=1, max_size=3), st.lists(numbers, max_size=3).map(tuple), max_size=2
    ),
    favourite=st.none() | dishes,
).filter(lambda menu: menu.note != menu.title)


@settings(max_examples=150, deadline=None)
@given(menus)
def test_what_is_written_reads_back_as_an_equal_value(menu: Menu) -> None:
    assert read_text(write(menu), "menu.yaml", Menu) == menu


@settings(max_examples=50, deadline=None)
@given(menus)
def test_what_was_read_back_is_written_the_same(menu: Menu) -> None:
    text = write(menu)

    assert write(read_text(text, "menu.yaml", Menu)) == text


def test_a_study_with_its_defaults_reads_back_as_an_equal_value() -> None:
    study = read_text("title: x\nanalyses: [{kind: plane}, {kind: curvature}]\n", "x.yaml", Study)

    assert read_text(write(study), "x.yaml", Study) == study


def test_every_default_is_written_in_the_order_of_the_fields_and_short_values_on_one_line() -> None:
    menu = Menu(title="Lunch at noon", courses=(Soup(),), specials={"no": Pie(slices=2)}, prices={"a": (1.0, 1e-7)})

    assert write(menu) == (
        "title: Lunch at noon\n"
        'note: ""\n'
        "oven: {degrees: 180.0, minutes: null, fan: false, heat: auto, door: [0.0, 1.0]}\n"
        "courses:\n"
        "  - {kind: soup, salt: 0.5}\n"
        "specials:\n"
        '  "no": {kind: pie, slices: 2}\n'
        "prices: {a: [1.0, 1.0e-7]}\n"
        "guests: [1]\n"
        "favourite: null\n"
    )


@pytest.mark.parametrize(
    "text", ["017", "1e-3", "1:30", "no", "Yes", "null", "~", "2024-01-01", "0x1F", "1_000", "a: b", "a #b", "- a", ""]
)
def test_a_string_that_another_reader_may_take_for_something_else_is_quoted(text: str) -> None:
    assert flow(text) == f'"{text}"'
    assert yaml.safe_load(flow(text)) == text


def test_what_is_written_means_the_same_to_a_reader_of_yaml_1_1() -> None:
    written = yaml.safe_load(write(Menu(title="no", oven=Oven(degrees=1e-9), specials={"1e3": Soup(salt=1e-5)})))

    assert (written["title"], written["oven"]["degrees"], written["specials"]["1e3"]["salt"]) == ("no", 1e-9, 1e-5)
