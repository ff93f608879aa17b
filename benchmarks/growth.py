"""How cost grows: ``python -m benchmarks.growth PICTURE.png`` measures it, prints JSON lines and draws a picture."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import matplotlib.pyplot as plt
import torch

from benchmarks.engine import COMMAND
from benchmarks.surfaces import CLASSES, NETWORKS, SHAPE, Surface
from lossgeo.architectures.mlp import Mlp
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.landscape import silent
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.training.loop import Start, TrainingRun
from lossgeo.training.options import Training
from lossgeo.training.setting import NetworkSetting

NAME, PICTURES, POINTS, VECTORS = "784-512-10", 10_000, 256, 3
STUDY = """\
title: Growth
architecture: {kind: mlp, hidden: [256]}
training: {epochs: 60, batch_size: 64}
subspaces: {line: {kind: simplex}}
analyses: [{kind: path}, {kind: plane, points: 41}]
"""


@dataclass(frozen=True)
class Panel:
    """Seconds over a size.

    Args:
        title: what is measured.
        size: what grows.
        values: its values.
        measure: value → seconds.
    """

    title: str
    size: str
    values: tuple[int, ...]
    measure: Callable[[int], float]


def evaluation(points: int = POINTS, vectors: int = VECTORS, pictures: int = PICTURES, hidden: int = 512) -> float:
    """Seconds of the losses at some points over some networks on some pictures, on one thread."""
    NETWORKS[f"784-{hidden}-10"] = network = Mlp(hidden=(hidden,))
    surface = Surface(f"784-{hidden}-10", vectors, points, pictures)
    landscape = NetworkLandscape(network, network.layout(SHAPE, CLASSES), Examples(*surface.data))
    some = Points(surface.coefficients, surface.basis)
    with pinned():
        landscape.first(64).evaluate_fused(some.rows(slice(8)))  # what is compiled and allocated at first
        began = perf_counter()
        landscape.evaluate(some)
        return perf_counter() - began


def epoch(hidden: int = 512, vertices: int = 2, pictures: int = PICTURES) -> float:
    """Seconds of an epoch of a simplex at batch 128, on one thread."""
    network, family = Mlp(hidden=(hidden,)), Simplex(vertices=vertices)
    layout, examples = network.layout(SHAPE, CLASSES), Examples(*Surface(NAME, 1, 1, pictures).data)
    setting = NetworkSetting(network, layout, examples, NetworkLandscape(network, layout, examples.first(64)))
    anchors = torch.stack([network.initialise(layout, stream(0, "init", i)) for i in range(vertices)])
    with pinned():
        start = Start(family.initial(anchors, stream(0, "features")))
        run = TrainingRun(family.objective, start, setting, Training(), lambda name: stream(0, name))
        steps = run.epoch(silent)
        next(steps)
        began = perf_counter()
        count = sum(1 for _ in steps)
        return (perf_counter() - began) / count * run.steps_of_epoch


def study(seeds: int, workers: int) -> float:
    """Seconds of a whole command on a small study."""
    with TemporaryDirectory() as folder:
        Path(folder, "growth.yaml").write_text(STUDY + f"seeds: {list(range(seeds))}\n", encoding="utf-8")
        began = perf_counter()
        words = [*COMMAND, "growth.yaml", "--workers", str(workers)]
        subprocess.run(words, cwd=folder, check=True, capture_output=True)  # noqa: S603  # our own command
        return perf_counter() - began


PANELS = (
    Panel("plane", "points", (64, 256, 1024), lambda n: evaluation(points=n)),
    Panel("plane", "pictures", (2_500, 10_000, 40_000), lambda n: evaluation(pictures=n)),
    Panel("plane", "weights D", (64, 256, 1024), lambda n: evaluation(hidden=n)),
    Panel("hull, J = 128", "networks P", (4, 8, 16, 32), lambda n: evaluation(points=128, vectors=n)),
    Panel("hull, P = 16", "samples J", (32, 128, 512), lambda n: evaluation(points=n, vectors=16)),
    Panel("epoch of a line", "weights D", (64, 256, 1024), lambda n: epoch(hidden=n)),
    Panel("epoch of a simplex", "vertices", (2, 4, 8, 16), lambda n: epoch(vertices=n)),
    Panel("study, one worker", "seeds", (1, 2, 4, 8), lambda n: study(n, 1)),
    Panel("study, two workers", "seeds", (1, 2, 4, 8), lambda n: study(n, 2)),
)


def measured(panel: Panel) -> Iterator[tuple[int, float]]:
    """The sizes of a panel, of hidden units as numbers of weights, with their seconds."""
    for value in panel.values:
        size = 795 * value + 10 if panel.size == "weights D" else value
        seconds = panel.measure(value)
        print(json.dumps({"panel": panel.title, panel.size: size, "seconds": round(seconds, 4)}), flush=True)
        yield size, seconds


def main(place: str) -> None:
    """Measure all panels and draw them, each with the line along which cost would be proportional to the size."""
    figure, axes = plt.subplots(3, 3, figsize=(10, 9), layout="constrained")
    for ax, panel in zip(axes.flat, PANELS, strict=True):
        sizes, seconds = zip(*measured(panel), strict=True)
        ax.loglog(sizes, seconds, "o-", color="#1f5fa8")
        ax.loglog(sizes, [seconds[-1] * size / sizes[-1] for size in sizes], ":", color="0.5")
        ax.set(title=panel.title, xlabel=panel.size, ylabel="seconds")
        ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
        ax.minorticks_off()
    figure.suptitle("Cost and size; dotted: proportional to the size")
    figure.savefig(place, dpi=100)


if __name__ == "__main__":
    main(sys.argv[1])
