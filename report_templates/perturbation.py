# %% [markdown]
# # Perturbed corners
#
# Every weight of every corner $\omega_i$ of a subspace gets independent Gaussian noise,
#
# $$\omega_i + \delta_i, \qquad \delta_i \sim \mathcal{N}(0, \sigma^2 I), \qquad
# \lVert\delta_i\rVert \approx \sigma \sqrt{D},$$
#
# and the simplex of the perturbed corners is evaluated. For a line that is the whole subspace, for a triangle its edges are followed;
# for a curve it is the chord between its ends, not the curve itself.
#
# Here $\sigma$ is a *standard deviation*. A paper that writes $\mathcal{N}(0, 0.01)$ may mean a variance, which is $\sigma = 0.1$: ten times
# the noise, so the tables give the size of the noise beside that of the weights, $\lVert\delta\rVert / \lVert\omega\rVert$, which has only one
# reading. Noise that is as long as the weights leaves little of them.
#
# Each draw gives all weights of all corners new noise; every $\sigma$ has a random stream of its own.

# %%
from lossgeo.report.comparison import independent_network

results = study.results(name)
marked = [one.subspace for one in results if "network" in one.record.levels[0].surface.marks]
beside = independent_network(study, marked)
third = f", or the two corners and {beside}" if any(len(one.family.corners) < 3 for one in results) else ""
diamond = f"; the diamond is {beside}, without noise" if beside else ""
split, quantity = results[0].record.split, shown(results[0].task, "error", "loss")[0]
figure(
    figures.perturbed_surfaces(results),
    f"{name}-surfaces",
    f"{quantity.over(split).capitalize()} in the plane through three corners{third}: a row for each subspace "
    f"(its first seed and draw), a column for each $\\sigma$, and one colour scale. Where there is noise, the round "
    f"markers are the perturbed corners, and the dotted line joins the unperturbed ones, projected{diamond}. "
    "Planes through corners with more noise are larger: mind the axes.",
    study.folder,
    layout="wide",
)

# %%
figure(
    figures.perturbation(results),
    f"{name}-{quantity.name}",
    f"Above: {quantity.over(split)} along the simplex of the perturbed corners; lines are means over draws and seeds, bands "
    r"their range. Below: the mean along that route against $\sigma$, with the range over draws and seeds, and "
    r"$\lVert\delta\rVert / \lVert\omega\rVert$ above it. The dashed line is without noise.",
    study.folder,
)

# %%
rows = [
    {
        "subspace": result.subspace,
        "std": format(level.std, "g"),
        "noise": level.noise_norm.mean(),
        "ratio": result.record.relative_noise(level).mean(),
        "mean": getattr(level, quantity.name).mean(),
        "ends": getattr(level, quantity.name)[:, [0, -1]].mean(),
    }
    for result in results
    for level in sorted(result.record.levels, key=lambda level: level.std)
]
columns = {
    "noise": (r"$\lVert\delta\rVert$", ".2f", POSITIVE),
    "ratio": (r"$\lVert\delta\rVert / \lVert\omega\rVert$", ".3f", POSITIVE),
    "mean": quantity.column(f"mean {quantity.on(split)} along the route"),
    "ends": quantity.column("at its two ends"),
}
table(
    intervals(rows, {"subspace": "", "std": r"$\sigma$"}, columns),
    "Size of the noise and its effect: means over corners, draws and positions, then over seeds with their 95 % interval.",
)
