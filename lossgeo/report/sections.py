"""Which sections a report has, and the files that they are made of."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from lossgeo.analyses.base import Analysis
from lossgeo.documents.suggestions import quoted_nearest
from lossgeo.report.section import Section
from lossgeo.results import OpenStudy
from lossgeo.shipped import TEMPLATES, find_template, own_templates

OPENING = ("introduction",)
CLAIMED = ("claims",)
TRAINING = ("training",)
SWEEP = ("sweep",)
PLAIN = "other_analyses"
"""Name of the section of an analysis whose kind has no template."""
CLOSING = ("provenance",)
OWN = (*OPENING, *CLAIMED, *TRAINING, *SWEEP, PLAIN, *CLOSING)
"""Sections that are of no kind of analysis."""


def sections_of(study: OpenStudy) -> list[Section]:
    """Opening, claims, trainings, each analysis with results and a template, sweep, the other analyses, closing."""
    trained = TRAINING if any(one.job not in study.missing for one in study.jobs.named_trainings) else ()
    claimed = CLAIMED if study.spec.claims else ()
    swept = SWEEP if study.spec.sweep else ()
    before, after = _plain((*OPENING, *claimed, *trained)), _plain(swept)
    return [*before, *_of_analyses(study), *after, *_of_others(study), *_plain(CLOSING)]


def ignored_templates() -> list[str]:
    """A line for every file in ``report_templates/`` of the working directory that is named after no section."""
    kinds = sorted(Analysis.variants)
    return [
        f"{path}: ignored, because no section has this name; expected a kind of analysis ({', '.join(kinds)}) "
        f"or one of {', '.join(OWN)}{f'; did you mean {near}?' if near else ''}"
        for path in own_templates()
        if path.stem not in {*kinds, *OWN}
        for near in [quoted_nearest(path.stem, [*kinds, *OWN])]
    ]


def _plain(names: Iterable[str]) -> Iterator[Section]:
    found = (find_template(name) for name in names)
    return (Section(template) for template in found if template is not None)


def _of_analyses(study: OpenStudy) -> Iterator[Section]:
    seen: set[str] = set()
    for analysis in study.answered:
        template = _template(analysis)
        if template is not None:
            yield Section(template, analysis.called, analysis.title, is_repeated=analysis.kind in seen)
        seen.add(analysis.kind)


def _of_others(study: OpenStudy) -> Iterator[Section]:
    template = find_template(PLAIN)
    for analysis in study.answered:
        if template is not None and _template(analysis) is None:
            yield Section(template, analysis.called)


def _template(analysis: Analysis) -> Path | None:
    """The template of an analysis: in the working directory, beside the file that defines its kind, or shipped."""
    file = getattr(sys.modules.get(type(analysis).__module__), "__file__", None)
    return find_template(analysis.kind, None if file is None else Path(file).parent / TEMPLATES)
