"""The front matter of a page, above its sections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Front:
    """The front matter of a page; every text but the banner may hold formulas between dollar signs.

    Attributes:
        title: The study's title.
        lead: What was studied, in a sentence or two.
        facts: The byline: (label, value), as in ``("Dataset", "Fashion-MNIST")``.
        answer: What came out, a line each.
        numbers: The headline numbers: (value, label), as in ``("0.881", "mean accuracy of the line")``.
        banner: Why the report is not complete, where it is not.
        colophon: The small print at the foot: versions, commands.
    """

    title: str
    lead: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    answer: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    banner: str | None = None
    colophon: str = ""
