# %% [markdown]
# # Loss surfaces
#
# Three points of weight space span a plane. For a simplex of three vertices or more they are vertices; for a line or a curve
# they are its two ends and the independent network. The axes are orthonormal (Gram-Schmidt in double precision), so that
# a distance in the figure is a distance in weight space:
#
# $$\hat u = \frac{\theta_2 - \theta_1}{\lVert\theta_2 - \theta_1\rVert}, \qquad
# \hat v \propto (\theta_3 - \theta_1) - \langle \theta_3 - \theta_1, \hat u \rangle\, \hat u$$
#
# (Garipov et al. 2018, [arXiv:1802.10026](https://arxiv.org/abs/1802.10026)). Each point of the grid is a combination of the
# three weight vectors themselves; between grid points the contours are interpolated. What does not lie in the plane is drawn where it projects to, and its distance off the plane is given below.

# %%
results = study.results(name)
split = results[0].record.split
figure(
    figures.plane(results, "error"),
    "plane-error",
    f"Error on the {split} examples in the plane: a row a subspace, a column a seed. The line is the subspace, projected; "
    "round markers are its corners, the diamond is the independent network (hollow where it only projects to that place, whose "
    "colour is then not its error). Colour steps grow with the error, and end at the 98th percentile. What to see: whether the "
    "subspace lies in a valley, and what lies between it and the independent network.",
    study.folder,
    layout="wide",
)

# %%
figure(
    figures.plane(results, "loss"),
    "plane-loss",
    f"Mean loss (nats) on the {split} examples in the same planes, with the same kind of colour scale.",
    study.folder,
    layout="wide",
)

# %%
import numpy as np
import pandas as pd

rows = []
for result in results:
    corners, route, network = result.record.corners, result.record.route, result.record.network
    rows.append(
        {
            "subspace": result.subspace,
            "end to end": ((corners.x[1] - corners.x[0]) ** 2 + (corners.y[1] - corners.y[0]) ** 2) ** 0.5,
            "route off plane": route.off_plane.max(),
            "network off plane": network.off_plane[0],
            "least error": np.nanmin(result.record.error),
        }
    )
seeds = pd.DataFrame(rows).set_index("subspace")
seeds = seeds.mask(seeds < 1e-9, 0.0)  # what is left of points that lie in the plane is rounding
specs, can_be = {"least error": ".4f"}, {"least error": 1}
distances = seeds.groupby("subspace", sort=False).agg(
    lambda values: over_seeds(values, (0, can_be.get(values.name, float("inf")))).text(specs.get(values.name, ".2f"))
)
distances = distances.reset_index()
distances.columns = [
    "",
    "first to second corner",
    "route off plane, at most",
    "network off plane",
    f"least {split} error on the grid",
]
table(distances, "Distances in weight space, and the best point of each grid: mean over seeds with its 95 % interval.")
