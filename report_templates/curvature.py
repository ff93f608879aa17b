# %% [markdown]
# # Curvature
#
# How a curve $\gamma(s) = \Phi(s)\,B$ bends is computed without finite differences: derivatives of $\Phi$ by forward differentiation, twice, and inner products
# through the Gram matrix $B B^\top$, all in double precision. With the unit tangent $T = \gamma'/\lVert\gamma'\rVert$,
#
# $$\kappa = \frac{\lVert \gamma'' - (\gamma'' \cdot T)\, T \rVert}{\lVert \gamma' \rVert^2}, \qquad
# L = \int \lVert\gamma'\rVert\, ds,$$
#
# and the total turning is $\int \kappa\, \lVert\gamma'\rVert\, ds$ plus the angles at the kinks, where the direction jumps.
#
# $\kappa$ has the unit of an inverse weight distance, which depends on the network; $\kappa L$ and the total turning have none. A route that
# is straight between kinks, such as the edges of a triangle, has $\kappa = 0$ there and turns at its kinks only; once around any
# triangle is 360°.

# %%
results = study.results(name)
figure(
    figures.curvature(results),
    name,
    r"Above: curvature $\kappa L$ along each subspace. Below: the angle turned through so far, where a kink is a step. A line a "
    "seed; a straight line stays at zero in both.",
    study.folder,
)

# %%
import numpy as np

shapes = study.table(name)
shapes["turning"] = np.degrees(shapes["total_turning_radians"])
columns = {
    "length_weight_distance": ("length $L$", ".4g"),
    "gap_weight_distance": ("end to end", ".4g"),
    "mean_curvature_per_weight_distance": (r"mean $\kappa$", ".3g"),
    "largest_curvature_times_length": (r"largest $\kappa L$ of the points", ".3f"),
    "kinks": ("kinks", ".3g"),
    "turning": ("total turning (°)", ".2f"),
    "weight_norm": (r"mean $\lVert\theta\rVert$", ".4g"),
}
summary = shapes.groupby("subspace", sort=False)[list(columns)].agg(list)
for column, (_, spec) in columns.items():
    summary[column] = [over_seeds(values, (0, float("inf"))).text(spec) for values in summary[column]]
summary = summary.rename(columns={column: label for column, (label, _) in columns.items()}).T.reset_index()
summary = summary.rename(columns={"index": ""})
table(summary, "Shape of each subspace's route; mean over seeds with its 95 % interval. Lengths are weight distances.")
