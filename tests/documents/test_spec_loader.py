from __future__ import annotations

import pytest
from toy_spec import Menu, Oven, Pie, Soup

from lossgeo.documents.loader import read_text
from lossgeo.errors import SpecError


def complaint(text: str, *overrides: str) -> str:
    """What is said about a faulty menu."""
    with pytest.raises(SpecError) as caught:
        read_text(text, "menu.yaml", Menu, overrides)
    return str(caught.value)


def test_a_spec_becomes_a_frozen_model_with_floats_and_tuples() -> None:
    text = "title: Lunch\noven: {degrees: 200, door: [1e-3, 1]}\ncourses: [{kind: soup, salt: 1e-1}, {kind: pie}]\n"

    menu = read_text(text, "menu.yaml", Menu)

    assert menu == Menu(title="Lunch", oven=Oven(degrees=200.0, door=(0.001, 1.0)), courses=(Soup(salt=0.1), Pie()))
    assert isinstance(menu.oven.degrees, float)


@pytest.mark.parametrize(
    "text", ["\ufefftitle: Lunch\n", "title: Lunch\r\nguests: [1]\r\n", "--- # start\ntitle: Lunch\n...\n"]
)
def test_a_byte_order_mark_other_line_ends_and_document_marks_are_accepted(text: str) -> None:
    assert read_text(text, "menu.yaml", Menu) == Menu(title="Lunch")


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", '"; import os #', "2024-01-01", "no", "{x.__class__}", "$HOME"]
)
def test_strings_are_data_whatever_they_look_like(title: str) -> None:
    assert read_text(f"title: '{title}'\n", "menu.yaml", Menu).title == title


@pytest.mark.parametrize("title", ["no", "1:30", "017", "2024-01-01", "2024-13-45", ".nan"])
def test_a_plain_word_that_is_no_number_of_yaml_1_2_is_a_string(title: str) -> None:
    assert read_text(f"title: {title}\n", "menu.yaml", Menu).title == title


def test_the_condition_of_a_validator_is_what_was_expected() -> None:
    text = complaint("title: Lunch\ncourses:\n  - {kind: pie, slices: 7}\n")

    assert text.startswith("menu.yaml:3:25: courses.0.slices: got 7; expected an even number of slices\n")


def test_a_field_named_like_a_kind_is_not_taken_for_one() -> None:
    text = complaint("title: Lunch\nspecials:\n  pie: {kind: pie, pie: 1, slices: 3}\n")

    assert "menu.yaml:3:20: specials.pie.pie: got an unknown key; expected one of 'kind', 'slices'\n" in text
    assert "menu.yaml:3:36: specials.pie.slices: got 3; expected an even number of slices\n" in text


def test_a_union_is_described_once_and_whole() -> None:
    text = complaint("title: Lunch\noven: {heat: hot}\n")

    assert text.splitlines()[0] == "menu.yaml:2:14: oven.heat: got 'hot' (string); expected a number or 'auto'"


def test_an_optional_variant_leads_to_the_fault_inside_it() -> None:
    text = complaint("title: Lunch\nfavourite: {kind: soup, salt: 2}\n")

    assert text.splitlines()[0] == "menu.yaml:2:31: favourite.salt: got 2; expected a number > 0 and ≤ 1"


def test_a_pair_of_the_wrong_length_is_one_fault() -> None:
    text = complaint("title: Lunch\noven: {door: [1]}\n")

    assert (
        text.splitlines()[0] == "menu.yaml:2:14: oven.door: got a list of 1; expected a list of 2: a number, a number"
    )


def test_a_key_that_breaks_a_pattern_is_told_the_pattern_in_words() -> None:
    text = complaint("title: Lunch\nprices: {B2: [1]}\n")

    assert text.splitlines()[0] == "menu.yaml:2:10: prices.B2: got the key 'B2'; expected a string (lower-case letters)"


def test_a_list_is_not_called_too_short_for_its_faulty_elements() -> None:
    text = complaint("title: Lunch\nguests: [0]\n")

    assert text.splitlines()[0] == "menu.yaml:2:10: guests.0: got 0; expected an integer ≥ 1"
    assert "faults" not in text


def test_yes_is_close_to_true() -> None:
    assert "got 'Yes' (string); expected true or false; did you mean true?" in complaint("title: x\noven: {fan: Yes}\n")


def test_cross_checks_are_reported_together_with_faults_of_type() -> None:
    text = complaint("title: Lunch\nnote: Lunch\nguests: many\n")

    assert "menu.yaml:2:7: note: got the title again; expected something new\n" in text
    assert text.endswith("2 faults")


def test_a_cross_check_is_silent_where_the_schema_already_complains() -> None:
    text = complaint("title: 3\nnote: 3\n")

    assert "the title again" not in text


def test_a_faulty_key_at_the_start_does_not_hide_that_another_is_missing() -> None:
    text = complaint("1: x\nguests: [2]\n")

    assert "menu.yaml:1:1: 1: got the key 1 (number); expected a string; did you mean '1'?\n" in text
    assert (
        "title: got no such key among '1', 'guests'; expected a string of 1 or more characters (stands at the top)"
        in text
    )
    assert text.endswith("2 faults")


def test_only_the_first_of_two_equal_keys_is_checked_and_the_second_refused() -> None:
    text = complaint("title: Lunch\nguests: [0]\nguests: [0]\n")

    assert "menu.yaml:2:10: guests.0: got 0; expected an integer ≥ 1\n" in text
    assert "menu.yaml:3:1: guests: got the key a second time (first in line 2); expected every key once\n" in text
    assert text.endswith("2 faults")


def test_a_message_holds_no_control_characters_of_the_spec() -> None:
    text = complaint('title: Lunch\n"\\e[31m": 1\nnote: "\u202e"\noven: \u202e\n')

    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_a_thousand_faults_are_counted_but_not_all_shown() -> None:
    text = complaint("title: Lunch\n" + "".join(f"key{i}: 1\n" for i in range(1000)))

    assert text.endswith("\n1000 faults, of which the first 100 are shown")
    assert text.count("unknown key") == 100


def test_a_long_line_is_shown_around_the_caret() -> None:
    text = complaint(f"title: Lunch\noven: {{{' ' * 500}fun: true{' ' * 500}, fan: 1}}\n")

    shown, caret = text.splitlines()[1:3]
    assert len(shown) < 130
    assert shown[caret.index("^") :].startswith("fun: true")
