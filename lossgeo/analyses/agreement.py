"""The training examples that all corners of a subspace answer correctly, and those of different seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from jaxtyping import Bool, Float64, UInt8
from pydantic import Field

from lossgeo.analyses.base import Analysis, Result, Subject, by_subspace
from lossgeo.analyses.headline import Headline, spoken
from lossgeo.analyses.shared import few, too_many_examples
from lossgeo.documents.faults import Fault
from lossgeo.families.base import Family
from lossgeo.measures.counts import all_right, any_right, independent_counts, right_counts
from lossgeo.measures.record import Record, Row, Values
from lossgeo.networks.made_of import Surroundings
from lossgeo.statistics import SHARE, Interval, over_seeds


@dataclass(frozen=True)
class AgreementRecord(Record):
    """Which training examples every corner answers correctly.

    Args:
        bits: of Cᵢ, the examples that corner i answers correctly, eight to a byte, the first in the highest bit, the
            last byte filled up with zeros; `[P bytes]`.
        examples: N, how many there are.
    """

    bits: UInt8[np.ndarray, "P bytes"]
    examples: int

    columns: ClassVar[tuple[str, ...]] = (
        "corners",
        *(f"{what}{suffix}" for suffix in ("", "_if_independent") for what in ("all_right", "any_right", "agree")),
    )

    @classmethod
    def of(cls, correct: Bool[np.ndarray, "P N"]) -> AgreementRecord:
        """The record of a table of correct answers with a row for each corner."""
        return cls(np.packbits(correct, axis=1), correct.shape[1])

    @property
    def correct(self) -> Bool[np.ndarray, "P N"]:
        """Which examples every corner answers correctly, with a row for each corner."""
        return np.unpackbits(self.bits, axis=1, count=self.examples).view(np.bool_)

    @cached_property
    def common(self) -> Bool[np.ndarray, " N"]:
        """The set S = ∩ᵢ Cᵢ: which examples all corners answer correctly."""
        found: np.ndarray = np.logical_and.reduce(self.correct, axis=0)
        return found

    @cached_property
    def accuracies(self) -> Float64[np.ndarray, " P"]:
        """The accuracy |Cᵢ| / N of every corner."""
        found: np.ndarray = self.correct.mean(axis=1)
        return found

    @cached_property
    def counts(self) -> Float64[np.ndarray, " P+1"]:
        """The share of the examples that n corners answer correctly, for n = 0 … P."""
        return right_counts(self.correct)

    @cached_property
    def counts_if_independent(self) -> Float64[np.ndarray, " P+1"]:
        """The expected share of examples that n corners answer correctly, if their errors are independent."""
        return independent_counts(self.accuracies)

    def table(self) -> list[Row]:
        """A row for every p = 1 … P: shares of the examples, each the mean over all choices of p corners.

        `all_right` is E|C|/N for p = 1 and |S|/N for p = P; `agree`, where p are all right or all wrong, is the
        agreement of pairs for p = 2.
        """
        columns = _shares(self.counts, "") | _shares(self.counts_if_independent, "_if_independent")
        return [
            {"corners": p + 1, **{name: float(values[p]) for name, values in columns.items()}}
            for p in range(len(self.bits))
        ]


@dataclass(frozen=True)
class Between:
    """The examples that subspaces of different seeds have in common: Sⱼ takes the place of the answers of a corner.

    Args:
        common: Sⱼ, a row a seed, `[J N]`.
    """

    common: Bool[np.ndarray, "J N"]

    @classmethod
    def of(cls, found: Sequence[Result[AgreementRecord]]) -> Between | None:
        """The comparison of the seeds of one subspace; None with a single seed."""
        return cls(np.stack([result.record.common for result in found])) if len(found) > 1 else None

    @property
    def shares(self) -> Float64[np.ndarray, " J"]:
        """The share that all of h hulls have in common, the mean over every choice of h = 1 … J; |S*|/N is the last."""
        return all_right(right_counts(self.common))

    @property
    def shares_if_independent(self) -> Float64[np.ndarray, " J"]:
        """The expected shares if the sets Sⱼ were independent; the last is the product of |Sⱼ|/N."""
        return all_right(independent_counts(self.common.mean(axis=1)))


class Agreement(Analysis, kind="agreement"):
    """The training examples that all networks of a subspace answer correctly, and those of all seeds.

    Cᵢ are the examples that corner i answers correctly, Sⱼ = ∩ᵢ Cᵢ those that all corners of the subspace of seed j
    do, and S* = ∩ⱼ Sⱼ those of all seeds: Yunis et al., *On convexity and linear mode connectivity in neural networks*,
    2022, section 4 and figure 5. Intersections shrink by chance with the number of networks, so each stands beside
    what independent errors would leave.
    """

    record: ClassVar[type[Record]] = AgreementRecord
    needs_classes: ClassVar[bool] = True
    columns_across: ClassVar[tuple[str, ...]] = ("hulls", "right_in_all_hulls", "right_in_all_hulls_if_independent")

    examples: int | None = Field(default=None, ge=1, description="use only the first N training examples; null: all")

    def faults(self, study: Surroundings) -> Iterator[Fault]:
        yield from super().faults(study)
        yield from too_many_examples(self, study, "train")

    def columns(self, family: Family) -> Mapping[str, Values]:
        return {**super().columns(family), "corners": range(1, family.corner_count + 1)}

    def compute(self, subject: Subject) -> AgreementRecord:
        landscape = subject.landscape("train")
        if self.examples is not None:
            landscape = landscape.first(self.examples)
        return AgreementRecord.of(landscape.correct(subject.corners, subject.progress))

    @classmethod
    def across(cls, results: Sequence[Result[AgreementRecord]]) -> list[Row]:
        """A row for every subspace of several seeds and h = 1 … J: what all corners of h hulls answer correctly."""
        return [
            {
                "subspace": name,
                **({} if found[0].split_epoch is None else {"split_epoch": found[0].split_epoch}),
                "hulls": h + 1,
                "right_in_all_hulls": float(between.shares[h]),
                "right_in_all_hulls_if_independent": float(between.shares_if_independent[h]),
            }
            for name, found in by_subspace(results).items()
            if (between := Between.of(found)) is not None
            for h in range(len(found))
        ]

    @classmethod
    def headline(cls, results: Sequence[Result[AgreementRecord]]) -> Headline:
        """The shares that a corner, all corners, and the corners of all seeds answer correctly."""
        said: list[str] = []
        numbers: dict[str, tuple[Interval, str]] = {}
        more: dict[str, tuple[Interval, str]] = {}
        for name, found in by_subspace(results).items():
            accuracy = over_seeds((float(result.record.accuracies.mean()) for result in found), SHARE)
            common = over_seeds((float(result.record.common.mean()) for result in found), SHARE)
            numbers[f"training examples that all corners of {name} answer correctly"] = (common, ".3f")
            more[f"training accuracy of a corner of {name}"] = (accuracy, ".3f")
            hulls = Between.of(found)
            last = [] if hulls is None else [float(hulls.shares[-1])]
            shares = [f"{100 * share:.1f} %" for share in (accuracy.mean, common.mean, *last)]
            said.append(f"{spoken(shares if said else _spelt_out(shares))} ({name})")
        sentence = f"Of the {results[0].record.examples:,} training examples {'; '.join(said)}."
        return Headline(sentence, numbers, more)

    def evaluations(self, family: Family) -> float:
        # Every corner is evaluated once; a training set is about five test sets.
        return family.corner_count * (5 if self.examples is None else self.examples / 10_000)

    def smoke(self) -> Self:
        return self.model_copy(update={"examples": few(self.examples)})


def _shares(counts: Float64[np.ndarray, " P+1"], suffix: str) -> dict[str, Float64[np.ndarray, " P"]]:
    every, some = all_right(counts), any_right(counts)
    return {f"all_right{suffix}": every, f"any_right{suffix}": some, f"agree{suffix}": every + 1 - some}


def _spelt_out(shares: Sequence[str]) -> list[str]:
    """The shares of a corner, of all corners, and of all seeds where there are several, with their names."""
    of = ("a corner answers {} correctly", "all corners together {}", "those of all seeds {}")
    return [text.format(share) for text, share in zip(of, shares, strict=False)]
