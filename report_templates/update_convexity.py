# %% [markdown]
# # Convexity between updates
#
# From the weights $\theta$ of a corner, one step of the training with a random batch leads to $\theta_1$, one with another batch to
# $\theta_2$. Where the training loss is convex between them, the gap
#
# $$g = L\big(\tfrac12 (\theta_1 + \theta_2)\big) - \tfrac12 \big(L(\theta_1) + L(\theta_2)\big)$$
#
# is negative (Yunis et al. 2022, appendix B). $P[g < 0]$ is its share among pairs of updates. On a quadratic, with $\delta = \theta_1 - \theta_2$,
#
# $$g = -\tfrac18\, \delta^\top H\, \delta,$$
#
# so $g$ asks whether the curvature along typical differences of gradients is positive, not whether all of it is: a Hessian with negative
# eigenvalues can have $P = 1$. Where units have kinks (ReLU), these add to $g$ what no second derivative has.
#
# **Rounding.** $g$ falls with the square of the learning rate, and losses are known to a few units of rounding. It is evaluated in float64;
# the same pairs in float32 give its error, and that error times $2^{-29}$, the ratio of the units of rounding (with 8 units for the sums), is
# the noise of float64. A gap within the noise has a sign that means nothing.

# %%
results = study.results(name)
pairs = results[0].record.gap.shape[1]
figure(
    figures.update_convexity(results),
    name,
    f"Above: share of {pairs} pairs of updates with $g < 0$, on {results[0].record.examples:,} training examples; bars are 95 % intervals of "
    "Wilson over the pairs of one seed. Below: median $|g|$ beside the noise of float64 and the error that float32 makes. Thin lines are seeds, thick "
    "lines means over seeds: for a trajectory against the epoch, for other subspaces as means over corners.",
    study.folder,
)

# %%
import pandas as pd

rows = [
    {
        "": result.subspace,
        "seed": result.seed_text,
        "$P[g < 0]$, lowest": min(shares, key=lambda share: share.mean).text(".2f"),
        "highest": max(shares, key=lambda share: share.mean).text(".2f"),
        "mean $g$": f"{record.gap.mean():.2e}",
        r"mean $-8 g / \lVert\delta\rVert^2$": f"{record.curvature.mean():.3g}",
        "within noise": f"{record.below_noise.mean():.1%}",
        "within the error of float32": f"{record.lost_in_single.mean():.1%}",
    }
    for result in results
    for record in [result.record]
    for shares in [record.negative]
]
table(
    pd.DataFrame(rows),
    "Lowest and highest share over the corners, with its 95 % interval of Wilson; the mean gap, the mean curvature along the differences, which compares with "
    "eigenvalues of the Hessian, and the shares of pairs whose $|g|$ is within the noise of float64 and within the error of float32.",
)
