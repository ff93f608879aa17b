"""A waveform that a network learns to represent."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from jaxtyping import Float64
from pydantic import Field, model_validator

from lossgeo.datasets.base import Dataset, Split
from lossgeo.datasets.places import SHA256_PATTERN, SOURCE_PATTERN, located, mismatch
from lossgeo.errors import DataError
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.task import REGRESSION, Task
from lossgeo.lazy import torch

LARGEST_FILE = 2**28

SYNTHESISED = 8192
"""Samples of the waveform that is used without a source."""


class Waveform(Dataset, kind="waveform"):
    """Amplitude as a function of time, from −100 to 100 in equal steps: a regression that has nothing to generalise to.

    Validation and test are the training samples themselves, or a random part of them: their loss says how well the
    network represents the waveform it was given, and nothing else. Amplitudes are divided by the largest magnitude of
    the waveform. This is the audio experiment of Sitzmann et al., *Implicit Neural Representations with Periodic
    Activation Functions*, 2020 (arXiv:2006.09661), section 4.
    """

    inputs: ClassVar[tuple[int, ...]] = (1,)
    outputs: ClassVar[int] = 1
    task: ClassVar[Task] = REGRESSION

    source: str | None = Field(
        default=None,
        pattern=SOURCE_PATTERN,
        description="name of a WAV file with one channel, below a data folder; null: a synthesised note",
    )
    sha256: str = Field(
        default="",
        pattern=SHA256_PATTERN,
        description="SHA-256 of the file, 64 hexadecimal digits; a run without it says what to write here",
    )
    train: int = Field(default=4096, ge=2, description="number of training samples: the first N of the waveform")
    validation: int = Field(default=1024, ge=1, description="number of training samples drawn for validation")
    test: int | None = Field(
        default=None, ge=1, description="number of training samples drawn for the test; null: all of them"
    )
    split_seed: int = Field(default=0, ge=0, lt=2**63, description="seed of the order of the samples")

    @model_validator(mode="after")
    def _draws_from_the_training_samples(self) -> Self:
        if max(self.sizes.values()) > self.train:
            raise ValueError(f"validation and test of at most {self.train:,} samples, those that are trained on")
        if self.source is None and self.sha256:
            raise ValueError("no 'sha256' without a 'source'")
        if self.source is None and self.train > SYNTHESISED:
            raise ValueError(f"train of at most {SYNTHESISED:,} samples, or a 'source' that has more")
        return self

    @property
    def sizes(self) -> Mapping[Split, int]:
        return {
            "train": self.train,
            "validation": self.validation,
            "test": self.train if self.test is None else self.test,
        }

    def look_for(self, folders: Sequence[Path]) -> None:
        if self.source is not None:
            located(self.source, folders, self.kind)

    def read(self, folders: Sequence[Path]) -> Mapping[Split, Examples]:
        """The samples in random order as the training split; the first N of them as validation and as test.

        Raises:
            DataError: if `source` is nowhere, is no WAV file with one channel, has fewer samples than `train`, or
                another digest.
        """
        amplitudes = synthesised() if self.source is None else self._recorded(located(self.source, folders, self.kind))
        if len(amplitudes) < self.train:
            raise DataError(
                f"{self.kind}: {self.source!r} has {len(amplitudes):,} samples, expected at least {self.train:,}; "
                f"write train: {len(amplitudes)} or less"
            )
        targets = torch.from_numpy(amplitudes[: self.train] / np.abs(amplitudes).max())
        times = torch.linspace(-100, 100, self.train, dtype=torch.float64)
        order = self.permutation(self.train)
        train = Examples(times[order, None].float(), targets[order, None].float(), task=self.task)
        return {name: train.first(size) for name, size in self.sizes.items()}

    def _recorded(self, path: Path) -> Float64[np.ndarray, " S"]:
        """The amplitudes in a file, after its SHA-256 was checked."""
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            raise DataError(f"{path}: expected a WAV file of at most {LARGEST_FILE:,} bytes")
        content = path.read_bytes()
        if (found := sha256(content).hexdigest()) != self.sha256:
            raise mismatch(str(path), found, self.sha256)
        return recorded(content, path)


def recorded(content: bytes, path: Path) -> Float64[np.ndarray, " S"]:
    """The amplitudes in the bytes of a WAV file of any integer or float format, on the scale of the format.

    Raises:
        DataError: if they are no such file, or have several channels, no samples, or none but zeros.
    """
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # chunks of other programs beside the samples
            _, samples = wavfile.read(BytesIO(content))
    except (ValueError, EOFError, IndexError, KeyError, TypeError, struct.error) as error:
        raise DataError(f"{path}: expected a WAV file, got another ({error})") from error
    if samples.ndim != 1:
        raise DataError(f"{path}: expected one channel, got {samples.shape[1]}; mix them down to one first")
    middle = 128 if samples.dtype == np.uint8 else 0  # the one format without a sign
    amplitudes: Float64[np.ndarray, " S"] = samples.astype(np.float64) - middle
    if not np.isfinite(amplitudes).all() or not amplitudes.any():
        raise DataError(f"{path}: expected finite amplitudes that are not all zero")
    return amplitudes


def synthesised() -> Float64[np.ndarray, " S"]:
    """A note of 220 Hz sampled 8,000 times a second: five partials, of which higher ones are fainter and fade sooner.

    Σₖ exp(−3 k τ) sin(2π 220 k τ) / k with a rise of 1 − exp(−100 τ), τ in seconds.
    """
    tau = np.arange(SYNTHESISED) / 8000
    partials = [np.exp(-3 * k * tau) * np.sin(2 * np.pi * 220 * k * tau) / k for k in range(1, 6)]
    amplitudes: Float64[np.ndarray, " S"] = (1 - np.exp(-100 * tau)) * np.sum(partials, axis=0)
    return amplitudes
