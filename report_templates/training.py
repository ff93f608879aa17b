# %% [markdown]
# # Training
#
# Networks and subspaces are trained by the same loop, with the same optimizer and the same number of passes through the
# training examples. After each epoch the validation set is evaluated: for a curve at five
# equally spaced points, for a simplex at five fixed uniform draws.

# %%
trainings = study.trainings()
figure(
    figures.training(trainings),
    "training",
    "Validation loss and accuracy after each epoch; a line a seed. For a subspace it is the mean over five fixed points of it: "
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
can_be = {"accuracy": (0, 1), "loss": (0, float("inf")), "penalty": (0, float("inf"))}
last = (
    pd.DataFrame(rows)
    .groupby("what", sort=False)
    .agg(lambda values: over_seeds(values, can_be[values.name]).text(".4f"))
)
last = last.reset_index()
last.columns = ["", "validation accuracy", "validation loss (nats)", "penalty"]
table(
    last,
    r"Validation after the last epoch, and the mean penalty over its steps ($\beta\cos^2$, and $\lambda\lVert\theta\rVert^2/2$ where "
    "the spec sets l2): mean over seeds with its 95 % interval (Student's t over seeds).",
)
