"""The commands of lossgeo, without the command line, which is `cli`."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lossgeo import claims
from lossgeo.console import Console
from lossgeo.devices import require, workers_for
from lossgeo.documents.loader import read
from lossgeo.engine.cluster import Cluster
from lossgeo.engine.executor import Executor, Inline
from lossgeo.engine.plan import Plan, plan
from lossgeo.engine.runner import Outcome, run
from lossgeo.engine.signals import Terminated
from lossgeo.engine.store import Store
from lossgeo.errors import DataError, MissingResult, SpecError, StoreError
from lossgeo.jobs import Jobs
from lossgeo.plugins.wanted import Code
from lossgeo.provenance import provenance
from lossgeo.report.render import Counts, render
from lossgeo.report.sections import ignored_templates
from lossgeo.results import OpenStudy
from lossgeo.settings import data_folders, store_folder
from lossgeo.shipped import find_spec
from lossgeo.spec.study import Study
from lossgeo.streams import say
from lossgeo.worker import payload, perform

SMOKE = "-smoke"
NAME = re.compile(r"\w[\w .-]{0,99}")
REPORTS = Path("reports")
"""The folder of reports by default."""
NO_CODE = Code()
"""No plugins but those that are installed or trusted."""
ENVIRONMENT = {DataError.__name__, StoreError.__name__}
"""Failures of jobs that are due to the machine, not to the study."""


@dataclass(frozen=True)
class Request:
    """A study as requested on the command line.

    Args:
        spec: the file; also found among the shipped specs.
        overrides: ``a.b=value`` each, applied before validation.
        smoke: at toy size.
        store: of the results; by default that of the settings.
        code: the plugins that it may import.
        device: the option, as it was given.
        placed: the overrides that it stands for.
    """

    spec: Path
    overrides: tuple[str, ...] = ()
    smoke: bool = False
    store: Path | None = None
    code: Code = NO_CODE
    device: str | None = None
    placed: tuple[str, ...] = ()

    def study(self) -> Study:
        """The resolved spec, once its plugins are imported.

        Raises:
            SpecError: listing every fault, or the plugins that may not be imported.
        """
        if NAME.fullmatch(self.spec.stem) is None:
            raise SpecError(
                f"{str(self.spec)!r}: got the name {self.spec.stem!r}, which the report's folder takes; expected "
                f"letters, digits, spaces, '.', '_' and '-', the first a letter or digit; rename the file"
            )
        path = find_spec(self.spec)
        study = read(path, Study, (*self.placed, *self.overrides), lambda document: self.code.load(document, path))
        return study.smoke() if self.smoke else study

    @property
    def name(self) -> str:
        """The name of the study: that of its file, marked for a smoke run."""
        return self.spec.stem + (SMOKE if self.smoke else "")

    def open_store(self) -> Store:
        """The store of the results."""
        return Store(store_folder(self.store))

    def again(self, output: Path, data: Sequence[Path] = ()) -> str:
        """The command that computes missing results, into the same folder."""
        options = [part for override in self.overrides for part in ("--set", override)]
        options += ["--device", self.device] if self.device is not None else []
        options += ["--smoke"] if self.smoke else []
        options += [part for file in self.code.files for part in ("--plugin", str(file))]
        options += ["--allow-code"] if self.code.is_allowed else []
        options += ["--store", str(self.store)] if self.store is not None else []
        options += [part for folder in data for part in ("--data", str(folder))]
        options += ["--output", str(output)] if output != REPORTS else []
        return shlex.join(["lossgeo", "run", str(self.spec), *options])


def run_study(
    request: Request, output: Path, data: Sequence[Path], workers: int | None, *, check_claims: bool = False
) -> int:
    """Compute missing results and render the report; returns 0, 1 if jobs failed, 4 if for lack of data or disk.

    Raises:
        ClaimError: if no job failed, but a claim that is to be checked does not hold or cannot be checked.
    """
    study, store = request.study(), request.open_store()
    jobs, folders = Jobs(study), data_folders(data)
    if plan(jobs.targets, store).missing:
        study.resolved_problem.prepare(folders)
        require(study.resolved_problem.numerics)
    resume = request.again(output, data)
    try:
        with Console(names=jobs.labels) as console, _executor(study, store, folders, workers) as executor:
            outcome = run(jobs.targets, store, executor, console)
    except (KeyboardInterrupt, Terminated):
        say(f"stopped; what is finished is kept; to resume: {resume}", sys.stderr)
        raise
    _warn_of_templates()
    page = render(study, store, output / request.name, _counts(outcome, jobs.labels), resume=resume)
    code = _conclude(outcome, page, resume)
    if check_claims and code == 0:
        claims.check(OpenStudy(study, store, page.parent))
    return code


def render_again(request: Request, output: Path, *, check_claims: bool = False) -> int:
    """Render the report from stored results, without running a job; returns 0, or 1 if results are missing.

    Raises:
        MissingResult: if no result of the study is stored.
        ClaimError: if no result is missing, but a claim that is to be checked does not hold or cannot be checked.
    """
    study, store, resume = request.study(), request.open_store(), request.again(output)
    todo = plan(Jobs(study).targets, store)
    if not todo.reused:
        raise MissingResult(f"{request.name}: there is no result in {store.root}; to compute them: {resume}")
    counts = Counts(computed=0, reused=len(todo.reused), failures={}, blocked=0)
    _warn_of_templates()
    page = render(study, store, output / request.name, counts, resume=resume, anew=True)
    if todo.missing:
        say(f"{len(todo.missing)} results are missing; to compute them: {resume}", sys.stderr)
    say(str(page), sys.stdout)
    if check_claims and not todo.missing:
        claims.check(OpenStudy(study, store, page.parent))
    return 1 if todo.missing else 0


def plan_study(request: Request, data: Sequence[Path] = ()) -> tuple[Plan, Mapping[str, str]]:
    """The jobs that a run would compute and reuse, and the name of each job by its key.

    Raises:
        DataError: if something is to be computed and the data are not to be found.
    """
    study = request.study()
    jobs = Jobs(study)
    todo = plan(jobs.targets, request.open_store())
    note = look_for_data(study, data) if todo.missing else None
    if note is not None:
        say(note, sys.stderr)
    return todo, jobs.labels


def validate_study(request: Request, data: Sequence[Path] = ()) -> str:
    """The contents of a valid study in words, and where its data come from.

    Raises:
        SpecError: listing every fault of the spec.
        DataError: if its data are not to be found.
    """
    study = request.study()
    note = look_for_data(study, data)
    names = ", ".join(study.subspaces)
    held = f"{names} over {len(study.seeds)} seeds, {len(study.analyses)} analyses"
    return held if note is None else f"{held}; {note}"


def look_for_data(study: Study, data: Sequence[Path]) -> str | None:
    """The way in which a run will get the data of a study that are in no folder; None if it need not.

    Raises:
        DataError: if a run would not find them.
    """
    return study.resolved_problem.look_for(data_folders(data))


def _warn_of_templates() -> None:
    for line in ignored_templates():
        say(line, sys.stderr)


def _executor(study: Study, store: Store, folders: tuple[Path, ...], workers: int | None) -> Executor:
    if workers == 0:
        return Inline(store, folders, provenance)
    return Cluster(workers or workers_for(study.resolved_problem.numerics), perform, payload(study, store, folders))


def _counts(outcome: Outcome, labels: Mapping[str, str]) -> Counts:
    failures = {labels[job.key]: failure.reason for job, failure in outcome.failed.items()}
    return Counts(len(outcome.computed), len(outcome.reused), failures, len(outcome.blocked))


def _conclude(outcome: Outcome, page: Path, resume: str) -> int:
    if outcome.failed:
        say(f"{len(outcome.failed)} failed, {len(outcome.blocked)} not started; to resume: {resume}", sys.stderr)
    elif not outcome.computed:
        say(f"up to date: {len(outcome.reused)} results reused, none computed", sys.stderr)
    say(str(page), sys.stdout)
    if any(failure.kind in ENVIRONMENT for failure in outcome.failed.values()):
        return StoreError.exit_code
    return 1 if outcome.failed else 0
