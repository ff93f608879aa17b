# %% tags=["hide"]
(analysis,) = (analysis for analysis in study.spec.analyses if analysis.called == name)
heading = prose(f"**{literal(analysis.title or analysis.called)}**")
show(heading, table(study.table(name), f"All rows of the analysis {name}."))
