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

# %% [markdown]
# ## The corners through training
#
# The ends of a line or a curve and the vertices of a simplex start as independent initialisations, whose angle is close to
# 90°. What they share, and what the penalty takes from it, shows in their cosine similarity; how far the subspace
# reaches, in their distance. Both are over all weights and biases; epoch 0 is the initialisation.

# %%
figure(
    figures.corners(trainings),
    "corners",
    "Cosine similarity (left) and distance in weight space (right) of the corners through training, the mean over pairs "
    "where there are more than two; a line a seed.",
    study.folder,
)

# %%
import pandas as pd

rows = [
    {
        "what": result.name,
        "accuracy": result.history.validation_accuracy[result.selected],
        "loss": result.history.validation_loss[result.selected],
        "penalty": result.history.penalty[result.selected],
        "cosine": result.history.corner_cosines[result.selected + 1].mean() if result.index is not None else None,
        "distance": result.history.corner_distances[result.selected + 1].mean() if result.index is not None else None,
        "epoch": result.selected + 1,
    }
    for result in trainings
]
formats = {
    "accuracy": ((0, 1), ".4f"),
    "loss": ((0, float("inf")), ".4f"),
    "penalty": ((0, float("inf")), ".2g"),
    "cosine": ((-1, 1), ".4f"),
    "distance": ((0, float("inf")), ".2f"),
    "epoch": ((1, float("inf")), ".0f"),
}


def interval(values):
    can_be, spec = formats[values.name]
    return "–" if values.isna().any() else over_seeds(values, can_be).text(spec)


selected = pd.DataFrame(rows).groupby("what", sort=False).agg(interval).reset_index()
selected.columns = [
    *(
        "",
        "validation accuracy",
        "validation loss (nats)",
        "penalty",
        "cosine of corners",
        "distance of corners",
        "epoch",
    )
]
which = "the last epoch" if study.study.select == "last" else "the epoch of the lowest validation loss"
table(
    selected,
    rf"After {which}, whose weights the analyses use. The penalty ($\beta\cos^2$, and $\lambda\lVert\theta\rVert^2/2$ where the spec "
    "sets l2) is the mean over the steps of that epoch. Mean over trainings with its 95 % interval (Student's t).",
)
