# %% [markdown]
# # Intrinsic dimension as published
#
# Chen and Saidi (2023, table 1) print a tangent rank of 1.00 and a maximum-likelihood dimension of 1.17 for a line, and 1.82 and 1.84
# for a triangle. This computation gives those numbers, and differs from the corrected estimates in four ways. The networks are a
# *regular grid*, while the likelihood assumes independent draws: on any straight segment, 200 equally spaced points give 1.17, and
# as many independent uniform ones 1.00. The library call *ignores the number of neighbours* given for the likelihood and
# always uses 20. The rank counts the neighbours themselves, *not centred* at the point, which adds the direction towards the origin; and
# it drops every singular value below float32's rounding times $D$, $0.0485$ of the largest at $D = 407\,050$, *which hides that direction and
# others with it*; in a network of few weights it hides nothing. The grid over the triangle is a *bow-tie*, half of it outside; its side and $k$ are
# not in the paper, and 20 and 8 are what gives its numbers. Equally distant neighbours, which a grid has, are taken in its order; others change the rank by about 0.01.
# The *control* is the same computation on a simplex of orthogonal vertices of equal norm, without any training: where it agrees, the number says
# nothing about the networks.

# %%
found = study.table(name)
grouped = found.groupby(["subspace", "neighbours"], sort=False)
positive = (0, float("inf"))
summary = grouped.agg(
    samples=("samples", "first"),
    rank=("tangent_rank", lambda values: over_seeds(values, positive).text(".3f")),
    control_rank=("control_tangent_rank", "first"),
    mle=("mle", lambda values: over_seeds(values, positive).text(".3f")),
    control_mle=("control_mle", "first"),
).reset_index()
summary.columns = ["", "$k$ of the rank", "points", "rank", "rank, control", "MLE", "MLE, control"]
table(
    summary,
    f"Intrinsic dimension as Chen and Saidi computed it, of networks with {found['weights'].iloc[0]:,} weights; mean over seeds with its "
    f"95 % interval, beside the same of a simplex without training. The MLE has {found['mle_neighbours'].iloc[0]} neighbours in every row.",
    {"rank, control": ".3f", "MLE, control": ".3f"},
)
