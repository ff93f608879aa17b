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
#
# Chen and Saidi (2023) took finite differences of weight vectors written out in single precision, at 1000 equally spaced $\alpha$:
# $\Delta\theta$, $\Delta s = \lVert\Delta\theta\rVert$, $T = \Delta\theta / \Delta s$ and $\lVert\Delta T\rVert / \Delta s$. Where a curve is smooth this agrees with $\kappa$ until
# rounding takes over, at about $\sqrt{6} \cdot 2.4 \cdot 10^{-8} \lVert\theta\rVert / \Delta s^2$ or somewhat more, which is all that a straight line shows. The spikes that they report for a
# ReLU curve are its kinks: one of angle $\varphi$ gives up to $\varphi / \Delta s$ and so grows with the number of points, without a limit. The
# angle is the measure of a kink.
#
# Are the ends more curved than the middle? The mean curvature of a stretch is its turning, kinks included, over its length; *ends to middle* compares the
# first and the last tenth of $s$ with the rest: 1 for a circular arc, more where the curve bends at its ends.

# %%
results = study.results(name)
figure(
    figures.curvature(results),
    name,
    r"First row: curvature $\kappa L$ along each subspace. Second: the angle turned so far, where a kink is a step. One line for each "
    "seed; a straight line stays at zero in both."
    + (
        r" Third, logarithmic: finite differences as published (grey) behind the exact curvature. Crosses are $\varphi/\Delta s$ at "
        "the kinks, where the published spikes come from; dashed, one line for each seed, is the least that rounding to single precision adds."
        if any(len(result.record.discrete.alpha) for result in results)
        else ""
    ),
    study.folder,
)

# %%
import numpy as np

shapes = study.table(name)
shapes["turning"] = np.degrees(shapes["total_turning_radians"])
columns = {
    "length_weight_distance": ("length $L$", ".4g"),
    "chord_weight_distance": ("end to end", ".4g"),
    "mean_curvature_per_weight_distance": (r"mean $\kappa$", ".3g"),
    "largest_curvature_times_length": (r"largest $\kappa L$ of the points", ".3f"),
    "kinks": ("kinks", ".3g"),
    "turning": ("total turning (°)", ".2f"),
    "weight_norm": (r"mean $\lVert\theta\rVert$", ".4g"),
}
positive = (0, float("inf"))
groups = shapes.groupby("subspace", sort=False)
summary = groups[list(columns)].agg(list)
for column, (_, spec) in columns.items():
    summary[column] = [over_seeds(values, positive).text(spec) for values in summary[column]]
summary = summary.rename(columns={column: label for column, (label, _) in columns.items()})
ratios = {
    "end_to_middle_curvature": "ends to middle",
    "end_to_middle_curvature_finite_difference": "ends to middle by finite differences",
}
for column, label in ratios.items():
    known = [values.astype(float).dropna().tolist() for _, values in groups[column]]
    texts = [over_seeds(values, positive).text(".2f") if values else None for values in known]
    missing = [len(values) - len(some) for (_, values), some in zip(groups[column], known)]
    if any(texts):
        summary[label] = [f"{text}, {lost} without" if text and lost else text for text, lost in zip(texts, missing)]
summary = summary.T.reset_index().rename(columns={"index": ""})
table(
    summary,
    "Shape of each subspace's route; mean over seeds with its 95 % interval. Lengths are weight distances. Ends to middle is the mean "
    "curvature of the first and the last tenth over that of the rest, of subspaces that have ends and turn between them; by finite "
    "differences a straight line has the ratio of its rounding errors.",
)
