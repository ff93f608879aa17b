# %% [markdown]
# # Convex hull
#
# Networks that share an early part of their training may lie in one region where the loss looks convex. Of the corners $W_1, \dots, W_P$ of a
# subspace, points $W_\text{conv} = \sum_i a_i W_i$ with random $a_i \ge 0$, $\sum_i a_i = 1$ are drawn. Each is compared with its nearest
# corner $W_\text{end}$ (least Euclidean distance) and a random point as far from that corner,
#
# $$W_\text{rand} = W_\text{end} + \frac{\lVert W_\text{end} - W_\text{conv} \rVert}{\lVert \varepsilon \rVert}\, \varepsilon, \qquad
# \varepsilon \sim \mathcal{N}(0, I).$$
#
# $P_\text{conv}$ and $P_\text{rand}$ are the shares of draws where the training loss is lower than at $W_\text{end}$ (Yunis et al. 2022,
# algorithm 1). All three losses are means over the same fixed training examples, so that draws are compared in pairs; a tie is not lower.
#
# **Where the draws lie.** Weights that are uniform on the simplex have $E\lVert a \rVert^2 = 2/(P+1)$: with many corners all of them are
# near the centroid, and $P_\text{conv}$ tests the middle only. So points are drawn from random faces as well: those of two corners are edges.

# %%
results = study.results(name)
record, task = results[0].record, results[0].task
lower = task.on("training", "loss")
on = f" ({record.examples:,} examples)" if task.has_examples else ""
splits = ", on training examples (above) and on test examples (below)" if task.has_examples else ""
figure(
    figures.hull_probability(results),
    f"{name}-probability",
    f"Share of {len(record.whole.nearest)} draws with a lower {lower} than their nearest corner{on}: inside the "
    "hull and at random points as far from the corner. Bars are 95 % intervals of Wilson over the draws of one seed, lines join means over seeds. "
    "Where $P_{conv}$ comes to one and $P_{rand}$ stays near zero, the loss is lower inside the hull than at its corners.",
    study.folder,
)

# %%
figure(
    figures.hull_differences(results),
    f"{name}-differences",
    f"{lower.capitalize()} of every draw minus that of its nearest corner, all seeds: the size of what $P_{{conv}}$ only counts. Below the line "
    "the draw has the lower loss. Thin bars reach from the 5 % to the 95 % quantile, thick ones from 25 % to 75 %; the scale is linear about 0 only.",
    study.folder,
)

# %%
figure(
    figures.hull_means(results),
    f"{name}-means",
    f"Means over the corners, over the draws inside the whole hull, and over their random controls{splits}; thin lines are seeds.",
    study.folder,
)

# %%
figure(
    figures.hull_distances(results),
    f"{name}-distances",
    "Mean distances in weight space: between two corners, from a draw to its nearest corner, and from the start of their training to "
    "the corners; thin lines are seeds. If corners are as far from one another as from their start, the hull is not a small neighbourhood.",
    study.folder,
)

# %%
import numpy as np
import pandas as pd

from lossgeo.statistics import POSITIVE, SHARE

unit = f" ({results[0].task.unit})" if results[0].task.unit else ""
rows = []
for result in results:
    record = result.record
    for draws in record.samplings:
        inside, random = (record.compare(draws, place) for place in ("inside", "random"))
        rows.append(
            {
                "subspace": result.subspace,
                "seed": result.seed_text,
                "drawn from": record.called(draws),
                "$P_{conv}$": inside.lower.text(".2f"),
                "$P_{rand}$": random.lower.text(".2f"),
                "ties": f"{inside.ties} and {random.ties}",
                f"inside − corner{unit}": inside.text,
                f"random − corner{unit}": random.text,
            }
        )
table(
    pd.DataFrame(rows),
    f"Seed by seed: shares of draws with a lower {results[0].task.on('training', 'loss')} than their nearest corner, with their 95 % interval of Wilson over the draws; ties inside "
    "and at random; the median of the loss differences with their 5 % and 95 % quantiles.",
)

# %%
quantities = shown(results[0].task, "accuracy", "loss")
origins = sorted({origin for result in results for origin in result.record.origins})
rows, columns = [], {}


def add(row, heading, value, column):
    """A mean that overflowed has no interval."""
    row[heading] = value if np.isfinite(value) else None
    columns[heading] = column


for result in results:
    record, row = result.record, {"subspace": result.subspace}
    for place, symbol in (("inside", "$P_{conv}$"), ("random", "$P_{rand}$")):
        add(row, symbol, record.compare(record.whole, place).lower.mean, (symbol, ".3f", SHARE))
    for split in record.corners:
        for quantity in quantities:
            for of, found in (
                ("corners", record.corners[split]),
                ("inside", record.whole.inside[split]),
                ("random", record.whole.random[split]),
            ):
                heading = f"{quantity.on(split)}, {of}"
                add(row, heading, quantity.of(found).mean(), quantity.column(heading))
    distances = {
        "corner to corner": record.between,
        "inside to nearest corner": record.whole.distance,
        **{f"{origin} to corner": record.origins.get(origin, np.array([np.nan])) for origin in origins},
    }
    for label, values in distances.items():
        add(row, f"distance, {label}", values.mean(), (f"distance, {label}", ".2f", POSITIVE))
    rows.append(row)
overview = intervals(rows, {"subspace": ""}, columns).set_index("").T.reset_index(names="")
table(overview, "Means over the corners and over draws from the whole hull: mean over seeds with its 95 % interval.")
