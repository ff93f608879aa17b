"""All forward passes of a network: at many points, over many examples, within a bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from math import floor, log2, prod
from typing import TYPE_CHECKING, TypeAlias

from jaxtyping import Float

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.forward import NetworkFunction, SharedFirstLayer
from lossgeo.landscape.landscape import Progress
from lossgeo.landscape.normalization import Normalization
from lossgeo.landscape.orders import POINTS_AT_ONCE, CombinedFirstLayer, Group, Order, PointByPoint, SideBySide
from lossgeo.landscape.weights import Layout, Points
from lossgeo.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

EXAMPLES_AT_ONCE = 64
"""Examples of one forward pass: few, so that what passes between layers stays in the cache of a core.

Sums are taken in this order, so a change of it changes the last bits.
"""

EXAMPLES_OF_A_DEVICE = 4096
"""Examples of one forward pass elsewhere: many, so that a GPU has enough to do."""

WEIGHTS_AT_ONCE = 2**25
"""Weights that are in memory at the same time: 128 MiB in float32."""

Passes: TypeAlias = "Iterator[tuple[int, Float[Tensor, 'm b ...'], Tensor]]"
"""The number of the first of m points in a row, their outputs for a batch of examples, and its targets."""


def fastest(network: NetworkFunction, layout: Layout, normalization: Normalization, points: Points) -> Order:
    """The order with the fewest multiplications in the first layer; that of a block is that of all points."""
    if not isinstance(network, SharedFirstLayer) or normalization.is_needed:
        return PointByPoint(network, normalization)
    # Multiplications for a unit of the first layer and an example; those of a combination also wait for memory.
    inputs = _inputs_of_a_unit(layout, network.first_parameters)
    n = len(points) if points.among is None else points.among
    side_by_side = inputs * n
    combined = len(points.basis) * (inputs + n)
    return CombinedFirstLayer(network, layout) if 2 * combined < side_by_side else SideBySide(network)


def passes(order: Order, layout: Layout, examples: Examples, points: Points, progress: Progress) -> Passes:
    """The outputs at every point for every example, in the precision of the points.

    Every point meets the examples batch by batch and in their order. Examples are read once for a group of points.

    Raises:
        ValueError: if the points do not have as many weights as the layout.
    """
    require_weights(layout, points)
    for start, group in groups(order.needs, layout, points):
        outputs_at = order.outputs(group)
        for stop, inputs, targets in _batches(examples, points.basis.dtype, order.examples_at_once):
            outputs, i = outputs_at(inputs), start
            while some := list(islice(outputs, POINTS_AT_ONCE)):
                yield i, torch.stack(some), targets
                i += len(some)
            share = (start + len(group.points) * stop / len(examples)) / len(points)
            progress(share, f"{stop:,} of {len(examples):,} examples at points {start + 1}–{i} of {len(points):,}")


def require_weights(layout: Layout, points: Points) -> None:
    """See that points have the weights of a layout.

    Raises:
        ValueError: if they have more or fewer.
    """
    if points.basis.shape[1] != layout.dimension:
        raise ValueError(f"this landscape has {layout.dimension} weights, got points of {points.basis.shape[1]}")


def groups(needs: Callable[[str], bool], layout: Layout, points: Points) -> Iterator[tuple[int, Group]]:
    """Groups of consecutive points, with the number of the first; weights Φ B are computed one parameter at a time.

    Args:
        needs: whether a parameter is to be computed.
        layout: where it lies in the weight vector.
        points: all of them.
    """
    shapes = {name: shape for name, shape in layout.shapes if needs(name)}
    size = _whole_passes(WEIGHTS_AT_ONCE // sum(prod(shape) for shape in shapes.values()))
    columns = points.basis.split([prod(shape) for _, shape in layout.shapes], dim=1)
    parts = {name: part for (name, _), part in zip(layout.shapes, columns, strict=True) if name in shapes}
    for start in range(0, len(points), size):
        some = points.rows(slice(start, start + size))
        phi = some.coefficients.to(points.basis)
        yield start, Group(some, {name: _product(phi, parts[name]).view(-1, *shape) for name, shape in shapes.items()})


def _product(phi: Float[Tensor, "n K"], basis: Float[Tensor, "K p"]) -> Float[Tensor, "n p"]:
    """Φ B pass by pass: the last bits of a row depend on how many rows are multiplied with it, and on its place."""
    found = basis.new_empty(len(phi), basis.shape[1])
    for rows, out in zip(phi.split(POINTS_AT_ONCE), found.split(POINTS_AT_ONCE), strict=True):
        torch.mm(rows, basis, out=out)
    return found


def _whole_passes(size: int) -> int:
    """The largest number of points up to a limit that is a multiple or, if small, a divisor of those of a pass.

    A block of points that begins at a pass then meets the arithmetic that it meets among all of them.

    >>> [_whole_passes(size) for size in (0, 3, 7, 8, 124)]
    [1, 2, 4, 8, 120]
    """
    if size < POINTS_AT_ONCE:
        return int(2 ** floor(log2(max(1, size))))
    return size // POINTS_AT_ONCE * POINTS_AT_ONCE


def _batches(examples: Examples, precision: torch.dtype, most: int | None) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Batches of examples: the number of examples up to the end of the batch, its inputs and its targets."""
    size = most or (EXAMPLES_AT_ONCE if examples.device.type == "cpu" else EXAMPLES_OF_A_DEVICE)
    for start in range(0, len(examples), size):
        stop = min(start + size, len(examples))
        inputs, targets = examples.batch(slice(start, stop))
        yield stop, inputs.to(precision), targets


def _inputs_of_a_unit(layout: Layout, first_parameters: frozenset[str]) -> int:
    shapes = [shape for name, shape in layout.shapes if name in first_parameters]
    return sum(prod(shape) for shape in shapes) // shapes[0][0]
