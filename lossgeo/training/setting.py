"""Where a training takes place: a network, and the examples that it is trained on and followed with."""

from __future__ import annotations

from dataclasses import dataclass

from lossgeo.landscape.examples import Examples
from lossgeo.landscape.forward import Network
from lossgeo.landscape.landscape import Landscape
from lossgeo.landscape.weights import NOTHING, Layout


@dataclass(frozen=True)
class Setting:
    """Where a training takes place.

    Args:
        network, layout: the network, and where its parameters lie in the weight vector.
        examples: to train on.
        validation: the landscape that is followed; the statistics of BatchNorm layers are estimated anew there.
        statistics: names and shapes of the BatchNorm statistics that the training keeps.
    """

    network: Network
    layout: Layout
    examples: Examples
    validation: Landscape
    statistics: Layout = NOTHING
