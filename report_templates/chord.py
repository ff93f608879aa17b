# %% [markdown]
# # Curve and chord
#
# If a curve is nestled in a wide basin, the straight segment between its ends does as well, and the bend is not needed. Both are
# evaluated at the same random positions $t$, on all examples without dropout:
#
# $$\theta(t) \quad\text{and}\quad \theta_\text{chord}(t) = (1 - t)\,\theta(0) + t\,\theta(1), \qquad t \sim \mathcal U(0, 1).$$
#
# A simplex is its own chord, and its difference is zero: a check.
#
# Chen and Saidi publish 92.457 % on the curve against 92.469 % on its chord for what they call test examples, and 92.569 %
# against 92.568 % for training examples. About 83 % of the former had been trained on, because their examples were split anew in every
# script, so that the level is not comparable; that curve and chord are equal is.

# %%
results = study.results(name)
split = results[0].record.split
figure(
    figures.chord(results),
    f"{name}-accuracy",
    f"Above: {split} accuracy at random positions along each subspace and its chord; a line a seed. Below: subspace minus chord at the "
    "same position in percentage points, and its mean. What to see: whether the difference has a sign, and where.",
    study.folder,
)

# %%
import numpy as np
import pandas as pd

from lossgeo.analyses.base import by_subspace

rows = []
for subspace, found in by_subspace(results).items():
    records = [result.record for result in found]
    share, points, loss = (0, 1), (-100, 100), (0, float("inf"))
    rows.append(
        {
            "": subspace,
            "accuracy": over_seeds([record.subspace.accuracy.mean() for record in records], share).text(".4f"),
            "accuracy of the chord": over_seeds([record.chord.accuracy.mean() for record in records], share).text(
                ".4f"
            ),
            "difference (points)": over_seeds(
                [100 * record.paired("accuracy").mean for record in records], points
            ).text("+.3f"),
            "loss (nats)": over_seeds([record.subspace.loss.mean() for record in records], loss).text(".4f"),
            "difference in loss (nats)": over_seeds([record.paired("loss").mean for record in records]).text("+.4f"),
            "largest distance of a pair": over_seeds([record.distance.max() for record in records], loss).text(".2f"),
        }
    )
overview = pd.DataFrame(rows).set_index("").T.reset_index(names="")
table(
    overview,
    f"Means over the positions on {split} examples: mean over seeds with its 95 % interval. A pair are the points at the same $t$; its distance is a weight distance.",
)

# %%
bent = [
    result
    for found in by_subspace(results).values()
    for result in found
    if not all(one.record.is_straight for one in found)
]
each = pd.DataFrame(
    {
        "subspace": [result.subspace for result in bent],
        "seed": [str(result.seed) for result in bent],
        "accuracy": [result.record.subspace.accuracy.mean() for result in bent],
        "of the chord": [result.record.chord.accuracy.mean() for result in bent],
        "of the ends": [" and ".join(f"{value:.4f}" for value in result.record.corners.accuracy) for result in bent],
        "difference (points)": [
            f"{100 * paired.mean:+.3f} [{100 * paired.low:+.3f}, {100 * paired.high:+.3f}]"
            for paired in (result.record.paired("accuracy") for result in bent)
        ],
        "chord better": [np.mean(result.record.difference("accuracy") < 0) for result in bent],
    }
)
if bent:
    show(
        table(
            each,
            "Seed by seed. The interval here is over the random positions of one curve, which are not networks trained independently: "
            "the interval over seeds above is the one to trust. The last column is the share of positions where the chord is better.",
            {"accuracy": ".4f", "of the chord": ".4f", "chord better": ".2f"},
        )
    )
