# %% [markdown]
# # Claims
#
# What was published, beside what this study found. Ours is one number a seed, its mean over seeds and the 95 % interval of the mean
# (Student's t). A published value *holds* if our mean is within the stated tolerance (±) of it. A claim that something is above (>)
# or below (<) a border *holds* if our whole interval is on that side, and is *undecided* if the border lies in the interval; the mean
# stands in for the interval where there is a single seed.

# %%
import pandas as pd

from lossgeo import claims

verdicts = claims.judged(study)
table(
    pd.DataFrame(claims.rows(verdicts)),
    f"{claims.answer(verdicts)} Filters, columns and statistics are in tables/claims.csv and in the spec at the end.",
)

# %%
for remark in claims.remarks(verdicts):
    show(prose(remark))
