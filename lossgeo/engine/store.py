"""The store: one folder for each finished job, named by its key; it is complete or it does not exist.

    objects/<first two digits>/<key>/   job.json, result.json, arrays.safetensors, provenance.json, manifest.json
    tmp/<key>.<random>/                 results being written
    checkpoints/<key>/                  the last state of a job that is not finished, or of a group of jobs
    locks/<key>.lock                    held while a job is computed; also one of its group
    quarantine/<key>.<random>/          damaged results, set aside
    journal.jsonl                       a line per attempt

A result is written aside, synced and renamed; correctness rests on the rename alone. The sums in the manifest protect
against accident, not against someone who can write the store.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from lossgeo.engine import codec
from lossgeo.engine.checkpoint import Checkpoint
from lossgeo.engine.files import sync_folder, write_folder, writing
from lossgeo.engine.job import Job
from lossgeo.engine.journal import Journal
from lossgeo.engine.key import to_json
from lossgeo.engine.locks import Locks
from lossgeo.engine.manifest import JOB, MANIFEST, PROVENANCE, Damaged, Sum, render, verify
from lossgeo.errors import MissingResult, StoreError

R = TypeVar("R")

logger = logging.getLogger(__name__)

RESULT = (codec.SCALARS, codec.ARRAYS)
OCCUPIED = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}


class Store:
    """The results of jobs, in a folder that any number of processes may share.

    Each result is checked against its manifest once per ``Store``, when it is first asked for. One that is damaged or
    half-written is moved to ``quarantine/`` with a warning, and counts as missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.journal = Journal(root / "journal.jsonl")
        self._locks = Locks(root / "locks")
        self._sound: dict[str, Mapping[str, Sum]] = {}

    def folder(self, job: Job[Any]) -> Path:
        """The folder of a job's result, whether it exists yet or not."""
        return self.root / "objects" / job.key[:2] / job.key

    def __contains__(self, job: Job[Any]) -> bool:
        folder = self.folder(job)
        if not os.path.lexists(folder):
            self._sound.pop(job.key, None)
        elif job.key not in self._sound:
            try:
                self._sound[job.key] = verify(folder, job.key)
            except Damaged as damage:
                self._set_aside(folder, damage)
            except OSError as error:
                raise StoreError(f"{folder}: cannot be read: {error}; check the disk and run again") from error
        return job.key in self._sound

    def load(self, job: Job[R]) -> R:
        """The stored result of a job, after its files were checked.

        Raises:
            MissingResult: it is not in the store.
            StoreError: it is sound but is not a record of ``job.result_type``.
        """
        files = {name: self._read(job, name) for name in RESULT}
        try:
            return codec.load(job.result_type, files)
        except TypeError as error:
            raise StoreError(
                f"{self.folder(job)}: {error}; the record was changed without a new key: "
                f"raise `version` of {job.kind} and run again"
            ) from error

    def provenance(self, job: Job[Any]) -> dict[str, Any]:
        """How the result of a job was computed, as given to `publish`.

        Raises:
            MissingResult: the result is not in the store.
        """
        provenance: dict[str, Any] = json.loads(self._read(job, PROVENANCE))
        return provenance

    def publish(self, job: Job[R], result: R, provenance: Mapping[str, Any]) -> None:
        """Store a result; if one is stored already, it is kept, with a warning if the new one differs.

        Raises:
            StoreError: it cannot be written; then nothing of it is left in the store.
        """
        files = {JOB: job.inputs, PROVENANCE: to_json(provenance), **codec.dump(result, job.result_type)}
        sums = {name: Sum.of(content) for name, content in files.items()}
        aside = self.root / "tmp" / f"{job.key}.{uuid4().hex}"
        with writing(self.root):
            try:
                write_folder(aside, {**files, MANIFEST: render(job.key, sums)})
                self._settle(aside, job, sums)
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def checkpoint(self, job: Job[Any]) -> Checkpoint:
        """The folder where a job, or all jobs of its group together, keep their state while they are computed."""
        group = job.group
        return Checkpoint(self.root / "checkpoints" / (job.key if group is None else group))

    @contextmanager
    def lock(self, *jobs: Job[Any]) -> Iterator[None]:
        """Wait until no other process computes these jobs or others of their group, and make others wait meanwhile.

        Raises:
            StoreError: a lock file cannot be written.
        """
        names = {name for job in jobs for name in (job.key, job.group) if name is not None}  # a group has a checkpoint
        with ExitStack() as holding:
            with writing(self.root):
                for name in sorted(names):  # in the same order everywhere, or two processes could wait for each other
                    holding.enter_context(self._locks.hold(name))
            yield

    def prepare(self) -> None:
        """Check that the store can be written, and remove what dead runs left half-written.

        Raises:
            StoreError: the store cannot be written.
        """
        with writing(self.root):
            aside = self.root / "tmp"
            aside.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=aside).close()
            for leftover in filter(_is_ours, aside.iterdir()):
                with self._locks.hold(leftover.name.partition(".")[0], wait=False) as is_held:
                    if is_held:
                        shutil.rmtree(leftover, ignore_errors=True)

    def _read(self, job: Job[Any], name: str) -> bytes:
        """The content of one file of a result."""
        if job in self:
            with suppress(FileNotFoundError):
                return (self.folder(job) / name).read_bytes()
        raise MissingResult(
            f"{job.label}: expected a result of {job.kind} {job.key[:12]} in {self.root}, got none; "
            f"compute it with `lossgeo run` and the study's spec"
        )

    def _settle(self, aside: Path, job: Job[Any], sums: Mapping[str, Sum]) -> None:
        """Rename a complete folder to its final name, unless an undamaged result is there."""
        target = self.folder(job)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _is_renamed(aside, target):
            if job in self:
                self._compare(job, sums)
                return
            aside.rename(target)  # what was there was damaged, and is set aside
        sync_folder(target.parent)
        sync_folder(target.parent.parent)
        self._sound[job.key] = sums

    def _compare(self, job: Job[Any], sums: Mapping[str, Sum]) -> None:
        """Warn if a result that was computed again differs from the stored one."""
        stored = self._sound[job.key]
        for name in RESULT:
            if stored[name] != sums[name]:
                logger.warning(
                    "NONDETERMINISM key=%s: %s: expected the stored %s, got %s; the stored result is kept",
                    *(job.key, job.label, f"{name} of {stored[name]}", sums[name]),
                )

    def _set_aside(self, folder: Path, damage: Damaged) -> None:
        """Move a damaged result to `quarantine/`, with a warning."""
        quarantine = self.root / "quarantine"
        place = quarantine / f"{folder.name}.{uuid4().hex[:8]}"
        try:
            quarantine.mkdir(exist_ok=True)
            folder.rename(place)
        except FileNotFoundError:
            return  # another process was quicker
        except OSError as error:
            logger.warning("%s is damaged: %s; it cannot be set aside (%s)", folder, damage, error.strerror)
        else:
            logger.warning("%s is damaged: %s; set aside as %s, to be computed again", folder, damage, place)


def _is_ours(path: Path) -> bool:
    """Whether a name in ``tmp/`` is one that `publish` gives; other files there are left alone."""
    return re.fullmatch(r"[0-9a-f]{64}\.[0-9a-f]{32}", path.name) is not None


def _is_renamed(source: Path, target: Path) -> bool:
    """Rename a folder; False if the new name is taken."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno not in OCCUPIED:
            raise
        return False
    return True
