"""From stored results to a report: sections, notebook, page, tables, summary."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock

from lossgeo import __version__, claims
from lossgeo.documents.writer import write
from lossgeo.engine.store import Store
from lossgeo.errors import ReportError
from lossgeo.plugins.handed import known
from lossgeo.provenance import environment
from lossgeo.report.aside import make_folder, write_aside
from lossgeo.report.front import front, headlines
from lossgeo.report.outputs import CLAIMS, file_digest, write_json, write_results
from lossgeo.report.section import Section
from lossgeo.report.sections import sections_of
from lossgeo.results import RUN, STUDY, OpenStudy
from lossgeo.spec.study import Study

PAGE = "index.html"
SUMMARY = "summary.json"
SAID = ("answer", "numbers", "claims")
"""The parts of a summary that follow from the results."""
SETUP = """\
from lossgeo import figures, open_study
from lossgeo.markdown import literal
from lossgeo.measures.quantity import shown
from lossgeo.plugins.handed import take_over_from_environment
from lossgeo.report.display import figure, interactive, listing, note, prose, show, table
from lossgeo.report.intervals import intervals
from lossgeo.statistics import POSITIVE, SHARE, over_seeds

take_over_from_environment()
del take_over_from_environment
study = open_study(run_dir)
"""
"""Makes the names that every cell of a section has at hand; docs/templates.md lists them."""


@dataclass(frozen=True)
class Counts:
    """The outcome of a run: jobs computed and reused, and the failures of those without a result."""

    computed: int
    reused: int
    failures: Mapping[str, str]
    blocked: int


def render(study: Study, store: Store, folder: Path, counts: Counts, *, resume: str, anew: bool = False) -> Path:
    """Write the whole report of a study into `folder` and return the path of its page.

    A page that was made of the same results, templates and version is left as it is, unless `anew`.

    Args:
        study: the resolved spec.
        store: where the results are.
        folder: ``reports/<study>``.
        counts: what the run did.
        resume: the command that computes what is missing.
        anew: render in any case.

    Raises:
        ReportError: a section failed; the notebook is kept as far as it got.
    """
    opened = OpenStudy(study, store, folder)
    make_folder(folder)
    with FileLock(folder / ".lock"):  # two runs into one folder would mix their files
        sections = sections_of(opened)
        banner = _banner(opened, counts, resume)
        fingerprint = _fingerprint(opened, sections, banner)
        before = None if anew else _current(folder, fingerprint)
        said = _said(opened) if before is None else {name: before[name] for name in SAID}
        files = _write(opened, sections, banner, counts) if before is None else before["page"]["files"]
        page = {"fingerprint": fingerprint, "files": files}
        write_json(folder / SUMMARY, {**_summary(opened, counts), **said, "page": page})
    return folder / PAGE


def _write(study: OpenStudy, sections: list[Section], banner: str | None, counts: Counts) -> dict[str, str]:
    """Write everything but the summary, whose presence marks a complete report; return the SHA-256 of each file."""
    before = _read_summary(study.folder).get("page", {}).get("files", {})
    (study.folder / SUMMARY).unlink(missing_ok=True)
    write_aside(study.folder / STUDY, write(study.spec))
    write_json(study.folder / RUN, {"store": _store_seen_from(study), "plugins": known()})
    written = [study.folder / STUDY, study.folder / RUN, *write_results(study), study.folder / PAGE]
    names = [path.relative_to(study.folder).as_posix() for path in written]
    ours = {path for pattern in ("tables/*.csv", "arrays/*.npz", CLAIMS) for path in study.folder.glob(pattern)} & {
        study.folder / name for name in before
    }
    for stale in ours - set(written):  # of results that the study no longer has; a summary may name anything else
        stale.unlink()
    try:
        _write_page(study, sections, banner)
    except ReportError as error:
        page: dict[str, Any] = {"fingerprint": None, "files": {}, "error": str(error)}
        write_json(
            study.folder / SUMMARY, {**_summary(study, counts), **_said(study), "page": page, "status": "incomplete"}
        )
        raise
    return {name: str(file_digest(path)) for name, path in zip(names, written, strict=True)}


def _write_page(study: OpenStudy, sections: list[Section], banner: str | None) -> None:
    """Run the sections and set the page; a section that fails still leaves a page, headed by the reason."""
    from lossgeo.report.completeness import IncompleteReport
    from lossgeo.report.notebook import assemble, execute
    from lossgeo.report.page import export

    stopped: IncompleteReport | None = None
    try:
        notebook = execute(assemble(sections, SETUP), study.folder)
    except IncompleteReport as error:
        stopped, notebook, banner = error, error.notebook, error.banner
    write_aside(study.folder / PAGE, export(notebook, front(study, banner)))
    if stopped is not None:
        raise stopped


def _fingerprint(study: OpenStudy, sections: list[Section], banner: str | None) -> str:
    """SHA-256 of everything that a page depends on: version, spec, banner, keys of the results, templates."""
    parts = [
        __version__,
        write(study.spec),
        SETUP,
        banner or "",
        _store_seen_from(study),
        *(plugin["sha256"] for plugin in known()),
    ]
    parts += [job.key for job in study.jobs.targets if job not in study.missing]
    parts += [section.label + section.source() for section in sections]
    return sha256("\0".join(parts).encode()).hexdigest()


def _store_seen_from(study: OpenStudy) -> str:
    """The path of the store relative to the report's folder, so that both may be moved together."""
    return os.path.relpath(study.store.root.resolve(), study.folder.resolve())


def _current(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """The summary of the last report, if its inputs and all of its files are unchanged."""
    summary = _read_summary(folder)
    page = summary.get("page", {})
    is_same = page.get("fingerprint") == fingerprint and set(SAID) <= set(summary)
    files: dict[str, str] = page.get("files", {})
    is_whole = bool(files) and all(file_digest(folder / name) == total for name, total in files.items())
    return summary if is_same and is_whole else None


def _read_summary(folder: Path) -> dict[str, Any]:
    """The summary of the last report; empty if none can be read."""
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        return summary if isinstance(summary["page"]["files"], dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _banner(study: OpenStudy, counts: Counts, resume: str) -> str | None:
    """The reason why the report is incomplete, and what to do; None if it is complete."""
    if not study.missing:
        return None
    total = len(set(study.jobs.targets))
    failed = "; ".join(f"{label}: {message}" for label, message in counts.failures.items())
    why = f" What failed: {failed}." if failed else ""
    return f"Incomplete: {len(study.missing)} of {total} results are missing.{why} To resume: {resume}"


def _summary(study: OpenStudy, counts: Counts) -> dict[str, Any]:
    """The summary of a study and of the run that was made of it."""
    return {
        "study": study.folder.name,
        "title": study.spec.title,
        "status": "incomplete" if study.missing else "complete",
        "jobs": {
            "computed": counts.computed,
            "reused": counts.reused,
            "failed": len(counts.failures),
            "blocked": counts.blocked,
        },
        "failures": [{"job": label, "message": message} for label, message in counts.failures.items()],
        "provenance": environment(),
    }


def _said(study: OpenStudy) -> dict[str, Any]:
    """What the summary says of the results: the same as long as they are the same."""
    said = headlines(study)
    numbers = [
        {"label": label, "mean": interval.mean, "low": interval.low, "high": interval.high, "seeds": interval.count}
        for headline in said
        for label, (interval, _) in {**headline.numbers, **headline.more}.items()
    ]
    answer = [headline.sentence for headline in said]
    return {"answer": answer, "numbers": numbers, "claims": claims.summaries(claims.judged(study))}
