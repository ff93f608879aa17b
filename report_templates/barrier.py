# %% [markdown]
# # Straight lines between networks
#
# Two networks lie in one basin if the loss stays low on the straight line between them. Between every two corners of a subspace, and
# from each corner to the independent network where there is one, the barrier is the highest rise above the line between the losses of the ends:
#
# $$\max_t \; L\big((1 - t)\,\theta_a + t\,\theta_b\big) - \big((1 - t)\,L(\theta_a) + t\,L(\theta_b)\big)$$
#
# (after Frankle et al. 2020, [arXiv:1912.05671](https://arxiv.org/abs/1912.05671), with the line in place of the mean of the ends). Hidden units may
# be permuted without a change of the function, so that a barrier between networks trained alone may be one of names only; they
# are not matched here.

# %%
from lossgeo.report.comparison import independent_network

results = study.results(name)
quantities = shown(results[0].task, "error", "loss")
record, asked, task = results[0].record, results[0].analysis, results[0].task
(tested,) = task.splits("test")
split_column = {"split": "split"} if task.has_examples else {}
closer = f", and {2 * asked.refine} more beside the largest rise of the loss" if asked.refine else ""
drawn = {
    f"{len(result.record.between_corners(tested, 'loss'))} of the {result.record.pairs}"
    for result in results
    if len(result.record.between_corners(tested, "loss")) < result.record.pairs
}
chosen_pairs = (
    f" Of the pairs of corners, {' or '.join(sorted(drawn))} are drawn at random for each seed." if drawn else ""
)
beside = independent_network(
    study, [one.subspace for one in results if any(way.leads_to_network for way in one.record.ways)]
)
dashed = f" Dashed lines lead from a corner to {beside}." if beside else ""
seen = f" Of each split, the first {asked.examples:,} examples are used." if asked.examples else ""
what = " (above) and ".join(
    quantity.on(tested) if i == 0 else f"{quantity.label} (below)" for i, quantity in enumerate(quantities)
)
figure(
    figures.barrier(results),
    name,
    f"{what[0].upper()}{what[1:]} at {record.points} points of every straight line{closer}; one curve for each pair of networks and seed. A bump is a barrier."
    f"{dashed}{chosen_pairs}{seen}",
    study.folder,
    layout="text" if len({result.subspace for result in results}) <= 4 else "wide",
)

# %%
if any(result.split_epoch is not None for result in results):
    show(
        figure(
            figures.barrier_by_split(results),
            f"{name}-split",
            f"Barriers between corners in {' (above) and '.join(quantity.name for quantity in quantities)}{' (below)' if len(quantities) > 1 else ''}"
            f"{' on training examples (left) and test examples (right)' if task.has_examples else ''}: the mean over the pairs of corners, and the largest. Thick lines are means over seeds, "
            "thin lines single seeds. From the first split epoch without a barrier on, the corners are linearly connected.",
            study.folder,
        )
    )

# %%
rows = []
for result in results:
    for way, barriers in (
        ("between corners", result.record.between_corners),
        ("to the independent network", result.record.to_network),
    ):
        for split in result.record.splits:
            found = {quantity.name: barriers(split, quantity.name) for quantity in reversed(quantities)}
            if not any(found.values()):
                continue
            mean = {f"mean {key}": sum(values) / len(values) for key, values in found.items()}
            highest = {f"highest {key}": max(values) for key, values in found.items()}
            rows.append({"subspace": result.subspace, "way": way, "split": split, **highest, **mean})
columns = {
    f"{key} {quantity.name}": (f"{key} barrier in {quantity.label}", quantity.digits(4), POSITIVE)
    for key in ("highest", "mean")
    for quantity in reversed(quantities)
}
table(
    intervals(rows, {"subspace": "", "way": "straight lines", **split_column}, columns),
    "The highest barrier of each subspace and seed, and the mean over its straight lines: mean over seeds with its 95 % interval.",
)
