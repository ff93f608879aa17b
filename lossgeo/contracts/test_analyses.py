"""The laws of analyses, each held on a curve and on something of more dimensions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pytest
import torch

from lossgeo.analyses.base import Analysis, Subject
from lossgeo.contracts.chosen import chosen, covering, is_chosen, is_shipped, of_every
from lossgeo.contracts.toys import subject
from lossgeo.engine import codec
from lossgeo.families.base import Family
from lossgeo.families.branches import Branches
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.simplex import Simplex
from lossgeo.measures.part import Part
from lossgeo.measures.record import Record
from lossgeo.variant import Variant


@dataclass(frozen=True, eq=False)
class Pair:
    """An analysis and a family, at toy size; what is computed of them is computed once for all laws."""

    analysis: Analysis
    family: Family

    @cached_property
    def answer(self) -> tuple[Record, Subject]:
        """The record of the analysis, with the subject that was asked."""
        asked = subject(self.family)
        return self.analysis.compute(asked), asked

    @property
    def record(self) -> Record:
        """The record of the analysis."""
        return self.answer[0]

    @cached_property
    def record_without_network(self) -> Record:
        """The record where there is no independent network."""
        return self.analysis.compute(replace(subject(self.family), independent=None))


def analyses() -> dict[str, Analysis]:
    """Toy analyses by kind."""
    return {kind: one.example().smoke() for kind, one in sorted(Analysis.variants.items()) if may_be_met(one)}


def families() -> dict[str, Family]:
    """Toy families by name: every kind, and a curve of each activation."""
    return {
        **{kind: one.example().smoke() for kind, one in sorted(Family.variants.items()) if may_be_met(one)},
        "triangle": Simplex(vertices=3),
        "tanh curve": MlpCurve(hidden=(4, 5)),
        "relu curve": MlpCurve(hidden=(6,), activation="relu"),
        "branches": Branches(vertices=3, split_epochs=(0,)),  # by default more than the published estimators take
    }


def may_be_met(variant: type[Variant]) -> bool:
    """Whether a variant may be the partner of one that is held to the laws: also a shipped one that is not."""
    return is_shipped(variant) or is_chosen(variant)


def pairs() -> list[Any]:
    """Every analysis with a curve and with something of more dimensions, and every family with some analysis."""
    asked, laid = analyses(), families()
    curves = [name for name, family in laid.items() if family.dimension == 1]
    wider = [name for name in laid if name not in curves]
    found = dict.fromkeys([*covering(list(asked), curves), *covering(list(asked), wider)])
    held = {*chosen(Analysis), *chosen(Family)}
    return [
        pytest.param(Pair(asked[analysis], laid[family]), id=f"{analysis}-{family}")
        for analysis, family in found
        if {analysis, family} & held
    ]


OF_PAIRS = pytest.mark.parametrize("pair", pairs())


def assert_equal(left: Record, right: Record) -> None:
    """Equal to the bit: as files of the store."""
    assert codec.dump(left, type(left)) == codec.dump(right, type(right))


@OF_PAIRS
def test_the_same_subject_gives_the_same_bits(pair: Pair) -> None:
    assert_equal(pair.analysis.compute(subject(pair.family)), pair.record)


@OF_PAIRS
def test_a_record_survives_the_store(pair: Pair) -> None:
    loaded = codec.load(pair.analysis.record, codec.dump(pair.record, pair.analysis.record))

    assert_equal(loaded, pair.record)
    assert repr(loaded.table()) == repr(pair.record.table())


@OF_PAIRS
def test_a_record_has_a_table_of_rows_with_the_same_columns(pair: Pair) -> None:
    assert len({tuple(row) for row in pair.record.table()}) == 1


@OF_PAIRS
def test_a_table_has_the_columns_and_the_values_that_are_declared(pair: Pair) -> None:
    declared, table = pair.analysis.columns(pair.family), pair.record.table()

    if not declared:
        pytest.skip("this analysis declares no columns")
    assert set(table[0]) == set(declared)
    known = {name: set(values) for name, values in declared.items() if values is not None}
    assert [name for name, values in known.items() if {row[name] for row in table} - values] == []


@OF_PAIRS
def test_an_analysis_leaves_its_subject_alone(pair: Pair) -> None:
    _, asked = pair.answer

    fresh = subject(pair.family)
    assert torch.equal(asked.fitted.basis, fresh.fitted.basis)
    assert all(torch.equal(asked.fitted.own[name], value) for name, value in fresh.fitted.own.items())
    assert torch.equal(asked.network.basis, fresh.network.basis)


@OF_PAIRS
def test_an_analysis_computes_without_a_network_unless_it_requires_one(pair: Pair) -> None:
    if pair.analysis.comparison(pair.family) == "required":
        with pytest.raises(ValueError, match=r"compare the subspace with a network|no independent network here"):
            _ = pair.record_without_network
    else:
        assert pair.record_without_network.table()


@OF_PAIRS
def test_an_analysis_that_compares_with_no_network_looks_at_none(pair: Pair) -> None:
    if pair.analysis.comparison(pair.family) != "none":
        pytest.skip("this analysis compares with the independent network")

    assert_equal(pair.record, pair.record_without_network)


@OF_PAIRS
def test_parts_that_are_joined_are_what_is_computed_undivided(pair: Pair) -> None:
    most, whole = pair.analysis.parts(pair.family), subject(pair.family)

    for count in {2, most} if most > 1 else set():
        parts = [pair.analysis.compute(replace(whole, part=Part(i, count))) for i in range(count)]
        assert_equal(pair.analysis.joined(parts), pair.record)


@of_every(Analysis)
def test_the_choice_of_subspaces_is_no_part_of_an_analysis_of_one(variant: type[Analysis]) -> None:
    analysis = variant.example()

    assert analysis.model_copy(update={"of": ("line",)}).everywhere() == analysis


@of_every(Analysis)
def test_the_evaluations_of_an_analysis_are_a_positive_number(variant: type[Analysis]) -> None:
    assert variant.example().evaluations(Simplex()) > 0
