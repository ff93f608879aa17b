# %% [markdown]
# # Agreement
#
# Networks of the same accuracy need not be the same function: they may be wrong on different examples. $C_i$ is the set of training
# examples that corner $i$ of a subspace answers correctly, $S_j = \bigcap_i C_i$ what all corners of the subspace of seed $j$ answer correctly,
# and $S^* = \bigcap_j S_j$ what those of all seeds do (Yunis et al. 2022, section 4 and figure 5). The seeds have initialisations of their own
# and share the data, so that $S^*$ compares networks that never had a training in common.
#
# **What would chance leave?** An intersection shrinks with the number of networks $P$ even if all of them make their errors independently:
# to the product of their accuracies. So every intersection stands beside that product, and beside smaller ones, of $p$ of the $P$ corners:
# an example that $n$ corners answer correctly is common to $\binom{n}{p}$ of the $\binom{P}{p}$ choices, so that the mean over all choices is
#
# $$\frac{E|S^{(p)}|}{N} = \frac{1}{N} \sum_x \binom{n_x}{p} \Big/ \binom{P}{p}.$$
#
# More in common than chance leaves means that the same examples are hard for all corners; it does not take similar functions.
# Two corners agree on an example if both are right, or both are wrong, whatever their wrong answers are.

# %%
results = study.results(name)
seeds = [seed for seed in study.spec.seeds if any(result.seed == seed for result in results)]
figure(
    figures.agreement(results),
    name,
    f"Shares of {results[0].record.examples:,} training examples that are answered correctly by a corner ($E|C|/N$), by all corners of a subspace "
    "($E|S_j|/N$), and by those of all seeds ($|S^*|/N$). Thin lines are seeds. Crosses are the shares for independent errors: of corners with "
    "these accuracies, and of sets $S_j$ of these sizes.",
    study.folder,
)

# %%
figure(
    figures.right_corners(results),
    f"{name}-examples",
    "All training examples side by side, ordered by how many corners answer them correctly; means over seeds. Answers to examples between the first "
    "colour (none) and the last (all) change from one corner to another. The thin bar below is for independent errors.",
    study.folder,
)

# %%
figure(
    figures.agreement_by_corners(results),
    f"{name}-corners",
    "The share that all of $p$ corners answer correctly, the mean over all choices of $p$ of them; thin lines are seeds. Level lines are the share of all "
    "corners of all seeds. Dashed: independent errors. A curve that levels off well above its dashed one has a core of examples that every corner knows.",
    study.folder,
)

# %%
if len(seeds) == 1:
    show(
        note(
            "With a single seed there are no hulls to compare: $S^*$ is not defined. Give the study more `seeds` to see what different "
            "initialisations have in common."
        )
    )

# %%
from lossgeo.analyses.agreement import Between
from lossgeo.analyses.base import by_subspace

rows = []
for result in results:
    first, second, *_ = found = result.record.table()
    last = found[-1]
    rows.append(
        {
            "subspace": result.subspace,
            "alone": first["all_right"],
            "all": last["all_right"],
            "all by chance": last["all_right_if_independent"],
            "any": last["any_right"],
            "any by chance": last["any_right_if_independent"],
            "pair": second["agree"],
            "pair by chance": second["agree_if_independent"],
        }
    )
headings = {
    "alone": r"each corner, $E|C|/N$",
    "all": r"all corners, $E|S_j|/N$",
    "all by chance": "all corners, if independent",
    "any": "at least one corner",
    "any by chance": "at least one corner, if independent",
    "pair": "two corners agree",
    "pair by chance": "two corners agree, if independent",
}
shares = intervals(rows, {"subspace": ""}, {key: (heading, ".4f", SHARE) for key, heading in headings.items()})
caption = "Shares of the training examples: mean over seeds with its 95 % interval."
hulls = [Between.of(found) for found in by_subspace(results).values()]
if any(one is not None for one in hulls):
    shares["all corners of all seeds, $|S^*|/N$"] = ["–" if one is None else f"{one.shares[-1]:.4f}" for one in hulls]
    shares["all corners of all seeds, if independent"] = [
        "–" if one is None else f"{one.shares_if_independent[-1]:.4f}" for one in hulls
    ]
    caption += f" $S^*$ is one set, of all {len(seeds)} seeds, and has no interval."
table(shares.set_index("").T.reset_index(names=""), caption)
