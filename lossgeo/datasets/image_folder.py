"""Data sets of the user's own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from lossgeo.datasets import decoding
from lossgeo.datasets.picture_files import Limits, picture_files, stamp
from lossgeo.datasets.pictures import Official, Pictures
from lossgeo.datasets.places import SHA256_PATTERN, SOURCE_PATTERN, located, mismatch
from lossgeo.errors import DataError
from lossgeo.landscape.randomness import stream
from lossgeo.lazy import torch


class ImageFolder(Pictures, kind="image_folder"):
    """Pictures in files train/<class>/<file> and test/<class>/<file>, below a data folder or in a tar archive there.

    Files are JPEG or PNG in RGB, all of one size; classes are numbered in alphabetical order. The numbers that were
    decoded are verified by their SHA-256: decoders of JPEG may differ, and what counts is what the network sees.
    """

    source: str = Field(
        default="pictures",
        pattern=SOURCE_PATTERN,
        description="name of a folder, .tar, .tar.gz or .tar.xz below a data folder, of letters, digits and . _ - /",
    )
    sha256: str = Field(
        default="",
        pattern=SHA256_PATTERN,
        description="SHA-256 of the decoded pictures, 64 hexadecimal digits; a run without it says what to write here",
    )
    classes: int = Field(default=10, ge=2, le=100_000, description="number of classes: folders in train/, and in test/")
    size: int = Field(default=32, ge=1, le=1024, description="width and height of every picture in pixels")
    train_files: int = Field(default=50_000, ge=2, le=10_000_000, description="number of pictures in train/")
    test_files: int = Field(default=10_000, ge=1, le=10_000_000, description="number of pictures in test/")
    train: int = Field(default=45_000, ge=1, description="number of training examples, from the pictures in train/")
    validation: int = Field(default=5_000, ge=1, description="number of validation examples, from the rest of train/")
    test: int | None = Field(
        default=None, ge=1, description="number of test examples, drawn at random from test/; null: all"
    )

    @property
    def inputs(self) -> tuple[int, ...]:
        return (3, self.size, self.size)

    @property
    def outputs(self) -> int:
        return self.classes

    @property
    def official_train(self) -> int:
        return self.train_files

    @property
    def official_test(self) -> int:
        return self.test_files

    def look_for(self, folders: Sequence[Path]) -> None:
        located(self.source, folders, self.kind)

    def official(self, folders: Sequence[Path]) -> Official:
        """Both parts; the test part in random order, so that its first pictures are not all of one class.

        Raises:
            DataError: if `source` is nowhere, holds anything else than the options say, or has another digest.
        """
        source = located(self.source, folders, self.kind)
        limits = Limits(files=self.train_files + self.test_files, pixels=self.size**2)
        mark = stamp(source, limits)
        kept = decoding.kept(mark, self.sha256)
        found = decoding.decoded(picture_files(source, limits), source, self.size) if kept is None else kept
        self._check_sizes(found, source)
        if kept is None:
            if (digest := decoding.digest(found)) != self.sha256:
                raise mismatch(f"{source}: the decoded pictures", digest, self.sha256)
            decoding.keep(mark, found)
        order = torch.randperm(self.test_files, generator=stream(0, "image_folder"))
        return Official(found.train_inputs, found.train_targets, found.test_inputs[order], found.test_targets[order])

    def _check_sizes(self, official: Official, source: Path) -> None:
        for part, targets, expected in (
            ("train", official.train_targets, self.train_files),
            ("test", official.test_targets, self.test_files),
        ):
            if len(targets) != expected:
                raise DataError(
                    f"{source}: {part}: expected {expected:,} pictures, got {len(targets):,}; "
                    f"complete it, or write {part}_files: {len(targets)}"
                )
        if (classes := int(official.train_targets.max()) + 1) != self.classes:
            raise DataError(f"{source}: expected {self.classes} classes, got {classes}; write classes: {classes}")
