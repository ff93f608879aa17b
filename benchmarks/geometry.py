"""Geometry of many points of a subspace, and the ends of a Hessian's spectrum."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from time import perf_counter

import torch
from torch import Tensor

from benchmarks.epochs import NAME, WEIGHTS
from benchmarks.row import Row
from benchmarks.side_by_side import seconds_side_by_side
from benchmarks.surfaces import CLASSES, NETWORKS, SHAPE, Surface
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.point import Alone
from lossgeo.geometry.curvature import profile
from lossgeo.geometry.dimension import Neighbours, inverse_local_dimensions, maximum_likelihood, tangent_rank
from lossgeo.geometry.lanczos import lanczos
from lossgeo.geometry.principal import principal
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.hessian import hessian
from lossgeo.landscape.landscape import silent
from lossgeo.landscape.network import NetworkLandscape
from lossgeo.landscape.numerics import pinned
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.training.loop import Start, TrainingRun
from lossgeo.training.options import Training
from lossgeo.training.setting import NetworkSetting

POINTS, NEIGHBOURS, AIM_SECONDS = 40_000, 20, 5.0
EXAMPLES, TOLERANCE, MOST = 10_000, 0.01, 1000
FAMILY = MlpCurve(hidden=(10, 20, 40))


def geometry() -> Iterator[Row]:
    """Tangent rank, maximum likelihood, principal components and curvature of points of a neural curve.

    There is no plain loop: 40,000 vectors of so many weights are 65 GB. The time that is aimed at takes its place.
    """
    seconds, (peak,) = seconds_side_by_side(prepared, [()])  # in a process of its own, whose memory is measured
    sizes = {"points": POINTS, "weights": WEIGHTS, "vectors": FAMILY.rows, "neighbours": NEIGHBOURS}
    notes = {"memory": f"{peak / 2**30:.2f} GiB more at its peak"}
    yield Row("geometry of points", "the aim", seconds, AIM_SECONDS, None, 1, sizes, notes=notes)


def prepared() -> Callable[[], int]:
    """The geometry, ready to begin; gives the bytes that it needed at most beside the basis."""
    anchors = torch.randn(FAMILY.anchors, WEIGHTS, generator=stream(0, "anchors"))
    fitted = FAMILY.initial(anchors, stream(0, "features"))
    before = _peak()

    def work() -> int:
        with pinned():
            subspace, s = FAMILY.subspace(fitted), torch.linspace(0, 1, POINTS, dtype=torch.float64)
            curve = subspace.curve(FAMILY.route)
            found = Neighbours.among(curve(s).numpy(), NEIGHBOURS)
            tangent_rank(found, NEIGHBOURS)
            maximum_likelihood(inverse_local_dimensions(found, NEIGHBOURS))
            principal(subspace.at(s[:, None]).coefficients, subspace.coordinates_of_basis)
            profile(curve, s, FAMILY.kinks(fitted.own))
        return _peak() - before

    return work


def hessian_ends() -> Iterator[Row]:
    """λ_min and λ_max to a hundredth, after an epoch of training: products of Lanczos' method and of power iteration.

    Power iteration is told the eigenvalues, so that it can stop as soon as it is close.
    """
    landscape, theta = _trained()
    counted = Counted(hessian(landscape, Points.of(theta[None])))
    with pinned():
        start = torch.randn(len(theta), generator=stream(0, "start"))
        exact = lanczos(counted, start, steps=300, tolerance=1e-4)
        seconds, products = [], []
        for work in (
            lambda: lanczos(counted, start, steps=300, tolerance=TOLERANCE),
            lambda: _by_powers(counted, start, exact.smallest.value, exact.largest.value),
        ):
            counted.count, began = 0, perf_counter()
            work()
            seconds.append(perf_counter() - began)
            products.append(counted.count)
    sizes = {"examples": EXAMPLES, "weights": len(theta), "products": products[0], "plain_products": products[1]}
    yield Row("ends of the Hessian", "power iteration", seconds[0], seconds[1], None, 3, sizes)


class Counted:
    """A product with a Hessian that counts how often it is made."""

    def __init__(self, product: Callable[[Tensor], Tensor]) -> None:
        self.product, self.count = product, 0

    def __call__(self, vector: Tensor) -> Tensor:
        self.count += 1
        return self.product(vector)


def _by_powers(product: Callable[[Tensor], Tensor], start: Tensor, smallest: float, largest: float) -> None:
    """Iterate to the end that is larger in size, and from there, shifted by it, to the other one."""
    first, second = (largest, smallest) if abs(largest) >= abs(smallest) else (smallest, largest)
    for shift, wanted in ((0.0, first), (first, second)):
        vector, value = start / start.norm(), float("inf")
        for _ in range(MOST):
            if abs(value - wanted) <= TOLERANCE * abs(wanted):
                break
            image = product(vector)
            value = float(vector @ image)
            vector = image - shift * vector
            vector = vector / vector.norm()


def _trained() -> tuple[NetworkLandscape, Tensor]:
    network, examples = NETWORKS[NAME], Examples(*Surface(NAME, 1, 1, EXAMPLES).data)
    layout = network.layout(SHAPE, CLASSES)
    landscape = NetworkLandscape(network, layout, examples)
    setting = NetworkSetting(network, layout, examples, landscape)
    start = Start(Fitted(network.initialise(layout, stream(0, "init"))[None]))
    with pinned():
        run = TrainingRun(Alone(), start, setting, Training(), lambda name: stream(0, name))
        for _ in run.epoch(silent):
            pass
    return landscape, run.moving.rows[0].detach()


def _peak() -> int:
    """Bytes that this process has had in memory at most."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
