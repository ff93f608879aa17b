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
#
# Where the axes are called PC1 and PC2, the plane is another one: it goes through the point of the subspace at the middle of its domain, which
# is the origin, and along the first two principal directions of uniform samples of the subspace. No corner need lie in it.

# %%
results = study.results(name)
split, is_principal = results[0].record.split, results[0].record.through == "principal"
separate = [result.subspace for result in results if not result.record.is_trained]
between = " A dashed line is straight between networks that were trained separately: no subspace of low loss." * bool(
    separate
)
figure(
    figures.plane(results, "error"),
    f"{name}-error",
    f"Error on the {split} examples in the plane: a row a subspace, a column a seed. The line is the subspace, projected; "
    f"round markers are its corners, the diamond is the independent network.{between} A marker is hollow where it only projects to that "
    "place, whose colour is then not its error. Colour steps grow with the error, and end at the 98th percentile. What to see: whether "
    "the subspace lies in a valley, and what lies between it and the independent network.",
    study.folder,
    layout="wide",
)

# %%
figure(
    figures.plane(results, "loss"),
    f"{name}-loss",
    f"Mean loss (nats) on the {split} examples in the same planes, with the same kind of colour scale.",
    study.folder,
    layout="wide",
)

# %%
import numpy as np
import pandas as pd

rows = []
for result in results:
    surface = result.record.surface
    corners, route, network = (surface.marks[place] for place in ("corners", "route", "network"))
    rows.append(
        {
            "subspace": result.subspace,
            "corners": corners.off_plane.max()
            if is_principal
            else np.hypot(np.diff(corners.x[:2]), np.diff(corners.y[:2]))[0],
            "route off plane": route.off_plane.max(),
            "network off plane": network.off_plane[0],
            "least error": np.nanmin(surface.error),
        }
    )
seeds = pd.DataFrame(rows).set_index("subspace")
specs, can_be = {"least error": ".4f"}, {"least error": 1}
distances = seeds.groupby("subspace", sort=False).agg(
    lambda values: over_seeds(values, (0, can_be.get(values.name, float("inf")))).text(specs.get(values.name, ".2f"))
)
distances = distances.reset_index()
distances.columns = [
    "",
    "corners off plane, at most" if is_principal else "first to second corner",
    "route off plane, at most",
    "network off plane",
    f"least {split} error on the grid",
]
table(distances, "Distances in weight space, and the best point of each grid: mean over seeds with its 95 % interval.")
