"""What is asked in a study, by name."""

from __future__ import annotations

from dataclasses import dataclass

from lossgeo.stages import Analyse, AnalyseTogether

MOST_NAMED = 4
"""Subjects of one analysis that the label of its job names."""


@dataclass(frozen=True)
class Question:
    """An analysis of a named subspace or network, or of several together, at a seed, and the job that answers it.

    Args:
        analysis: its name.
        subjects: names of the subspaces and networks that it is of.
        seed: of the study; None where no seed changes the weights.
        job: that answers.
    """

    analysis: str
    subjects: tuple[str, ...]
    seed: int | None
    job: Analyse | AnalyseTogether

    @property
    def subspace(self) -> str | None:
        """The name of the one subspace or network; None where several are looked at together."""
        return None if self.job.is_of_several else self.subjects[0]

    @property
    def label(self) -> str:
        """The analysis and what it is of, or of how much."""
        several = f"{len(self.subjects)} together" if len(self.subjects) > MOST_NAMED else ", ".join(self.subjects)
        return f"{self.analysis} of {several}"
