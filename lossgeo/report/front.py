"""The top of a report: the study's answer, its headline numbers and its facts."""

from __future__ import annotations

from lossgeo import __version__, claims
from lossgeo.analyses.headline import Headline
from lossgeo.report.front_matter import Front
from lossgeo.report.numbers import number
from lossgeo.results import OpenStudy
from lossgeo.statistics import Interval

SENTENCES_SHOWN = 3


def headlines(study: OpenStudy) -> list[Headline]:
    """The headline of each analysis of the study, in the order of the spec."""
    said = (analysis.headline(study.results(analysis.called)) for analysis in study.answered)
    return [headline for headline in said if headline is not None]


def front(study: OpenStudy, banner: str | None) -> Front:
    """The top of the page, with numbers from stored results only."""
    said = headlines(study)
    claimed = claims.answer(claims.judged(study))
    numbers = [
        (number(interval.mean, spec), _with_interval(label, interval, spec))
        for headline in said
        for label, (interval, spec) in headline.numbers.items()
    ]
    spec = study.spec
    problem = spec.resolved_problem
    training = spec.training
    facts = (
        *problem.facts,
        ("Training", f"{training.epochs} epochs, {training.optimizer.kind} at {training.optimizer.lr:g}"),
        ("Seeds", ", ".join(map(str, spec.seeds))),
        *([("BatchNorm", spec.batch_norm)] if problem.statistics.shapes else []),
    )
    return Front(
        title=spec.title,
        lead=spec.description,
        facts=facts,
        answer=(*([claimed] if claimed else []), *(headline.sentence for headline in said[:SENTENCES_SHOWN])),
        numbers=tuple(numbers),
        banner=banner,
        colophon=f"Made with lossgeo {__version__} from study.yaml beside this page.",
    )


def _with_interval(label: str, interval: Interval, spec: str) -> str:
    """The label of a number, with its interval over seeds."""
    if interval.low is None or interval.high is None:
        return label
    return f"{label} [{number(interval.low, spec)}, {number(interval.high, spec)}]"
