# %% [markdown]
# # Loss surfaces
#
# Three points of weight space span a plane. For a simplex of three vertices or more they are vertices; for a line or a curve
# they are its two ends and the independent network, or three networks that it goes through. The axes are orthonormal (Gram-Schmidt in double precision), so that
# a distance in the figure is a distance in weight space:
#
# $$\hat u = \frac{\theta_2 - \theta_1}{\lVert\theta_2 - \theta_1\rVert}, \qquad
# \hat v \propto (\theta_3 - \theta_1) - \langle \theta_3 - \theta_1, \hat u \rangle\, \hat u$$
#
# (Garipov et al. 2018, [arXiv:1802.10026](https://arxiv.org/abs/1802.10026)). Each point of the grid is a combination of the
# three weight vectors themselves; between grid points the contours are interpolated. What does not lie in the plane is drawn at its projection, and its distance off the plane is given below.
#
# If the axes are labelled PC1 and PC2, the plane is another one: it goes through the point of the subspace at the middle of its domain, which
# is the origin, and along the first two principal directions of uniform samples of the subspace. No corner need lie in it.

# %%
from lossgeo.report.comparison import independent_network

results = study.results(name)
split, is_principal = results[0].record.split, results[0].record.through == "principal"
is_joined = any(result.family.route_label == "joined" for result in results)
between = " A dashed line joins corners that were not trained together as a subspace." if is_joined else ""
beside = independent_network(study, [one.subspace for one in results if "network" in one.record.surface.marks])
diamond, beyond = (f", the diamond is {beside}", f", and what lies between it and {beside}") if beside else ("", "")
quantities = shown(results[0].task, "error", "loss")
first = quantities[0]
figure(
    figures.plane(results, first.name),
    f"{name}-{first.name}",
    f"{first.over(split).capitalize()} in the plane: a row for each subspace, a column for each seed. The line is the subspace, projected; "
    f"round markers are its corners{diamond}.{between} A hollow marker lies off the plane and is projected to that "
    f"place, whose colour is then not its {first.name}. Colour steps grow with the {first.name}, and end at the 98th percentile. What to see: whether "
    f"the subspace lies in a valley{beyond}.",
    study.folder,
    layout="wide",
)

# %%
for quantity in quantities[1:]:
    show(
        figure(
            figures.plane(results, quantity.name),
            f"{name}-{quantity.name}",
            f"Mean {quantity.over(split)} in the same planes, with the same kind of colour scale.",
            study.folder,
            layout="wide",
        )
    )

# %%
import numpy as np

rows = []
for result in results:
    surface = result.record.surface
    corners, route, network = (surface.marks.get(place) for place in ("corners", "route", "network"))
    side = np.hypot(np.diff(corners.x[:2]), np.diff(corners.y[:2]))[0]
    rows.append(
        {
            "subspace": result.subspace,
            "corners": corners.off_plane.max() if is_principal else side,
            "route": route.off_plane.max(),
            "network": None if network is None else network.off_plane[0],
            "least": np.nanmin(getattr(surface, first.name)),
        }
    )
columns = {
    "corners": ("corners off plane, at most" if is_principal else "first to second corner", ".2f", POSITIVE),
    "route": ("route off plane, at most", ".2f", POSITIVE),
    "network": ("network off plane", ".2f", POSITIVE),
    "least": first.column(f"least {first.on(split)} on the grid"),
}
table(
    intervals(rows, {"subspace": ""}, columns),
    "Distances in weight space, and the lowest value on each grid: mean over seeds with its 95 % interval.",
)
