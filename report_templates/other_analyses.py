# %% tags=["hide"]
from lossgeo.shipped import find_template

plain_kinds = [kind for kind in study.kinds if find_template(kind) is None]
for kind in plain_kinds:
    show(prose(f"**{kind}**"), table(study.table(kind), f"All rows of the analysis {kind}."))
