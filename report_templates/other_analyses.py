# %% tags=["hide"]
from lossgeo.shipped import find_template

for analysis in study.answered:
    if find_template(analysis.kind) is None:
        heading = prose(f"**{literal(analysis.title or analysis.called)}**")
        show(heading, table(study.table(analysis.called), f"All rows of the analysis {analysis.called}."))
