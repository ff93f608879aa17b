# %% [markdown]
# # Ends of the Hessian's spectrum
#
# Where the loss is convex, its Hessian $H = \nabla^2 L(\theta)$ has no negative eigenvalue. Its distance from convexity is measured by
#
# $$\frac{\lambda_\text{min}}{\lambda_\text{max}},$$
#
# the curvature of the steepest way down over that of the steepest way up (Yunis et al. 2022, figure 4, after Li et al. 2018,
# [arXiv:1712.09913](https://arxiv.org/abs/1712.09913)). It is taken of the mean training loss on fixed examples, of all weights, without dropout,
# augmentation and weight decay; statistics of BatchNorm layers are held.
#
# $H$ is never written down: products $Hv$ by a second backward pass build one Krylov space, which gives both ends (Lanczos' method, every vector
# made orthogonal to all before it). Power iteration would find the largest $|\lambda|$ only. The residual $\lVert Hv - \lambda v \rVert$ says that some
# eigenvalue is as near as that; as $\lambda = v^\top H v$ lies within the spectrum, a negative one is never an artefact of stopping early.
#
# A network of ReLU units is piecewise smooth: $H$ is that of the piece at $\theta$, without what its kinks add to the curvature of the mean.

# %%
results = study.results(name)
on = f", on {results[0].record.examples:,} training examples" if results[0].task.has_examples else ""
figure(
    figures.hessian_ends(results),
    name,
    f"$\\lambda_{{min}}/\\lambda_{{max}}$ (above) and both eigenvalues (below){on}: for a "
    "trajectory against the epoch, for other subspaces as means over corners. Thin lines are seeds, thick lines means over seeds.",
    study.folder,
)

# %%
import numpy as np
import pandas as pd

rows = [
    {
        "": result.subspace,
        "seed": result.seed_text,
        "points": str(len(record.ratio)),
        r"$\lambda_{min} < 0$": f"{record.is_negative.sum()}",
        r"$\lambda_{min}/\lambda_{max}$": f"{np.min(found):.3g} to {np.max(found):.3g}" if len(found) else None,
        r"$\lambda_{max}$": f"{record.largest.min():.3g} to {record.largest.max():.3g}",
        "largest residual": f"{record.relative_residual.max():.1e}",
        "most products": str(record.steps.max()),
    }
    for result in results
    for record in [result.record]
    for found in [record.ratio[np.isfinite(record.ratio)]]
]
table(
    pd.DataFrame(rows),
    f"Ranges over the corners. $\\lambda_{{min}}$ counts as negative below −{results[0].record.rounding:.1e} of the largest $|\\lambda|$, the rounding of "
    "products. Residuals are shares of the eigenvalue, or of that rounding where it is smaller.",
)
