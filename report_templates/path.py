# %% [markdown]
# # Along the subspaces
#
# Every subspace is followed from end to end, a simplex of more than two vertices around its edges, and evaluated on all
# examples without dropout. If the subspace is a valley, the networks on it stay at the level of networks trained alone;
# a barrier would show as a bump. The inside of a simplex is sampled uniformly as well.

# %%
from lossgeo.report.comparison import independent_network

results = study.results(name)
beside = independent_network(study, [one.subspace for one in results if one.record.network])
dashed = f" The dashed line is the mean over seeds of {beside}, the grey band the range." if beside else ""
is_sampled = any(len(evaluation.loss) for one in results for evaluation in one.record.inside.values())
inside = " A coloured band is the range of uniform draws from the inside." if is_sampled else ""
quantities = shown(results[0].task, "accuracy", "loss")
task = results[0].task
seen = (
    "Validation accuracy (above) and loss (below)" if task.has_accuracy else task.on("validation", "loss").capitalize()
)
figure(
    figures.path(results),
    name,
    f"{seen} along each subspace. Thin lines are seeds, the thick line is their mean.{dashed}{inside}",
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
    "Means and extremes over the points along a subspace (its route), and over uniform draws from the inside of a simplex: mean over seeds with its 95 % interval.",
)
