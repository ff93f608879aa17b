# %% [markdown]
# # Networks two by two
#
# How different are two networks $\theta_a$ and $\theta_b$: named ones, and the corners of subspaces? In weight space by their distance
# $\lVert\theta_a - \theta_b\rVert$ and by the cosine of the angle between them, seen from zero, and from the weights $\theta_0$ that both were
# trained from, where they share them:
#
# $$\frac{\langle \theta_a - \theta_0, \theta_b - \theta_0 \rangle}{\lVert\theta_a - \theta_0\rVert \, \lVert\theta_b - \theta_0\rVert}$$
#
# As functions by their *disagreement*, the share of examples that they answer differently, right or wrong (Fort, Hu and Lakshminarayanan 2019,
# [arXiv:1912.02757](https://arxiv.org/abs/1912.02757)). And in the landscape by the *barrier*, the highest rise on the straight line between them above
# the line between their losses. Two networks that err on different examples may have the same accuracy; two far apart may be connected.

# %%
results = study.results(name)
record, asked, task = results[0].record, results[0].analysis, results[0].task
number = f"the first {asked.examples:,}" if asked.examples else "the"
on = f", on {number} {record.split} examples" if task.has_examples else ""
quantities = figures.pairs_shown(results)
figure(
    figures.pairs(results),
    name,
    f"Of every two networks: {', '.join(quantities.values())}{on}; a row a seed. The columns stand in the order of the rows. "
    f"For a barrier, {asked.points} points of the straight line are evaluated.",
    study.folder,
    layout="wide",
)

# %%
loss, *shares = shown(task, "loss", "accuracy")
columns = {
    "distance": ("distance", ".3g", POSITIVE),
    "cosine": ("cosine", ".3f", (-1.0, 1.0)),
    "cosine_of_displacements": ("cosine of displacements", ".3f", (-1.0, 1.0)),
    "disagreement": ("disagreement", ".3f", SHARE),
    "barrier_loss": (f"barrier in {loss.label}", loss.digits(4), POSITIVE),
    "barrier_error": ("barrier in error", ".4f", POSITIVE),
}
defined = {key: column for key, column in columns.items() if any(result.record.has(key) for result in results)}
rows = [
    {
        "first": result.record.names[i],
        "second": result.record.names[j],
        **{key: getattr(result.record, key)[i, j] for key in defined},
    }
    for result in results
    for i, j in result.record.pairs
]
table(
    intervals(rows, {"first": "first", "second": "second"}, defined),
    f"Every two networks{on}: mean over seeds with its 95 % interval.",
)
