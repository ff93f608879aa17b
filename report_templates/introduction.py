# %% [markdown]
# # What was studied
#
# A network with weights $\theta \in \mathbb{R}^D$ has a loss $L(\theta)$: its mean cross-entropy on a data set. A *subspace*
# is a map $\theta(t) = \Phi(t)\,B$ from a small domain into weight space, a feature map times a basis. Its parameters
# are trained from scratch, so that the loss is low wherever a network is drawn from it:
#
# $$\min \; \mathbb{E}_{t}\, L(\theta(t)) + \beta \cos^2\!\left(\theta(t_a), \theta(t_b)\right)$$
#
# with one uniform $t$ a step, and dropout in training only, where the architecture has it; the second term, for two corners $t_a, t_b$ of the domain, keeps them from falling together.
# This is the method of Wortsman et al. (2021, [arXiv:2102.10472](https://arxiv.org/abs/2102.10472)) for simplexes and
# of Chen and Saidi (2023) for curves that are the output of a network. Beside each subspace stands an *independent
# network*, trained alone with the same seed but its own random streams.

# %%
import pandas as pd

layout = study.jobs.problem.layout
rows = []
for name, family in study.study.subspaces.items():
    options = ", ".join(f"{key} {value}" for key, value in family if key != "kind")
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
