# %% [markdown]
# # Singular values of the corners
#
# How many dimensions does the hull of $P$ corners fill? Their weights are stacked as the rows of a matrix, whose singular values
# $\sigma_1 \ge \sigma_2 \ge \dots$ are taken from its Gram matrix in double precision.
#
# Yunis et al. (2022, figure 3) stack the corners *as they are*. The first value is then mostly the length of what all corners have in common, and
# there are $P$ values, though $P$ points span at most $P - 1$ dimensions. So the values are given *less their mean* as well: those are the
# spreads of the hull itself, and at most $P - 1$ are not zero. To subtract the split point $W_k$ is another choice where there is one: it
# shows in how many directions the branches left it, the common drift among them. The effective rank is the participation ratio
#
# $$\frac{\big(\sum_i \sigma_i^2\big)^2}{\sum_i \sigma_i^4},$$
#
# the number of values if all are equal. It is compared with that of $P$ *random walks*: independent isotropic steps from the split point
# (from the mean of the corners where there is none), until each is as far from it as its corner. In many dimensions
# their directions are nearly orthogonal, and their values nearly equal where the lengths are.

# %%
results = study.results(name)
figure(
    figures.spectrum_of_corners(results),
    name,
    f"Singular values divided by the first; one line for each seed. Grey: {len(next(iter(results[0].record.spectra.values())).walks)} draws of random walks of the same "
    "lengths, mean and 95 % envelope. A hull that is flat in some direction has values that fall to zero before the last.",
    study.folder,
)

# %%
import pandas as pd

from lossgeo.analyses.base import by_subspace
from lossgeo.analyses.singular_values import SHARE_VANISHING
from lossgeo.figures.singular_values import SEEN
from lossgeo.geometry.singular_values import effective_rank
from lossgeo.statistics import POSITIVE, SHARE

rows = []
for subspace, found in by_subspace(results).items():
    for origin in found[0].record.spectra:
        spectra = [result.record.spectra[origin] for result in found]
        rank = spectra[0].rank
        rows.append(
            {
                "": subspace,
                "corners": SEEN[origin],
                "values": rank,
                r"$\sigma_1$": over_seeds([one.sigma[0] for one in spectra], POSITIVE).text(".3g"),
                "last": over_seeds([one.sigma[-1] for one in spectra], POSITIVE).text(".3g"),
                r"last / $\sigma_1$": over_seeds([one.relative[-1] for one in spectra], SHARE).text(".3f"),
                r"last / $\sigma_1$ of walks": over_seeds(
                    [one.relative_walks[:, -1].mean() for one in spectra], SHARE
                ).text(".3f"),
                f"above {SHARE_VANISHING:.0%} of the first": over_seeds([one.large for one in spectra], (1, rank)).text(
                    ".1f"
                ),
                "effective rank": over_seeds([one.effective_rank for one in spectra], (1, rank)).text(".2f"),
                "effective rank of walks": over_seeds(
                    [effective_rank(one.walks).mean() for one in spectra], (1, rank)
                ).text(".2f"),
            }
        )
table(
    pd.DataFrame(rows),
    "Singular values (weight distance) by what is subtracted from the corners: mean over seeds with its 95 % interval. Does the "
    "last, of $P$ or of $P - 1$, vanish?",
)
