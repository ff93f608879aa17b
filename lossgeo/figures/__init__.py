"""Figures drawn from results: one file each; every one takes results and returns a matplotlib figure."""

from lossgeo.figures.curvature import curvature
from lossgeo.figures.dimension import dimension
from lossgeo.figures.path import path
from lossgeo.figures.plane import plane
from lossgeo.figures.spectrum import spectrum
from lossgeo.figures.training import corners, training

__all__ = ["corners", "curvature", "dimension", "path", "plane", "spectrum", "training"]
