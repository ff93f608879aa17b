# %% [markdown]
# # Training
#
# Networks and subspaces are trained by the same loop, as the front of this page says, unless the spec gives one of them other
# options: branches of a hull and continued networks begin where they split off. After each epoch the validation set, or the
# formula of an analytic problem, is evaluated: for a curve at five equally spaced points, for a simplex at five fixed uniform draws.

# %%
trainings = study.trainings()
quantities = shown(study.spec.resolved_problem.task, "accuracy", "loss")
seen = " and ".join(quantity.name for quantity in reversed(quantities))
figure(
    figures.training(trainings),
    "training",
    f"{study.spec.resolved_problem.task.on('validation', seen).capitalize()} after each epoch; one line for each training. For a trained subspace it is the mean over five fixed "
    "points, which should end where networks trained alone end.",
    study.folder,
)

# %% [markdown]
# ## The corners through training
#
# Where the ends of a line or the vertices of a simplex are trained, they start as independent initialisations, whose angle
# is close to 90°; ends that are networks of their own stay where they are. Their cosine similarity shows what corners share and what the penalty takes from it, their distance how far the subspace
# reaches. Both are over all weights and biases; epoch 0 is the start.

# %%
whole = [result for result in trainings if result.history.corner_cosines.shape[1]]
if whole:
    shown_corners = figure(
        figures.corners(whole),
        "corners",
        "Cosine similarity (left) and distance in weight space (right) of the corners through training, the mean over pairs "
        "where there are more than two; one line for each seed.",
        study.folder,
    )
else:
    shown_corners = note(
        "No subspace of this study was trained as a whole: its corners are networks trained one by one."
    )
shown_corners


# %%
def over_pairs(values):
    return values.mean() if len(values) else None


rows = [
    {
        "what": result.name,
        **{found.name: getattr(result.history, f"validation_{found.name}")[result.selected] for found in quantities},
        "penalty": result.history.penalty[result.selected],
        "cosine": over_pairs(result.history.corner_cosines[result.selected + 1]),
        "distance": over_pairs(result.history.corner_distances[result.selected + 1]),
        "epoch": result.selected + 1,
    }
    for result in trainings
]
columns = {
    **{found.name: found.column(found.on("validation")) for found in quantities},
    "penalty": ("penalty", ".2g", POSITIVE),
    "cosine": ("cosine of corners", ".4f", (-1, 1)),
    "distance": ("distance of corners", ".2f", POSITIVE),
    "epoch": ("epoch", ".0f", (1, float("inf"))),
}
which = "the last epoch" if study.spec.select == "last" else "the epoch of the lowest validation loss"
table(
    intervals(rows, {"what": ""}, columns),
    rf"After {which}, whose weights the analyses use. The penalty ($\beta\cos^2$, and $\lambda\lVert\theta\rVert^2/2$ where the spec "
    "sets l2) is the mean over the steps of that epoch. Mean over trainings with its 95 % interval (Student's t).",
)
