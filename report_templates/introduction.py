# %% [markdown]
# # What was studied
#
# A network with weights $\theta \in \mathbb{R}^D$ has a loss $L(\theta)$: the mean over a data set of the cross-entropy, where the
# targets are classes, or of the squared error, where they are numbers. A *subspace* is a map $\theta(t) = \Phi(t)\,B$ from a
# small domain into weight space, a feature map times a basis.

# %%
import pandas as pd

from lossgeo.families.base import TrainedFamily

layout, families = study.jobs.problem.layout, study.study.families


def worded(value):
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value


rows = []
for name, family in families.items():
    options = "; ".join(f"{key} {worded(value)}" for key, value in family if key != "kind" and value is not None)
    rows.append(
        {
            "subspace": name,
            "kind": family.kind,
            "options": options,
            "dimension $k$": family.dimension,
            "rows of $B$": family.anchors,
            "numbers in $B$": family.anchors * layout.dimension,
        }
    )
table(pd.DataFrame(rows), f"The subspaces, in the $D$ = {layout.dimension:,} weights of the network.")

# %%
kinds = {family.kind for family in families.values()}
made = []
if any(isinstance(family, TrainedFamily) for family in families.values()):
    made.append(
        r"""**Trained subspaces** are trained from scratch, so that the loss is low wherever a network is drawn from them:

$$\min \; \mathbb{E}_{t}\, L(\theta(t)) + \beta \cos^2\!\left(\theta(t_a), \theta(t_b)\right)$$

with one uniform $t$ a step, and dropout in training only, where the architecture has it; the second term, for two corners
$t_a, t_b$ of the domain, keeps them from falling together. This is the method of Wortsman et al. (2021,
[arXiv:2102.10472](https://arxiv.org/abs/2102.10472)) for simplexes and of Chen and Saidi (2023) for curves that are the output
of a network. Beside each subspace stands an *independent network*, trained alone with the same seed but its own random streams."""
    )
if "branches" in kinds:
    made.append(
        r"""**Hulls of branches** are simplexes whose vertices share the first $k$ epochs of one training, its initialisation and its
data order. Each vertex then goes on alone for $T$ epochs, from the same weights and the same state of the optimizer, with a data
order of its own: $\theta_T^i = \mathcal{A}_T(\theta_k, z_i)$ (Yunis et al. 2022, algorithm 1). The name of a hull ends in its
*split epoch* $k$; 0 is the initialisation. Another seed is another initialisation, and so another hull."""
    )
if "trajectory" in kinds:
    made.append(
        r"""**A trajectory** is the polygonal chain through the weights of that shared training after some of its epochs. Its corners are
those checkpoints, and what is asked of them is asked along the training."""
    )
prose("\n\n".join(made)) if made else None

# %%
policies = {
    "recalibrate": "estimated anew at every weight vector, as the average over ten batches of 200 training examples (fewer if there "
    "are fewer), always the same ones and without augmentation",
    "checkpoint": "those that the trainings kept, combined with the same coefficients as the weights",
    "batch": "those of each evaluated batch itself",
}
if study.jobs.problem.statistics.shapes:
    policy = note(
        f"BatchNorm: wherever weights are evaluated, the means and variances are {policies[study.study.batch_norm]} "
        f"(`batch_norm: {study.study.batch_norm}`). The validation after an epoch of training always estimates them anew."
    )
else:
    policy = None
policy
