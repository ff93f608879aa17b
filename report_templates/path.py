# %% [markdown]
# # Along the subspaces
#
# Every subspace is followed from end to end, a simplex of more than two vertices around its edges, and evaluated on all
# examples without dropout. If the subspace is a valley, the networks on it stay at the level of the independent one;
# a barrier would show as a bump. The inside of a simplex is sampled uniformly as well.

# %%
results = study.results(name)
quantities = shown(results[0].task, "accuracy", "loss")
task = results[0].task
seen = (
    "Validation accuracy (above) and loss (below)" if task.has_accuracy else task.on("validation", "loss").capitalize()
)
figure(
    figures.path(results),
    name,
    f"{seen} along each subspace. Thin lines are seeds, the thick line is their "
    "mean. The dashed line is the mean of the independent networks that a subspace is compared with, if any, the grey band their range; a coloured band is the range of "
    "uniform draws from the inside.",
    study.folder,
)

# %%
import pandas as pd

points = study.table(name)
by_split = ["split"] if task.has_examples else []
alone = points[points["place"] == "network"].drop_duplicates(["seed", *by_split, *(found.name for found in quantities)])
alone = alone.assign(subspace="independent network")
along = points[points["place"].isin(["route", "inside"])].copy()
several = along.groupby("subspace")["place"].transform("nunique") > 1
along["subspace"] += [f", {place}" if split else "" for place, split in zip(along["place"], several)]

worst = {"accuracy": ("smallest", "min"), "loss": ("largest", "max")}
measures, columns = {}, {}
for quantity in quantities:
    what, extreme = worst[quantity.name]
    measures |= {f"mean {quantity.name}": (quantity.name, "mean"), f"worst {quantity.name}": (quantity.name, extreme)}
    columns |= {
        f"mean {quantity.name}": quantity.column(f"mean {quantity.label}"),
        f"worst {quantity.name}": quantity.column(f"{what} {quantity.label}"),
    }

order = {"train": 0, "validation": 1, "test": 2}
both = pd.concat([alone, along])
if by_split:
    both = both.sort_values("split", key=lambda column: column.map(order), kind="stable")
seeds = both.groupby([*by_split, "subspace", "seed"], sort=False).agg(**measures).reset_index()
table(
    intervals(seeds.to_dict("records"), {**dict.fromkeys(by_split, "split"), "subspace": ""}, columns),
    "Over the points along a subspace (its route), and over uniform draws from the inside of a simplex: mean over seeds with its 95 % interval. The test part is touched nowhere else.",
)
