# %% [markdown]
# # Principal components
#
# A subspace is drawn on the directions in which it extends most. Of a uniform sample $\theta(t_1), \dots, \theta(t_n)$ with mean
# $\bar\theta$, the principal components are the right singular vectors of the centred sample,
#
# $$\theta(t_i) - \bar\theta = \sum_j u_{ij}\, \sigma_j\, v_j, \qquad
# \text{explained}_j = \frac{\sigma_j^2}{\sum_l \sigma_l^2},$$
#
# computed in double precision in an orthonormal basis of the span of $B$, where distances are those of the weight vectors themselves. The $v_j$
# are orthonormal, so that a coordinate is a weight distance; what three of them leave out is given below. The sign of each is such
# that the sample's farthest point has a positive coordinate. Draws are uniform in $t$, which is not arc length.
#
# The shape alone is no evidence of a bend: every smooth curve that is not straight shows an arch on its second component, and a wave on its third,
# however little they explain. What counts is the share of the variance, and the distances on the axes.

# %%
import numpy as np

from lossgeo.analyses.base import by_subspace

results = study.results(name)
bent = {
    subspace: found for subspace, found in by_subspace(results).items() if any(one.record.rank > 1 for one in found)
}
for subspace, found in bent.items():
    show(
        figure(
            figures.projection(found),
            f"{name}-{subspace}",
            f"First three principal components of {subspace}, one column for each seed, coloured along the route. Coordinates are weight "
            "distances from the mean of the sample. Every axis has its own scale, because equal scales would hide the small "
            "components: read the ranges. Each seed has components of its own.",
            study.folder,
            layout="wide",
        ),
        interactive(
            figures.projection_3d(found),
            f"{name}-{subspace}-3d",
            f"First three principal components of {subspace}, all seeds, to be turned with the mouse. A click in the legend hides a seed (the "
            "numbers there are explained variances); the buttons above give the axes one common scale or their own.",
            study.folder,
        ),
    )

# %%
rows = [
    {
        "subspace": result.subspace,
        **{f"PC{i + 1}": 100 * result.record.explained[i] for i in range(3)},
        "together": 100 * result.record.explained_by_shown,
        **{f"extent {i + 1}": float(np.ptp(result.record.route[:, i])) for i in range(3)},
        "off": round(float(result.record.route_off[2]), 9),  # what is less is rounding
    }
    for result in results
]
columns = {
    **{f"PC{i + 1}": (f"PC{i + 1} (%)", ".2f", (0, 100)) for i in range(3)},
    "together": ("the three (%)", ".3f", (0, 100)),
    **{f"extent {i + 1}": (f"extent along PC{i + 1}", ".3g", POSITIVE) for i in range(3)},
    "off": ("route off the three, at most", ".2g", POSITIVE),
}
overview = intervals(rows, {"subspace": ""}, columns).set_index("").T.reset_index(names="")
table(
    overview,
    "Explained variance, extent of the route, and its largest distance off the first three components: mean over seeds with its 95 % interval. "
    "Extents and distances are weight distances.",
)
