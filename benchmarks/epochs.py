"""Epochs of trainings of a network with one hidden layer, and of subspaces of its weights, at batch 128."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from time import perf_counter

import torch
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.loops import MODULES, Pictures
from benchmarks.rates import bytes_per_second, operations_per_second
from benchmarks.row import Row
from benchmarks.surfaces import CLASSES, NETWORKS, SHAPE, Surface
from lossgeo.devices import cores
from lossgeo.families.base import Family
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.point import Point
from lossgeo.families.simplex import Simplex
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.landscape import silent
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.training.loop import Start, TrainingRun
from lossgeo.training.options import Training
from lossgeo.training.setting import NetworkSetting

NAME, PICTURES, BATCH = "784-512-10", 60_000, 128
WEIGHTS = NETWORKS[NAME].layout(SHAPE, CLASSES).dimension


def ours(family: Family) -> float:
    """Seconds of an epoch, on one thread; what is validated after it is small."""
    network, examples = NETWORKS[NAME], Examples(*Surface(NAME, 1, 1, PICTURES).data)
    layout = network.layout(SHAPE, CLASSES)
    setting = NetworkSetting(network, layout, examples, NetworkLandscape(network, layout, examples.first(100)))
    anchors = torch.stack([network.initialise(layout, stream(0, "init", i)) for i in range(family.anchors)])
    objective = family.objective
    if objective is None:
        raise ValueError(f"{family.kind} has nothing to train")
    with pinned():
        start = Start(family.initial(anchors, stream(0, "features")))
        run = TrainingRun(objective, start, setting, Training(batch_size=BATCH), lambda name: stream(0, name))
        steps = run.epoch(silent)
        for _ in range(5):  # what is imported and allocated at the first steps
            next(steps)
        began = perf_counter()
        count = sum(1 for _ in steps)
        return (perf_counter() - began) / count * run.steps_of_epoch


def loader() -> float:
    """Seconds of an epoch of the module of torch over a `DataLoader`, on all cores; a tenth of it is measured."""
    torch.set_num_threads(cores())
    module, optimizer = (made := MODULES[NAME]()), torch.optim.AdamW(made.parameters(), lr=1e-3)
    pixels, targets = Surface(NAME, 1, 1, PICTURES // 10).data
    began = perf_counter()
    for inputs, classes in DataLoader(Pictures(pixels, targets), batch_size=BATCH, shuffle=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(inputs), classes).backward()
        optimizer.step()
    return 10 * (perf_counter() - began)


def products() -> float:
    """Seconds of the products of an epoch on one of the cores: one forward, one for the weights, one further back."""
    widths = (784, 512, 10)
    forward = sum(a * b for a, b in pairwise(widths))
    return 2 * PICTURES * (2 * forward + widths[1] * widths[2]) / (operations_per_second() / cores())


def network() -> Iterator[Row]:
    """One network."""
    sizes = {"pictures": PICTURES, "batch": BATCH, "weights": WEIGHTS}
    yield Row("epoch, network", "loader", ours(Point()), loader(), products(), 7, sizes)


def simplexes() -> Iterator[Row]:
    """A line and a triangle, beside a network on its own."""
    alone = ours(Point())
    for name, vertices in (("line", 2), ("triangle", 3)):
        sizes = {"pictures": PICTURES, "batch": BATCH, "weights": WEIGHTS, "vectors": vertices}
        yield Row(f"epoch, {name}", "a network", ours(Simplex(vertices=vertices)), alone, None, 1 / 1.4, sizes)


def curve() -> Iterator[Row]:
    """A neural curve of 41 basis vectors, beside one pass of AdamW over its state: four reads and three writes."""
    family = MlpCurve(hidden=(10, 20, 40))
    steps = -(-PICTURES // BATCH)
    state = steps * 7 * 4 * family.rows * WEIGHTS / bytes_per_second()
    sizes = {"pictures": PICTURES, "batch": BATCH, "weights": WEIGHTS, "vectors": family.rows}
    yield Row("epoch, neural curve", "AdamW's memory", ours(family), state, state, 1 / 1.3, sizes)
