"""Claims judged: published values beside the study's own, with a verdict."""

from lossgeo.claims.judge import check, judged, verdict_on
from lossgeo.claims.listing import answer, frame, markdown, remarks, rows, summaries
from lossgeo.claims.verdict import Outcome, Verdict

__all__ = [
    "Outcome",
    "Verdict",
    "answer",
    "check",
    "frame",
    "judged",
    "markdown",
    "remarks",
    "rows",
    "summaries",
    "verdict_on",
]
