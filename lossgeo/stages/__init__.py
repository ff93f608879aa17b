"""The kinds of jobs, where the engine and the mathematics meet."""

from lossgeo.stages.analyse import Analyse, AnalysePart
from lossgeo.stages.fit import Fit, Kept
from lossgeo.stages.joint import Combined, Through
from lossgeo.stages.recipe import Recipe
from lossgeo.stages.together import AnalyseTogether, Named
from lossgeo.stages.trunk import Trunk
from lossgeo.stages.weights import Weights
from lossgeo.stages.workshop import Workshop

__all__ = [
    "Analyse",
    "AnalysePart",
    "AnalyseTogether",
    "Combined",
    "Fit",
    "Kept",
    "Named",
    "Recipe",
    "Through",
    "Trunk",
    "Weights",
    "Workshop",
]
