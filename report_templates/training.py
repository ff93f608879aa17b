# %% [markdown]
# # Training
#
# Networks and subspaces are trained by the same loop, with the same optimizer and the same number of passes through the
# training examples. After each epoch the validation set is evaluated: for a subspace at five fixed points of it.

# %%
trainings = study.trainings()
figure(
    figures.training(trainings),
    "training",
    "Validation loss and accuracy after each epoch; a line a seed. For a subspace it is the mean over five fixed points: "
    "it should end where the independent networks end.",
    study.folder,
)

# %%
import pandas as pd

rows = [
    {
        "what": result.name,
        "accuracy": result.history.validation_accuracy[-1],
        "loss": result.history.validation_loss[-1],
        "penalty": result.history.penalty[-1],
    }
    for result in trainings
]
last = (
    pd.DataFrame(rows).groupby("what", sort=False).agg(lambda values: over_seeds(values, (0, float("inf"))).text(".4f"))
)
last = last.reset_index()
last.columns = ["", "validation accuracy", "validation loss (nats)", r"penalty $\beta\cos^2$"]
table(last, "After the last epoch: mean over seeds, with its 95 % interval (Student's t over seeds).")
