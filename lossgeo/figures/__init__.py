"""Figures drawn from results: one file for each; every function takes results and returns a matplotlib figure.

`projection_3d` returns a plotly figure, to be turned by hand.
"""

from lossgeo.figures.agreement import agreement, agreement_by_corners, right_corners
from lossgeo.figures.barrier import barrier, barrier_by_split
from lossgeo.figures.chord import chord
from lossgeo.figures.convex_hull import hull_distances, hull_means, hull_probability
from lossgeo.figures.curvature import curvature
from lossgeo.figures.dimension import dimension
from lossgeo.figures.hessian_ends import hessian_ends
from lossgeo.figures.hull_differences import hull_differences
from lossgeo.figures.pairs import pairs, pairs_shown
from lossgeo.figures.path import path
from lossgeo.figures.perturbation import perturbation, perturbed_surfaces
from lossgeo.figures.plane import plane
from lossgeo.figures.projection import projection
from lossgeo.figures.projection_3d import projection_3d
from lossgeo.figures.singular_values import spectrum_of_corners
from lossgeo.figures.spectrum import spectrum
from lossgeo.figures.sweep import sweep
from lossgeo.figures.training import corners, training
from lossgeo.figures.update_convexity import update_convexity

__all__ = [
    "agreement",
    "agreement_by_corners",
    "barrier",
    "barrier_by_split",
    "chord",
    "corners",
    "curvature",
    "dimension",
    "hessian_ends",
    "hull_differences",
    "hull_distances",
    "hull_means",
    "hull_probability",
    "pairs",
    "pairs_shown",
    "path",
    "perturbation",
    "perturbed_surfaces",
    "plane",
    "projection",
    "projection_3d",
    "right_corners",
    "spectrum",
    "spectrum_of_corners",
    "sweep",
    "training",
    "update_convexity",
]
