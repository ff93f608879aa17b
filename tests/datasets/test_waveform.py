"""Waveforms, from files that the tests write and from the closed form."""

from __future__ import annotations

import struct
from hashlib import sha256
from math import exp, pi, sin
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from lossgeo.datasets.waveform import Waveform
from lossgeo.errors import DataError
from lossgeo.landscape.task import REGRESSION

WAVE = np.array([0.0, 0.25, -0.5, 0.125, 0.375, -0.125])

FORMATS = {
    "uint8": (WAVE * 128 + 128).astype(np.uint8),
    "int16": (WAVE * 2**15).astype(np.int16),
    "int32": (WAVE * 2**31).astype(np.int32),
    "float32": WAVE.astype(np.float32),
    "float64": WAVE,
}


def written(path: Path, samples: np.ndarray) -> Path:
    wavfile.write(path, 8000, samples)
    return path


def of(path: Path, **options: int | None) -> Waveform:
    """The waveform in a file, six samples long unless said otherwise."""
    total = sha256(path.read_bytes()).hexdigest()
    sizes = {"train": 6, "validation": 2, **options}
    return Waveform.model_validate({"source": path.name, "sha256": total, **sizes})


def in_time(dataset: Waveform, *folders: Path) -> tuple[np.ndarray, np.ndarray]:
    """Times and amplitudes of the training samples, by time."""
    times, values = dataset.split(folders)["train"].batch(slice(None))
    order = times[:, 0].argsort()
    return times[order, 0].numpy(), values[order, 0].numpy()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", FORMATS)
def test_a_waveform_is_the_same_in_every_format(name: str, tmp_path: Path) -> None:
    dataset = of(written(tmp_path / "a.wav", FORMATS[name]))

    times, values = in_time(dataset, tmp_path)

    np.testing.assert_allclose(times, [-100, -60, -20, 20, 60, 100], rtol=1e-6)
    np.testing.assert_allclose(values, WAVE / 0.5, atol=1e-7)


def test_samples_of_24_bits_are_read(tmp_path: Path) -> None:
    data = b"".join(int(value * 2**23).to_bytes(3, "little", signed=True) for value in WAVE)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 24000, 3, 24)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)

    _, values = in_time(of(tmp_path / "a.wav"), tmp_path)

    np.testing.assert_allclose(values, WAVE / 0.5, atol=1e-6)


def test_chunks_of_other_programs_are_passed_over(tmp_path: Path) -> None:
    content = bytearray(written(tmp_path / "a.wav", FORMATS["int16"]).read_bytes())
    content[12:12] = struct.pack("<4sI", b"mine", 4) + b"abcd"
    content[4:8] = struct.pack("<I", len(content) - 8)
    (tmp_path / "a.wav").write_bytes(content)

    _, values = in_time(of(tmp_path / "a.wav"), tmp_path)

    np.testing.assert_allclose(values, WAVE / 0.5, atol=1e-7)


def test_the_first_samples_are_scaled_by_the_whole_waveform_and_fill_the_whole_time(tmp_path: Path) -> None:
    times, values = in_time(of(written(tmp_path / "a.wav", WAVE), train=2), tmp_path)

    np.testing.assert_allclose(times, [-100, 100])
    np.testing.assert_allclose(values, [0, 0.5])


def test_what_is_read_is_a_regression_in_float32(tmp_path: Path) -> None:
    examples = of(written(tmp_path / "a.wav", WAVE)).split([tmp_path])["test"]

    assert examples.task is REGRESSION
    assert (examples.inputs.dtype, examples.inputs.shape) == (torch.float32, (6, 1))
    assert (examples.targets.dtype, examples.targets.shape) == (torch.float32, (6, 1))


def test_validation_and_test_are_training_samples() -> None:
    parts = Waveform(train=500, validation=60, test=300).split(())

    known = dict(torch.cat([parts["train"].inputs, parts["train"].targets], 1).tolist())
    assert len(known) == 500
    for name, size in (("validation", 60), ("test", 300)):
        found = dict(torch.cat([parts[name].inputs, parts[name].targets], 1).tolist())
        assert len(found) == size
        assert found.items() <= known.items()


def test_a_part_of_the_samples_is_spread_over_the_whole_time() -> None:
    times = Waveform(validation=256).split(())["validation"].inputs

    assert float(times.mean()) == pytest.approx(0, abs=4 * 57.7 / 16)
    assert float(times.std()) == pytest.approx(57.7, rel=0.15)


def test_another_seed_draws_other_samples() -> None:
    first, second = (Waveform(split_seed=seed).split(())["validation"].inputs for seed in (0, 1))

    assert not torch.equal(first, second)


def test_the_synthesised_note_is_its_formula() -> None:
    count = 8192
    times, values = in_time(Waveform(train=count))

    def amplitude(i: int) -> float:
        tau = i / 8000
        partials = (exp(-3 * k * tau) * sin(2 * pi * 220 * k * tau) / k for k in range(1, 6))
        return (1 - exp(-100 * tau)) * sum(partials)

    expected = np.array([amplitude(i) for i in range(count)])
    np.testing.assert_allclose(values, expected / np.abs(expected).max(), atol=1e-6)
    np.testing.assert_allclose(times[1:] - times[:-1], 200 / (count - 1), atol=1e-4)


def test_a_file_without_a_sum_in_the_spec_says_what_to_write_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", WAVE)
    total = sha256(path.read_bytes()).hexdigest()

    with pytest.raises(DataError) as caught:
        Waveform(source="a.wav").prepare([tmp_path])

    assert str(caught.value) == (
        f"{path}: SHA-256 {total}, expected none in the spec; if these are the data that are meant, "
        f"write into the data set of the spec:\n  sha256: {total}"
    )


def test_a_file_in_which_one_sample_differs_is_refused(tmp_path: Path) -> None:
    dataset = of(written(tmp_path / "a.wav", FORMATS["int16"]))
    other = FORMATS["int16"].copy()
    other[3] += 1
    written(tmp_path / "a.wav", other)

    with pytest.raises(DataError, match=rf"a\.wav: SHA-256 [0-9a-f]{{64}}, expected {dataset.sha256}"):
        dataset.prepare([tmp_path])


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.stack([WAVE, WAVE], 1), r"a\.wav: expected one channel, got 2; mix them down to one first"),
        (np.zeros(6), r"a\.wav: expected finite amplitudes that are not all zero"),
        (np.array([0.5, np.nan] * 3), r"a\.wav: expected finite amplitudes that are not all zero"),
        (WAVE[:5], r"'a\.wav' has 5 samples, expected at least 6; write train: 5 or less"),
    ],
    ids=["stereo", "silence", "not a number", "too short"],
)
def test_a_file_that_is_no_such_waveform_is_refused(samples: np.ndarray, message: str, tmp_path: Path) -> None:
    dataset = of(written(tmp_path / "a.wav", samples))

    with pytest.raises(DataError, match=message):
        dataset.prepare([tmp_path])


@pytest.mark.parametrize("content", [b"", b"RIFF", b"ID3 music" * 20, b"RIFF\xff\xff\xff\x7fWAVEfmt "])
def test_a_file_that_is_no_wav_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(content)

    with pytest.raises(DataError, match=r"a\.wav: expected a WAV file, got another"):
        of(tmp_path / "a.wav").prepare([tmp_path])


@pytest.mark.parametrize("end", range(1, 56))
def test_a_file_that_ends_early_is_a_data_error(end: int, tmp_path: Path) -> None:
    content = written(tmp_path / "a.wav", FORMATS["int16"]).read_bytes()
    (tmp_path / "a.wav").write_bytes(content[:end])

    with pytest.raises(DataError):
        of(tmp_path / "a.wav").prepare([tmp_path])


def test_a_file_that_is_nowhere_is_named_with_the_folders(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"waveform: 'a\.wav' is in none of the data folders\n.*looked for in:\n"
    ) as caught:
        Waveform(source="a.wav").prepare([tmp_path / "one"])

    assert str(tmp_path / "one") in str(caught.value)
    assert str(tmp_path / "cache" / "lossgeo" / "data") in str(caught.value)


@pytest.mark.parametrize(
    "source", ["../a.wav", "/a.wav", "", ".", "a//b", "a/../b", "~/a", "-a", "a\\b", "a\nb", "a\n"]
)
def test_a_source_cannot_leave_its_folder(source: str) -> None:
    with pytest.raises(ValueError, match="source"):
        Waveform(source=source)


def test_a_link_out_of_the_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.wav").symlink_to(written(tmp_path / "b.wav", WAVE))

    with pytest.raises(DataError, match=r"a\.wav: expected to lie in its data folder, got a link to .*b\.wav"):
        Waveform(source="a.wav").prepare([tmp_path / "data"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train": 100}, "validation and test of at most 100 samples, those that are trained on"),
        ({"test": 5000}, "validation and test of at most 4,096 samples, those that are trained on"),
        ({"train": 8193}, "train of at most 8,192 samples, or a 'source' that has more"),
        ({"sha256": "0" * 64}, "no 'sha256' without a 'source'"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Waveform.model_validate(options)
