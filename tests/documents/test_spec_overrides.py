from __future__ import annotations

import pytest
from toy_spec import Menu, Oven, Pie, Soup

from lossgeo.documents.loader import read_text
from lossgeo.errors import SpecError

SPEC = "title: Lunch\ncourses: [{kind: soup}, {kind: pie}]\nguests: [1, 2]\n"


def menu(*overrides: str) -> Menu:
    """The menu with overrides."""
    return read_text(SPEC, "menu.yaml", Menu, overrides)


def complaint(*overrides: str) -> str:
    """What is said about faulty overrides."""
    with pytest.raises(SpecError) as caught:
        menu(*overrides)
    return str(caught.value)


def test_an_override_replaces_a_value() -> None:
    assert menu("title=Dinner").title == "Dinner"


def test_the_last_of_two_overrides_holds() -> None:
    assert menu("title=Dinner", "title=Supper").title == "Supper"


def test_an_override_makes_the_mappings_on_its_way() -> None:
    assert menu("oven.degrees=2e2").oven == Oven(degrees=200.0)


def test_an_override_steps_into_a_list_by_index() -> None:
    assert menu("courses.0.salt=1", "guests.1=7").courses == (Soup(salt=1.0), Pie())
    assert menu("guests.1=7").guests == (1, 7)


def test_an_override_may_be_a_flow_value() -> None:
    assert menu("courses=[{kind: pie, slices: 2}]").courses == (Pie(slices=2),)


def test_the_value_of_an_override_may_hold_an_equals_sign() -> None:
    assert menu("title=a=b").title == "a=b"


def test_an_override_may_set_null() -> None:
    assert menu("oven.minutes=5", "oven.minutes=").oven.minutes is None


def test_an_override_mends_a_fault_of_the_file() -> None:
    assert read_text("title: x\nguests: {a: 1, a: 2}\n", "menu.yaml", Menu, ["guests=[3]"]).guests == (3,)


def test_overrides_fill_an_empty_file() -> None:
    assert read_text("", "menu.yaml", Menu, ["title=Lunch"]) == Menu(title="Lunch")


def test_a_faulty_override_is_located_in_the_option_beside_the_faults_of_the_file() -> None:
    with pytest.raises(SpecError) as caught:
        read_text("title: 3\n", "menu.yaml", Menu, ["oven.degrees=hot", "courses=[{kind: pie, slices: 1}]"])

    assert str(caught.value) == (
        'menu.yaml:1:8: title: got 3 (number); expected a string of 1 or more characters; did you mean "3"?\n'
        "    title: 3\n"
        "           ^\n"
        "--set oven.degrees: got 'hot' (string); expected a number ≥ 0 and < 300\n"
        "    oven.degrees=hot\n"
        "                 ^\n"
        "--set courses: courses.0.slices: got 1; expected an even number of slices\n"
        "    courses=[{kind: pie, slices: 1}]\n"
        "                                 ^\n"
        "3 faults"
    )


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("oven.degree=2", "--set oven.degree: got an unknown key; expected one of"),
        ("ovn.degrees=2", "--set ovn.degrees: ovn: got an unknown key; expected one of"),
        ("guests.2=1", "--set guests.2: guests: got the step '2' into a list of 2; expected an index from 0 to 1"),
        ("guests.-1=1", "--set guests.-1: guests: got the step '-1' into a list of 2; expected an index from 0 to 1"),
        ("title.x=1", "--set title.x: title: got the step 'x' into 'Lunch'; expected a mapping or a list there"),
        ("title", "--set title: got 'title'; expected a path of at most 32 keys, '=' and a value"),
        ("=3", "--set '': got '=3'; expected a path of at most 32 keys, '=' and a value"),
        ("a..b=3", "--set a.''.b: got 'a..b=3'; expected a path of at most 32 keys, '=' and a value"),
        ("a." * 40 + "a=3", "expected a path of at most 32 keys, '=' and a value"),
        ("guests=[1", "--set guests: expected YAML, got an error"),
        ("title=\x1b", "--set title: expected printable text, got the character U+001B; delete it"),
        ("oven=&x {fan: true}", "--set oven: got the anchor '&x'; expected a value without an anchor"),
        ("oven={fan: true, fan: true}", "--set oven: oven.fan: got the key a second time (first in line 1); expected"),
    ],
)
def test_an_override_that_cannot_be_applied_says_why(override: str, message: str) -> None:
    assert message in complaint(override)


def test_two_unreachable_overrides_are_reported_together() -> None:
    assert complaint("title.x=1", "guests.9=1").endswith("\n2 faults")
