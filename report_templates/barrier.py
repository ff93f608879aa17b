# %% [markdown]
# # Straight ways
#
# Two networks lie in one basin if the loss stays low on the straight way between them. Between every two corners of a subspace, and
# from each corner to the independent network, the barrier is the highest rise above the line between the losses of the ends:
#
# $$\max_t \; L\big((1 - t)\,\theta_a + t\,\theta_b\big) - \big((1 - t)\,L(\theta_a) + t\,L(\theta_b)\big)$$
#
# (after Frankle et al. 2020, [arXiv:1912.05671](https://arxiv.org/abs/1912.05671), with the line in place of the mean of the ends). Hidden units may
# be permuted without a change of the function, so that a barrier between networks trained alone may be one of names only; they
# are not matched here.

# %%
results = study.results(name)
figure(
    figures.barrier(results),
    name,
    f"Test error (above) and loss (below) at {len(results[0].record.t)} points of every straight way; a line a way and seed. A bump is a barrier.",
    study.folder,
)

# %%
ways = study.table(name)
ways["way"] = ["to the independent network" if end == "network" else "between corners" for end in ways["end"]]
highest = ways.groupby(["subspace", "way", "split", "seed"], sort=False)[["barrier_loss_nats", "barrier_error"]].max()
summary = (
    highest.groupby(["subspace", "way", "split"], sort=False)
    .agg(lambda values: over_seeds(values, (0, float("inf"))).text(".4f"))
    .reset_index()
)
summary.columns = ["", "straight way", "split", "highest barrier in loss (nats)", "highest barrier in error"]
table(summary, "The highest barrier of each subspace and seed: mean over seeds with its 95 % interval.")
