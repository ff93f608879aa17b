from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.task import REGRESSION

SIDE = 6


def picture(seed: int = 0) -> Tensor:
    """A picture of two channels that looks different after every shift and in a mirror."""
    return torch.randint(1, 256, (2, SIDE, SIDE), generator=stream(seed, "picture"), dtype=torch.uint8)


def pictures(count: int, augmentation: str = "crop_flip", **options: tuple[float, ...]) -> Examples:
    inputs = torch.stack([picture(i) for i in range(count)])
    return Examples(inputs, torch.arange(count), augmentation=augmentation, **options)  # type: ignore[arg-type]


def cropped(original: np.ndarray, down: int, right: int, *, is_mirrored: bool) -> np.ndarray:
    """A crop of the picture in a black frame of 4 pixels, pixel by pixel."""
    found = np.zeros_like(original)
    for channel, row, column in np.ndindex(original.shape):
        y, x = row + down - 4, (SIDE - 1 - column if is_mirrored else column) + right - 4
        if 0 <= y < SIDE and 0 <= x < SIDE:
            found[channel, row, column] = original[channel, y, x]
    return found


def versions(original: Tensor) -> dict[bytes, tuple[int, int, bool]]:
    """The bytes of every crop and mirror image → which it is."""
    pixels = original.numpy()
    return {
        cropped(pixels, down, right, is_mirrored=bool(mirrored)).tobytes(): (down, right, bool(mirrored))
        for down, right, mirrored in np.ndindex(9, 9, 2)
    }


def as_bytes(inputs: Tensor) -> list[bytes]:
    return [one.tobytes() for one in inputs.mul(255).round().to(torch.uint8).numpy()]


def test_an_augmented_picture_is_a_crop_or_the_mirror_image_of_one() -> None:
    examples = pictures(40)

    inputs, targets = examples.augmented(torch.arange(39, -1, -1), stream(0, "augmentation"))

    assert targets.tolist() == list(range(39, -1, -1))
    for found, number in zip(as_bytes(inputs), targets.tolist(), strict=True):
        assert found in versions(picture(number))


def test_every_crop_and_mirror_image_is_equally_likely() -> None:
    examples = Examples(picture().expand(8100, -1, -1, -1), torch.zeros(8100).long(), augmentation="crop_flip")
    known = versions(picture())

    inputs, _ = examples.augmented(slice(None), stream(0, "augmentation"))

    counts = Counter(known[found] for found in as_bytes(inputs))
    assert len(known) == len(counts) == 9 * 9 * 2
    assert chisquare(list(counts.values())).pvalue > 0.01


def test_pictures_of_a_batch_are_augmented_apart() -> None:
    examples = Examples(picture().expand(16, -1, -1, -1), torch.zeros(16).long(), augmentation="crop_flip")

    inputs, _ = examples.augmented(slice(None), stream(0, "augmentation"))

    assert len(set(as_bytes(inputs))) > 8


def test_all_channels_of_a_picture_are_shifted_alike() -> None:
    one = picture()[:1]
    examples = Examples(one.expand(50, 3, -1, -1), torch.zeros(50).long(), augmentation="crop_flip")

    inputs, _ = examples.augmented(slice(None), stream(0, "augmentation"))

    assert torch.equal(inputs[:, 0], inputs[:, 1])
    assert torch.equal(inputs[:, 0], inputs[:, 2])


def test_the_same_stream_augments_alike_and_a_stream_that_went_on_does_not() -> None:
    examples, generator = pictures(20), stream(0, "augmentation")

    first, second = (examples.augmented(slice(None), generator)[0] for _ in range(2))
    again, _ = examples.augmented(slice(None), stream(0, "augmentation"))

    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_without_augmentation_the_batch_is_the_plain_one_and_nothing_is_drawn() -> None:
    examples, generator = pictures(20, "none"), stream(0, "augmentation")
    before = generator.get_state()

    found, plain = examples.augmented(torch.tensor([3, 1]), generator), examples.batch(torch.tensor([3, 1]))

    assert torch.equal(found[0], plain[0])
    assert torch.equal(found[1], plain[1])
    assert torch.equal(generator.get_state(), before)


def test_a_plain_batch_of_examples_with_an_augmentation_is_not_augmented() -> None:
    inputs, _ = pictures(5).batch(slice(None))

    torch.testing.assert_close(inputs, torch.stack([picture(i) for i in range(5)]) / 255)


def test_what_is_shifted_in_is_black_before_the_normalisation() -> None:
    black = (-0.5 / 0.25, -0.1 / 0.2)
    examples = pictures(200, mean=(0.5, 0.1), std=(0.25, 0.2))

    inputs, _ = examples.augmented(slice(None), stream(0, "augmentation"))

    for channel in range(2):
        assert float(inputs[:, channel].min()) == pytest.approx(black[channel])


def test_augmenting_leaves_the_examples_alone() -> None:
    examples = pictures(10)

    examples.augmented(slice(None), stream(0, "augmentation"))

    assert torch.equal(examples.inputs, pictures(10).inputs)


def test_the_first_examples_keep_everything_else() -> None:
    examples = pictures(9, mean=(0.5, 0.1), std=(0.25, 0.2))

    few = examples.first(4)

    assert torch.equal(few.batch(slice(None))[0], examples.batch(slice(4))[0])
    assert (len(few), few.targets.tolist(), few.augmentation) == (4, [0, 1, 2, 3], "crop_flip")


def test_the_first_of_fewer_examples_are_all_of_them() -> None:
    assert len(pictures(3).first(100)) == 3


def test_inputs_that_are_numbers_are_taken_as_they_are() -> None:
    times, values = torch.linspace(-100, 100, 7)[:, None], torch.rand(7, 1, generator=stream(0, "values"))

    inputs, targets = Examples(times, values, task=REGRESSION).batch(slice(2, 5))

    assert torch.equal(inputs, times[2:5])
    assert torch.equal(targets, values[2:5])
