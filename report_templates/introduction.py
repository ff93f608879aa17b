# %% [markdown]
# # What was studied
#
# Weights $\theta \in \mathbb{R}^D$ have a loss $L(\theta)$. For a network it is the mean over a data set of the cross-entropy, where the
# targets are classes, or of the squared error, where they are numbers; for an analytic problem it is a formula. A *subspace* is a map $\theta(t) = \Phi(t)\,B$ from a
# small domain into weight space, a feature map times a basis.

# %%
import pandas as pd

problem, families = study.spec.resolved_problem, study.spec.families
comparisons = {name: study.jobs.comparison_name(name) for name in families}


def worded(value):
    if isinstance(value, (tuple, list)):
        return ", ".join(map(worded, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {worded(one)}" for key, one in value.items())
    return str(value)


rows = []
for name, family in families.items():
    shown_options = {key: value for key, value in family if key != "kind" and value not in (None, {})}
    moved = family.rows - len(family.objective.held) if family.objective else 0
    rows.append(
        {
            "subspace": name,
            "kind": family.kind,
            "options": "; ".join(f"{key} {worded(value)}" for key, value in shown_options.items()),
            "dimension $k$": family.dimension,
            "rows of $B$": family.rows,
            "of them trained": moved,
            "numbers in $B$": family.rows * problem.weight_count,
            "compared with": comparisons[name] or "nothing",
        }
    )
table(
    pd.DataFrame(rows),
    f"The subspaces, in the $D$ = {problem.weight_count:,} weights{' of the network' if problem.task.has_examples else ''}.",
)

# %%
asked = {name for analysis in study.spec.analyses for name in study.spec.targets(analysis)}
alone = [
    {
        "network": name,
        "kind": network.kind,
        "options": "; ".join(
            f"{key} {worded(value)}" for key, value in network if key != "kind" and value not in (None, {}, ())
        ),
        "compared with": study.jobs.comparison_name(name) or "nothing",
    }
    for name, network in study.spec.networks.items()
    if name in asked
]
table(
    pd.DataFrame(alone), "Networks that analyses are of on their own, each a subspace of no dimension."
) if alone else None

# %%
made = list(dict.fromkeys(family.explanation for family in families.values() if family.explanation))
prose("\n\n".join(made)) if made else None

# %%
compared = prose(
    "Where an analysis compares a subspace with an *independent network*, it is the one that the table names: it has no training in "
    "common with the subspace. Where the table names none, what would be compared is left out."
)
compared

# %%
policies = {
    "recalibrate": "estimated anew at every weight vector, as the average over ten batches of 200 training examples (fewer if there "
    "are fewer), always the same ones and without augmentation",
    "checkpoint": "those that the trainings kept, combined with the same coefficients as the weights",
    "batch": "those of each evaluated batch itself",
}
if problem.statistics.shapes:
    policy = note(
        f"BatchNorm: wherever weights are evaluated, the means and variances are {policies[study.spec.batch_norm]} "
        f"(`batch_norm: {study.spec.batch_norm}`). The validation after an epoch of training always estimates them anew."
    )
else:
    policy = None
policy
