"""The laws of variants of every role."""

from __future__ import annotations

import pytest

from lossgeo.catalogue import ROLES
from lossgeo.contracts.chosen import of_every_variant
from lossgeo.documents.loader import read_text
from lossgeo.documents.writer import write
from lossgeo.variant import Variant


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_variant(role: str) -> None:
    assert ROLES[role].variants


@of_every_variant()
def test_every_option_has_a_default_or_there_is_an_example(variant: type[Variant]) -> None:
    if any(field.is_required() for field in variant.model_fields.values()):
        assert type(variant.example()) is variant
    else:
        assert variant.model_validate({}) == variant()


@of_every_variant()
def test_the_defaults_are_valid_when_they_are_written_out(variant: type[Variant]) -> None:
    assert variant.model_validate(variant.example().model_dump()) == variant.example()


@of_every_variant()
def test_every_option_is_described(variant: type[Variant]) -> None:
    undescribed = [name for name, field in variant.model_fields.items() if name != "kind" and not field.description]

    assert undescribed == []


@of_every_variant()
def test_every_variant_says_what_it_is_in_one_sentence(variant: type[Variant]) -> None:
    summary = (vars(variant)["__doc__"] or "").strip().split("\n\n")[0]

    assert summary.rstrip().endswith((".", ")", ":"))


@of_every_variant()
def test_a_smoke_run_of_every_variant_is_valid(variant: type[Variant]) -> None:
    small = variant.example().smoke()

    assert type(small) is variant
    assert variant.model_validate(small.model_dump()) == small


@of_every_variant()
def test_a_smoke_run_of_a_smoke_run_changes_nothing(variant: type[Variant]) -> None:
    small = variant.example().smoke()

    assert small.smoke() == small


@of_every_variant()
def test_a_written_variant_reads_back_as_itself(variant: type[Variant]) -> None:
    for value in (variant.example(), variant.example().smoke()):
        assert read_text(write(value), "variant.yaml", variant) == value


@of_every_variant()
def test_a_variant_cannot_be_changed(variant: type[Variant]) -> None:
    with pytest.raises(ValueError, match="frozen"):
        variant.example().__setattr__("kind", "another")


@of_every_variant()
def test_an_unknown_option_is_refused(variant: type[Variant]) -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        variant.model_validate({"no_such_option": 1})
