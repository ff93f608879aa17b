# %% [markdown]
# # Trace of the Hessian
#
# Hutchinson's estimate: $\operatorname{tr} H \approx \frac{1}{m} \sum_i z_i^\top H z_i$, of random sign vectors $z_i$.

# %%
from matplotlib import pyplot as plt

results = study.results(name)
fig, axes = plt.subplots(figsize=(6.9, 3))
for result in results:
    record = result.record
    axes.errorbar(record.s, record.trace, record.standard_error, label=result.heading)
axes.set(xlabel="$s$", ylabel="trace")
axes.legend()
figure(fig, name, "The trace along every subspace; bars are standard errors over the random vectors.", study.folder)

# %%
table(study.table(name), "All estimates; points without $s$ are corners.")
