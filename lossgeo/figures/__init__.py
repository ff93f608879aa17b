"""Figures drawn from results: one file each; every one takes results and returns a matplotlib figure.

`projection_3d` returns a plotly figure, to be turned by hand.
"""

from lossgeo.figures.barrier import barrier
from lossgeo.figures.chord import chord
from lossgeo.figures.curvature import curvature
from lossgeo.figures.dimension import dimension
from lossgeo.figures.path import path
from lossgeo.figures.perturbation import perturbation, perturbed_surfaces
from lossgeo.figures.plane import plane
from lossgeo.figures.projection import projection
from lossgeo.figures.projection_3d import projection_3d
from lossgeo.figures.spectrum import spectrum
from lossgeo.figures.sweep import sweep
from lossgeo.figures.training import corners, training

__all__ = [
    "barrier",
    "chord",
    "corners",
    "curvature",
    "dimension",
    "path",
    "perturbation",
    "perturbed_surfaces",
    "plane",
    "projection",
    "projection_3d",
    "spectrum",
    "sweep",
    "training",
]
