# %% [markdown]
# # Along the subspaces
#
# Every subspace is followed from end to end, a simplex of more than two vertices around its edges, and evaluated on all
# examples without dropout. If the subspace is a valley, the loss stays at the level of the independent network,
# and so does the accuracy; a barrier would show as a bump. The inside of a simplex is sampled uniformly as well.

# %%
results = study.results(name)
figure(
    figures.path(results),
    name,
    "Validation accuracy (above) and loss (below) along each subspace. Thin lines are seeds, the thick line is their "
    "mean. The dashed line is the mean of the independent networks, the grey band their range; a coloured band is the range of "
    "uniform draws from the inside.",
    study.folder,
)

# %%
import pandas as pd

points = study.table(name)
subspaces = points[points["place"].isin(["route", "inside"])].copy()
several = subspaces.groupby("subspace")["place"].transform("nunique") > 1
subspaces["subspace"] += [f", {place}" if split else "" for place, split in zip(subspaces["place"], several)]
seeds = subspaces.groupby(["subspace", "split", "seed"], sort=False).agg(
    mean=("accuracy", "mean"), smallest=("accuracy", "min"), loss=("loss_nats", "mean"), largest=("loss_nats", "max")
)
alone = (
    points[points["place"] == "network"]
    .groupby(["split", "seed"], sort=False)
    .agg(
        mean=("accuracy", "mean"),
        smallest=("accuracy", "min"),
        loss=("loss_nats", "mean"),
        largest=("loss_nats", "max"),
    )
)


def interval(values):
    can_be = (0, 1) if values.name in ("mean", "smallest") else (0, float("inf"))
    return over_seeds(values, can_be).text(".4f")


along = seeds.groupby(["subspace", "split"], sort=False).agg(interval).reset_index()
networks = alone.groupby("split", sort=False).agg(interval).reset_index()
networks.insert(0, "subspace", "independent network")

both = pd.concat([networks, along])
order = {"train": 0, "validation": 1, "test": 2}
both = both.sort_values("split", key=lambda column: column.map(order), kind="stable")
both = both[["split", "subspace", "mean", "smallest", "loss", "largest"]]
both.columns = ["split", "", "mean accuracy", "smallest accuracy", "mean loss (nats)", "largest loss (nats)"]
table(
    both,
    "Over the points along a subspace (its route), and over uniform draws from the inside of a simplex: mean over seeds with its 95 % interval. The test part is touched nowhere else.",
)
