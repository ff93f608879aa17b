# %% tags=["hide"]
from lossgeo.shipped import find_template

plain_kinds = [
    kind
    for kind in dict.fromkeys(analysis.kind for analysis in study.study.analyses)
    if find_template(kind) is None and study.results(kind)
]
for kind in plain_kinds:
    show(prose(f"**{kind}**"), table(study.table(kind), f"All rows of the analysis {kind}."))
