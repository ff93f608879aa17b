# %% [markdown]
# # Intrinsic dimension
#
# Does a cloud of networks drawn from a subspace have the dimension that the subspace was built with? Networks are drawn
# independently and uniformly (in arc length along curves, in volume within simplexes), and two estimators look at
# the $k$ nearest neighbours of each.
#
# **Tangent rank.** The differences $x_j - x$ to the neighbours are decomposed into principal components; the rank is the least
# number of components that explain a stated share of their sum of squares.
#
# **Maximum likelihood** (Levina and Bickel 2004), averaged as MacKay and Ghahramani (2005) showed to be right, with
# $T_j(x)$ the distance to the $j$-th neighbour:
#
# $$\hat m_k^{-1} = \frac{1}{N} \sum_{x} \frac{1}{k-1} \sum_{j=1}^{k-1} \log \frac{T_k(x)}{T_j(x)}$$
#
# A bounded set looks thinner than it is near its border, so an estimate below the true dimension is expected. The *control* shows
# how much: as many points, from a regular simplex of the known dimension, estimated in the same way, many times. An estimate of the
# right dimension leaves the range of $n$ control draws with probability $2/(n+1)$ (a simulation envelope, Besag and Diggle 1977). All distances are
# computed in coordinates of the span of $B$, from its Gram matrix in double precision; they are those of the full weight vectors.

# %%
results = study.results(name)
figure(
    figures.dimension(results),
    name,
    "Maximum-likelihood dimension against the number of neighbours: one dot for each seed, with its 95 % bootstrap interval over the "
    "points. The grey box behind it spans its control draws: a dot in its box agrees with the known dimension (dashed). "
    "The bars neglect that neighbourhoods overlap, and are too short.",
    study.folder,
)

# %%
found = study.table(name)
threshold = found["rank_threshold"].iloc[0]
grouped = found.groupby(["subspace", "neighbours"], sort=False)
summary = grouped.agg(
    true_dimension=("true_dimension", "first"),
    rank=("tangent_rank", lambda values: over_seeds(values, (1, found.loc[values.index, "span"].max())).text(".3f")),
    mle=("mle", lambda values: over_seeds(values, (0, float("inf"))).text(".3f")),
    control=("control", "mean"),
    low=("control_low", "min"),
    high=("control_high", "max"),
    within=("within_control", lambda values: f"{values.sum()} of {len(values)}"),
).reset_index()
summary["control"] = [
    f"{mean:.3f} [{low:.3f}, {high:.3f}]"
    for mean, low, high in zip(summary["control"], summary["low"], summary["high"])
]
summary = summary.drop(columns=["low", "high"])
summary.columns = ["", "$k$", "true", "tangent rank", "MLE", "control draws", "seeds within"]
table(
    summary,
    f"Intrinsic dimension of {found['samples'].iloc[0]:,} networks a subspace; mean over seeds with its 95 % interval. "
    f"Of the {found['controls'].iloc[0]} control draws of each seed the mean and the range over all seeds are given; an estimate of "
    f"the right dimension leaves its own seed's range with probability {2 / (found['controls'].iloc[0] + 1):.1%}. "
    f"The tangent rank counts the components that explain {threshold:.0%} of the variance.",
)

# %%
figure(
    figures.spectrum(results),
    f"{name}-spectrum",
    "Share of the neighbours' variance on each local principal component, at the largest $k$; one line for each seed. Components that "
    f"together stay below the dashed line ({1 - threshold:.0%}) do not count towards the rank; absent ones are zero to rounding.",
    study.folder,
)

# %%
import pandas as pd

from lossgeo.measures.second_opinion import EXTRA, second_opinion

opinions = [(result, second_opinion(result.record.sample, result.record.largest.neighbours)) for result in results]
rows = [
    {"": result.subspace, "true": result.record.dimension, "lpca": said.lpca, "twonn": said.twonn}
    for result, said in opinions
    if said is not None
]
if rows:
    estimated = pd.DataFrame(rows).groupby(["", "true"], sort=False).agg(list).reset_index()
    for column in ("lpca", "twonn"):
        estimated[column] = [over_seeds(values, (0, float("inf"))).text(".3f") for values in estimated[column]]
    estimated.columns = ["", "true", "lPCA", "TwoNN"]
    opinion = table(
        estimated,
        "A second opinion on the same samples: local principal components (Fukunaga and Olsen 1971) and the ratio of the two "
        f"nearest distances (Facco et al. 2017) by scikit-dimension, lPCA with {results[0].record.largest.neighbours} neighbours; mean "
        "over seeds with its 95 % interval.",
    )
else:
    opinion = note(
        f"For a second opinion on the same samples by scikit-dimension, `pip install '{EXTRA}'` and make the report again."
    )
opinion
