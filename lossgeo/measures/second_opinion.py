"""Intrinsic dimension of stored samples by the estimators of scikit-dimension, where it is installed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from jaxtyping import Float64

EXTRA = "lossgeo[skdim]"
"""The optional dependency to install."""


@dataclass(frozen=True)
class SecondOpinion:
    """The estimates of another library for the same samples.

    Args:
        lpca: mean over the points of the rank of local PCA (Fukunaga and Olsen 1971: eigenvalues above a twentieth of
            the largest).
        twonn: from the ratio of the distances to the two nearest neighbours (Facco et al. 2017).
    """

    lpca: float
    twonn: float


def second_opinion(sample: Float64[np.ndarray, "N r"], neighbours: int) -> SecondOpinion | None:
    """The estimates of scikit-dimension with its defaults; None if it is not installed.

    Args:
        sample: independent points.
        neighbours: k of local PCA.
    """
    if find_spec("skdim") is None:
        return None
    from skdim.id import TwoNN, lPCA

    local = lPCA().fit_pw(sample, n_neighbors=neighbours).dimension_pw_
    return SecondOpinion(lpca=float(np.mean(local)), twonn=float(TwoNN().fit(sample).dimension_))
