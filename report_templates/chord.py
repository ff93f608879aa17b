# %% [markdown]
# # Curve and chord
#
# If a curve lies in a wide basin, the straight segment between its ends, its *chord*, has as low a loss, and the bend is not needed. Both are
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
import numpy as np
import pandas as pd

from lossgeo.analyses.base import by_subspace

results = study.results(name)
split = results[0].record.split
first, *others = shown(results[0].task, "accuracy", "loss")
where = f" on {split} examples" if results[0].task.has_examples else ""
differences = first.differences
measure, signed = ("percentage points", "+.3f") if first.is_share else (differences.unit, differences.spec)
figure(
    figures.chord(results),
    f"{name}-{first.name}",
    f"Above: {results[0].task.on(split, first.name)} at random positions along each subspace and its chord; one line for each seed. Below: subspace minus chord at the "
    f"same position in {measure}, and its mean. What to see: whether the difference has a sign, and where.",
    study.folder,
)

# %%
rows = [
    {
        "subspace": result.subspace,
        "bent": first.of(result.record.subspace).mean(),
        "straight": first.of(result.record.chord).mean(),
        "difference": differences.factor * result.record.paired(first.name).mean,
        **{found.name: found.of(result.record.subspace).mean() for found in others},
        **{f"difference in {found.name}": result.record.paired(found.name).mean for found in others},
        "distance": result.record.distance.max(),
    }
    for result in results
]
columns = {
    "bent": first.column(first.label),
    "straight": first.column(f"{first.name} of the chord"),
    "difference": (f"difference ({differences.unit})", signed, differences.within),
    **{found.name: found.column(found.label) for found in others},
    **{
        f"difference in {found.name}": (
            f"difference in {found.label}",
            found.differences.spec,
            found.differences.within,
        )
        for found in others
    },
    "distance": ("largest distance of a pair", ".2f", POSITIVE),
}
overview = intervals(rows, {"subspace": ""}, columns).set_index("").T.reset_index(names="")
table(
    overview,
    f"Means over the positions{where}: mean over seeds with its 95 % interval. A pair is the two points at the same $t$; its distance is a weight distance.",
)

# %%
bent = [
    result
    for found in by_subspace(results).values()
    for result in found
    if not all(one.record.is_straight for one in found)
]
spec = first.digits(4)
each = pd.DataFrame(
    {
        "subspace": [result.subspace for result in bent],
        "seed": [result.seed_text for result in bent],
        first.label: [first.of(result.record.subspace).mean() for result in bent],
        "of the chord": [first.of(result.record.chord).mean() for result in bent],
        "of the ends": [" and ".join(format(end, spec) for end in first.of(result.record.corners)) for result in bent],
        f"difference ({differences.unit})": [
            f"{differences.factor * paired.mean:{signed}} [{differences.factor * paired.low:{signed}}, {differences.factor * paired.high:{signed}}]"
            for paired in (result.record.paired(first.name) for result in bent)
        ],
        "chord better": [
            np.mean(result.record.difference(first.name) * (1 if first.is_share else -1) < 0) for result in bent
        ],
    }
)
if bent:
    show(
        table(
            each,
            "Seed by seed. The interval here is over the random positions of one curve, which are not networks trained independently: "
            "the interval over seeds above is the one to trust. The last column is the share of positions where the chord is better.",
            {first.label: spec, "of the chord": spec, "chord better": ".2f"},
        )
    )
